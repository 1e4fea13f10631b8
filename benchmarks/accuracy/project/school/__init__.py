"""A music school: courses, lessons, ensembles, payments."""
