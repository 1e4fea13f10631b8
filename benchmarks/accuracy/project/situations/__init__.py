"""Ordinary pages and functions, each declared with what an expert would say of it."""
