"""The shell: ``tacrochat VERB``; ``main`` is the console script."""

from tacrochat.cli.parser import main

__all__ = ["main"]
