"""Rules that judge all units of work of a run together."""
