"""What the benchmarks run: application code, as far as capture is concerned."""
