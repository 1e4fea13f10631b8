"""The Django settings that all sets of index cases share. The environment says where the database is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

HERE = Path(__file__).resolve().parent


def settings_of(file: str, *, apps: Sequence[str], time_zone: str) -> dict[str, Any]:
    """The settings of a set, by the path of its settings file; its database is named after its folder."""
    folder = Path(file).resolve().parent.parent
    owner = folder.parent
    url = urlsplit(os.environ.get("DATABASE_URL", "postgresql:///"))
    options = dict(parse_qsl(url.query))
    # A peer's settings add theirs (see peers.py).
    peers = [name for name in os.environ.get("INDEXCASES_APPS", "").split(",") if name]
    name = "queryscope_indexcases" if owner == HERE else f"queryscope_indexcases_{owner.name}"
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("INDEXCASES_DATABASE", name),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", unquote(url.hostname or "")),
        "PORT": options.pop("port", str(url.port or "")),
        "OPTIONS": options,
    }
    return {
        "BASE_DIR": folder,
        "SECRET_KEY": "index-cases-only-never-deployed",
        "DEBUG": False,
        "USE_TZ": True,
        "TIME_ZONE": time_zone,
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "OWN_APPS": list(apps),
        "INSTALLED_APPS": ["django.contrib.contenttypes", "django.contrib.postgres", *apps, *peers],
        "MIGRATION_MODULES": dict.fromkeys(
            ("contenttypes", *apps)
        ),  # tables are made from the models at once
        "DATABASES": {"default": database},
        "QUERYSCOPE": {"ROOT": str(folder)},
    }
