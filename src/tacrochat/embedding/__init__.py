"""Texts to vectors: the model's files, its vocabulary, and the encoder."""
