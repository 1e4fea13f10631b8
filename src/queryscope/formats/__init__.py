"""Room: one file per output, each drawn from the same Report."""
