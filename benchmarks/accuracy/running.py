"""Runs situations, each under a profile and in a transaction that is rolled back."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.http import Http404
from scoring import Reported
from situation import PROJECT, Situation

import queryscope
from queryscope.model import Capture, Finding, Fix
from queryscope.profiler import current_config, report_on

SETTINGS: dict[str, Any] = {"reads": True, "slow_ms": 10_000, "root": str(PROJECT)}


def findings_of(situation: Situation) -> tuple[list[Reported], int]:
    """What queryscope reports of all runs of a situation together, and how many queries they made."""
    captures: list[Capture] = []
    for arguments in situation.runs:
        with around(situation):
            run = queryscope.profile(situation.slug, **SETTINGS)
            with contextlib.suppress(Http404), run:  # a page that isn't there is a page too
                perform(situation.subject, arguments)
            assert run.capture is not None
            captures.append(run.capture)
    report = report_on(captures, current_config(**SETTINGS))
    queries = sum(group.count for capture in captures for group in capture.trace.groups)
    return [reported(finding) for finding in report.findings], queries


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


def reported(finding: Finding) -> Reported:
    """What of a finding is judged."""
    fix = finding.fixes[0] if finding.fixes else None
    said = [finding.message]
    for one in finding.fixes:
        said += [one.title, one.code, one.caveat]
        said += [line for line in one.diff.splitlines() if line.startswith("+")]
    return Reported(
        rule=finding.rule,
        path=finding.location.path if finding.location else "",
        line=finding.location.line if finding.location else 0,
        model=finding.model,
        relations=finding.relations,
        message=finding.message,
        kinds=fix.kinds if fix else (),
        code=fix.code if fix else "",
        alternatives=tuple(one.code for one in finding.fixes[1:]),
        text="\n".join(said),
        has_edits=bool(fix and fix.edits),
        is_broken=any(not parses(one) for one in finding.fixes),
    )


def parses(fix: Fix) -> bool:
    """The files are Python still when the fix has been applied."""
    for path in {edit.path for edit in fix.edits}:
        file = PROJECT / path
        source = file.read_bytes()
        text = source.decode()
        for edit in sorted((one for one in fix.edits if one.path == path), key=lambda one: -one.start):
            if edit.source_sha256 != hashlib.sha256(source).hexdigest():
                return False
            text = text[: edit.start] + edit.text + text[edit.end :]
        if Path(path).suffix == ".py":
            try:
                ast.parse(text)
            except SyntaxError:
                return False
    return True
