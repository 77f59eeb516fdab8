"""Signals of a passage for a query, their fitted weights, one order and one confidence."""
