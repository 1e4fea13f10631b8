from django.apps import AppConfig


class DinerConfig(AppConfig):
    name = "diner"
    default_auto_field = "django.db.models.BigAutoField"
