"""The settings of the third project."""
