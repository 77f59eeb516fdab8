"""Measure an assistant on a labelled question set."""
