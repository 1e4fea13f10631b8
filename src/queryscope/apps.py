"""Door: Django's handle on queryscope; registers the system checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class QueryscopeConfig(AppConfig):
    """queryscope as an installed application: system checks and `manage.py queryscope`; it has no models."""

    name = "queryscope"
    verbose_name = "queryscope"

    def ready(self) -> None:
        """Register the checks."""
        from queryscope.checks import check_deployed, check_middleware, check_settings

        checks.register(check_settings)
        checks.register(check_middleware)
        checks.register(check_deployed, deploy=True)
