"""Reviews, votes, and comments on anything."""
