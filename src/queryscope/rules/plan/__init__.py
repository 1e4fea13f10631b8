"""Rules that judge one plan."""
