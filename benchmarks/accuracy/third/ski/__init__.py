"""The app ski."""
