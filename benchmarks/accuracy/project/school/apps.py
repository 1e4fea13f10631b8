"""The application's configuration."""

from django.apps import AppConfig


class SchoolConfig(AppConfig):
    name = "school"

    def ready(self):
        from school import signals  # noqa: F401
