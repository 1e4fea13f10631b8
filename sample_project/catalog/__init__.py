"""Products, brands, categories, tags."""
