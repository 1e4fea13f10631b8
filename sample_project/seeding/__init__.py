"""Makes the sample data: the same rows for the same scale, every time."""
