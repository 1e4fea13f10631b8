from django.apps import AppConfig


class OrbitConfig(AppConfig):
    name = "orbit"
    default_auto_field = "django.db.models.BigAutoField"
