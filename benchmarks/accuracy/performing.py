"""Performs situations as a server or a shell would, whoever watches."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from situation import Situation


@contextlib.contextmanager
def around(situation: Situation) -> Iterator[None]:
    """The state of the database before and after a run; nothing of it is recorded."""
    from django.db import transaction

    warm()
    if situation.is_autocommit:
        if situation.prepare:
            situation.prepare()
        try:
            yield
        finally:
            if situation.clean:
                situation.clean()
        return
    with transaction.atomic():
        if situation.prepare:
            situation.prepare()
        yield
        transaction.set_rollback(True)


def warm() -> None:
    """Have Django know its content types, as in any process that has served a few requests."""
    from django.apps import apps
    from django.contrib.contenttypes.models import ContentType

    ContentType.objects.get_for_models(*apps.get_models())


def perform(subject: Any, arguments: Mapping[str, Any]) -> Any:
    """Call a function, or have a class answer a request, and use up what comes back."""
    if inspect.isclass(subject):
        return consume(answer(subject, arguments))
    given = dict(arguments)
    if "request" in inspect.signature(subject).parameters:
        given = {"request": request(arguments)}
    if inspect.iscoroutinefunction(subject):
        from asgiref.sync import async_to_sync

        return consume(async_to_sync(subject)(**given))
    if inspect.isasyncgenfunction(subject):
        from asgiref.sync import async_to_sync

        return async_to_sync(_all_of)(subject(**given))
    return consume(subject(**given))


async def _all_of(items: Any) -> list[Any]:
    return [item async for item in items]


def consume(result: Any) -> Any:
    """Render, stream or exhaust, as a server would."""
    if hasattr(result, "render") and callable(result.render) and not getattr(result, "is_rendered", True):
        result.render()
    if getattr(result, "streaming", False):
        return b"".join(result.streaming_content)
    if inspect.isgenerator(result):
        return list(result)
    return result


def request(parameters: Mapping[str, Any]) -> Any:
    """A request of the office's administrator."""
    from django.contrib.auth.models import User
    from django.test import RequestFactory

    made = RequestFactory().get("/", parameters)
    made.user = User(pk=1, username="office", is_staff=True, is_superuser=True)
    return made


def answer(subject: Any, arguments: Mapping[str, Any]) -> Any:
    """A view's, viewset's or ModelAdmin's response. `pk`, `action` and `method` aren't the request's."""
    from django.contrib import admin
    from rest_framework.viewsets import ViewSetMixin

    parameters = dict(arguments)
    pk = parameters.pop("pk", None)
    asked = request(parameters)
    if issubclass(subject, admin.ModelAdmin):
        page = next(one for one in admin.site._registry.values() if type(one) is subject)
        return page.change_view(asked, str(pk)) if pk else page.changelist_view(asked)
    kwargs = {"pk": pk} if pk else {}
    if issubclass(subject, ViewSetMixin):
        return subject.as_view({"get": "retrieve" if pk else "list"})(asked, **kwargs)
    return subject.as_view()(asked, **kwargs)
