"""The sample project: settings, URLs, entry points."""
