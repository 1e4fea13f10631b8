"""Reader: SQL text."""
