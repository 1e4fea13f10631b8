"""What index rules share: scans of a plan, keys, coverage, constants."""
