"""The app seedbank."""
