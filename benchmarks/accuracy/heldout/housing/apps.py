from django.apps import AppConfig


class HousingConfig(AppConfig):
    name = "housing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import receivers  # noqa: F401
