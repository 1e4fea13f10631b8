from django.apps import AppConfig


class BloodbankConfig(AppConfig):
    name = "bloodbank"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import signals  # noqa: F401
