"""A newsroom: desks, articles, comments, revisions."""
