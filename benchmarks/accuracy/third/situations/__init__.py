"""Situations of the third project."""
