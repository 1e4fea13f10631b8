"""Rules that judge one unit of work."""
