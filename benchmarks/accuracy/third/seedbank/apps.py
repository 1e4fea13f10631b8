from django.apps import AppConfig


class SeedbankConfig(AppConfig):
    name = "seedbank"
    default_auto_field = "django.db.models.BigAutoField"
