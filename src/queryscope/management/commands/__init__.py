"""Doors: manage.py commands."""
