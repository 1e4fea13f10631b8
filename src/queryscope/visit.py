"""Seam: one page, profiled in this process; what it writes to databases is rolled back, mail is not sent."""

from __future__ import annotations

import json
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from django.shortcuts import resolve_url
from django.test import Client, override_settings
from django.urls import NoReverseMatch

from queryscope.config import Config, observing
from queryscope.errors import QueryscopeError
from queryscope.model import Capture, Origin
from queryscope.tasks import WatchedTasks
from queryscope.units import Unit
from queryscope.watch import WatchedRequests


class VisitError(QueryscopeError):
    """A page that can't be visited: no such user, no database, data that can't be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is asked for."""

    url: str  # a path, or a whole URL of which the host is tried
    user: str = ""  # username or primary key; "" is nobody
    method: str = ""  # "" is GET, or POST where there are data
    data: str = ""  # JSON, or a form as `a=1&b=2`


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How the page answered, and what it ran."""

    status: int
    captures: tuple[Capture, ...]
    redirect: str = ""  # path it redirects to
    is_login: bool = False  # that is the login page
    error: str = ""  # exception class, where the view raised
    notes: tuple[str, ...] = ()


def visit(target: Target, config: Config) -> Visit:
    """Send one request through all middleware, within transactions that are rolled back.

    Raises:
        VisitError: the user doesn't exist, the database isn't there, or the target makes no sense.
    """
    captures: list[Capture] = []
    config = observing(config)

    def begin(name: str) -> Unit:
        return Unit(Origin(kind="task", label=name), config, captures.append, place="in-place")

    address = urlsplit(target.url)
    path = "/" + address.path.lstrip("/") + (f"?{address.query}" if address.query else "")
    with _rolled_back() as notes, _no_mail():
        client = Client(raise_request_exception=False, SERVER_NAME=_host(address.hostname))
        if target.user:
            _log_in(client, target.user)
        with WatchedTasks(begin), WatchedRequests(config, captures.append):
            response = _send(client, target, path)
            _read(response)
        if target.user:
            with suppress(Exception):  # the transaction may be aborted; a session in a cache is not its part
                client.session.delete()
        return _told(response, captures, notes)


def _told(response: Any, captures: list[Capture], notes: list[str]) -> Visit:
    redirect = urlsplit(response.headers.get("Location", "")).path
    error = getattr(response, "exc_info", None)
    return Visit(
        status=response.status_code,
        captures=tuple(captures),
        redirect=redirect,
        is_login=bool(redirect) and redirect in _login_paths(),
        error=error[0].__name__ if error else "",
        notes=tuple(notes),
    )


@contextmanager
def _rolled_back() -> Iterator[list[str]]:
    """Transactions on every database, rolled back at the end; told is which database isn't there."""
    notes: list[str] = []
    with ExitStack() as stack:
        for alias in connections:
            block = transaction.atomic(using=alias)
            # As Django's TestCase marks its own: durable blocks of the page may stand inside.
            block._from_testcase = True  # type: ignore[attr-defined]
            try:
                stack.enter_context(block)
            except DatabaseError as error:
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                if alias == DEFAULT_DB_ALIAS:
                    raise VisitError(f"The database {alias!r} can't be reached: {reason}") from error
                notes.append(f"the database {alias!r} can't be reached and wasn't looked at")
                continue
            stack.callback(_roll_back, alias)
        yield notes


def _roll_back(alias: str) -> None:
    with suppress(transaction.TransactionManagementError):  # the page closed the connection
        transaction.set_rollback(True, using=alias)


@contextmanager
def _no_mail() -> Iterator[None]:
    backend = "django.core.mail.backends.dummy.EmailBackend"
    mailers = getattr(settings, "MAILERS", None)  # Django 6.1
    if mailers is None:
        override = override_settings(EMAIL_BACKEND=backend)
    else:
        override = override_settings(MAILERS={alias: {"BACKEND": backend} for alias in mailers})
    with _quiet():
        override.enable()
    try:
        yield
    finally:
        with _quiet():
            override.disable()


@contextmanager
def _quiet() -> Iterator[None]:
    # Django 6.1 would rather have MAILERS, also where the project doesn't.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield


def _host(asked: str | None) -> str:
    if asked:
        return asked
    names = [name.lstrip(".") for name in settings.ALLOWED_HOSTS if "*" not in name]
    return "localhost" if not names or "localhost" in names else names[0]


def _log_in(client: Client, name: str) -> None:
    if not apps.is_installed("django.contrib.auth") or not apps.is_installed("django.contrib.sessions"):
        raise VisitError("--as needs django.contrib.auth and django.contrib.sessions in INSTALLED_APPS.")
    from django.contrib.auth import get_user_model

    model = get_user_model()
    manager = model._default_manager
    found = manager.filter(**{model.USERNAME_FIELD: name}).first()
    if found is None and name.isdigit():
        found = manager.filter(pk=name).first()
    if found is None:
        raise VisitError(
            f"No {model._meta.verbose_name} has the {model.USERNAME_FIELD} or primary key {name!r}. "
            "Name one that is in the database, or leave --as out."
        )
    client.force_login(found)


def _send(client: Client, target: Target, path: str) -> Any:
    method = (target.method or ("POST" if target.data else "GET")).upper()
    text = target.data.strip()
    kind = "application/x-www-form-urlencoded"
    if text.startswith(("{", "[")):
        kind = "application/json"
        try:
            json.loads(text)
        except ValueError as error:
            raise VisitError(f"--data looks like JSON, but can't be read: {error}.") from None
    secure = bool(getattr(settings, "SECURE_SSL_REDIRECT", False))
    return client.generic(method, path, text, content_type=kind, secure=secure)


def _read(response: Any) -> None:
    """Take the body as a browser would; the test client closes it at its end.

    Closing it here would close the connection too, and the transaction with it.
    """
    if not response.streaming:
        return
    if response.is_async:
        async_to_sync(_read_async)(response.streaming_content)
    else:
        for _ in response.streaming_content:
            continue


async def _read_async(chunks: AsyncIterator[bytes]) -> None:
    async for _ in chunks:
        continue


def _login_paths() -> set[str]:
    paths = {urlsplit(resolve_url(settings.LOGIN_URL)).path}
    if apps.is_installed("django.contrib.admin"):
        with suppress(NoReverseMatch):  # installed, but not in the URLs
            paths.add(resolve_url("admin:login"))
    return paths
