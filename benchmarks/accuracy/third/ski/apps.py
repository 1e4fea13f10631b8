from django.apps import AppConfig


class SkiConfig(AppConfig):
    name = "ski"
    default_auto_field = "django.db.models.BigAutoField"
