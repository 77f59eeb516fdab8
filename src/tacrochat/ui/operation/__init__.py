"""A server that runs for a team: limits, a fair queue, a request log, health and metrics."""
