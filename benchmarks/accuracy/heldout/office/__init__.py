"""The settings of the second project."""
