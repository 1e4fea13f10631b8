"""The application's configuration."""

from django.apps import AppConfig


class ClinicConfig(AppConfig):
    name = "clinic"
