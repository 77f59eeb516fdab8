"""The conversation of the page."""
