"""The app gear."""
