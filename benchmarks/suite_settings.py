"""Settings for Django's own test suite, and DATABASE_URL in the words of others."""

from __future__ import annotations

import os
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import django

_PARSER = Path(__file__).resolve().parent.parent / "sample_project" / "config" / "database_url.py"


def database(name: str = "") -> dict[str, Any]:
    """The server of DATABASE_URL. Its parser is loaded by place: the sample project's names stay free."""
    spec = spec_from_file_location("_database_url", _PARSER)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Any] = module.parse_database_url(os.environ["DATABASE_URL"])
    # Where a socket directory is the host, the libraries of others look for it in HOST.
    found["HOST"] = found["HOST"] or found["OPTIONS"].pop("host", "")
    return found | ({"NAME": name} if name else {})


DATABASES = {"default": database(), "other": database("other")}
SECRET_KEY = "of a test suite"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if django.VERSION < (6, 0):  # what the suite expects
    DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
