"""Changes of the data; tables are made from the models."""
