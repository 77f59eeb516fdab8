"""Answers and kept quotes as documents to save, and their sources as citations."""
