"""Django set up for queryscope alone: no server, no application but the workloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django
from django.conf import settings

HERE = Path(__file__).resolve().parent
ROOT = str(HERE / "workloads")  # only these are the application's: the measuring files must not be call sites


def configure(**more: Any) -> None:
    """SQLite in memory, and the workloads as the project."""
    values: dict[str, Any] = {
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
        "INSTALLED_APPS": [],
        "USE_TZ": True,
        "QUERYSCOPE": {"ROOT": ROOT},
    }
    settings.configure(**(values | more))
    django.setup()
