from django.apps import AppConfig


class GearConfig(AppConfig):
    name = "gear"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import signals  # noqa: F401
