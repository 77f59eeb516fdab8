"""Readers: one module per file format, each from bytes to an ``Extract``."""
