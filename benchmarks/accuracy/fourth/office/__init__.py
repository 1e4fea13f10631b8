"""The settings of the fourth project."""
