"""The map of passages."""
