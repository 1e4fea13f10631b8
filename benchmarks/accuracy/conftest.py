"""The project has tests of its own, which belong to a situation."""

collect_ignore = ["heldout", "project", "third", "fourth"]
