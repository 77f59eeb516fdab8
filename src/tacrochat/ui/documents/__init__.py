"""The documents tab of the page: list, add, remove."""
