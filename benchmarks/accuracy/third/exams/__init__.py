"""The app exams."""
