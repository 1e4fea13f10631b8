"""Door: Django's handle on queryscope; registers the system checks, and listens to tasks in development."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


class QueryscopeConfig(AppConfig):
    """queryscope as an installed application: system checks and `manage.py queryscope`; it has no models."""

    name = "queryscope"
    verbose_name = "queryscope"

    def ready(self) -> None:
        """Register the checks; while DEBUG is on, make each background task a unit."""
        from queryscope.checks import check_deployed, check_middleware, check_settings

        checks.register(check_settings)
        checks.register(check_middleware)
        checks.register(check_deployed, deploy=True)
        if settings.DEBUG:
            from queryscope.tasks import watch_for_good

            watch_for_good(begin_task)


def begin_task(name: str) -> Any:
    """The unit of a task, if DEBUG is still on."""
    if not settings.DEBUG:
        return None
    from queryscope.live import task_unit

    return task_unit(name)
