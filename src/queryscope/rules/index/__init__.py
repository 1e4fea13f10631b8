"""Rules that propose indexes."""
