"""Reader: EXPLAIN (FORMAT JSON)."""
