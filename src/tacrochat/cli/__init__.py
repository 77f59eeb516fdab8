"""The shell: ``tacrochat VERB``."""

from tacrochat.cli.verbs import main

__all__ = ["main"]
