"""Readers: one module per file format; each turns the bytes of a file into an ``Extract``."""
