"""The application's configuration."""

from django.apps import AppConfig


class FreightConfig(AppConfig):
    name = "freight"
