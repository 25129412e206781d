"""How the peers of a benchmark are configured, started and measured."""
