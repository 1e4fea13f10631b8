"""Seam: system checks, each with a hint that says what to do."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own names

MIDDLEWARE = "queryscope.middleware.QueryscopeMiddleware"
# They query or answer by themselves; placed before ours, that isn't seen.
_QUERYING = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.middleware.cache.FetchFromCacheMiddleware",
)
_DEPLOY_HINT = f"Add {MIDDLEWARE!r} in development settings only: `if DEBUG: MIDDLEWARE.insert(0, …)`."


def check_settings(**_: Any) -> list[CheckMessage]:
    """The setting QUERYSCOPE can be read."""
    # Imported here: every start of Django loads this module, few run the checks.
    from queryscope.config import Config, read_config
    from queryscope.errors import ConfigError
    from queryscope.rules import check_options

    try:
        check_options(read_config(getattr(settings, "QUERYSCOPE", None)))
    except ConfigError as error:
        hint = f"Known keys: {', '.join(entry.name.upper() for entry in fields(Config))}."
        return [Error(str(error), hint=hint, id="queryscope.E001")]
    return []


def check_middleware(**_: Any) -> list[CheckMessage]:
    """The middleware is installed once, and sees what runs queries."""
    installed = list(settings.MIDDLEWARE or [])
    if MIDDLEWARE not in installed:
        return []
    found: list[CheckMessage] = []
    if installed.count(MIDDLEWARE) > 1:
        text = f"{MIDDLEWARE} is in MIDDLEWARE {installed.count(MIDDLEWARE)} times."
        found.append(Warning(text, hint="Keep the first one only.", id="queryscope.W001"))
    before = [name for name in installed[: installed.index(MIDDLEWARE)] if name in _QUERYING]
    if before:
        names = ", ".join(name.rpartition(".")[2] for name in before)
        text = f"{names} comes before {MIDDLEWARE}: its queries are not seen."
        found.append(Warning(text, hint=f"Move {MIDDLEWARE!r} to the top.", id="queryscope.W002"))
    return found


def check_deployed(**_: Any) -> list[CheckMessage]:
    """`check --deploy`: the middleware stays at home."""
    if MIDDLEWARE not in (settings.MIDDLEWARE or []):
        return []
    text = f"{MIDDLEWARE} is installed in settings that are to be deployed."
    return [Error(text, hint=_DEPLOY_HINT, id="queryscope.E002")]
