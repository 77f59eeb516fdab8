"""The index folder: vectors, words, documents, and how a generation is published."""
