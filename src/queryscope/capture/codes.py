"""Verdicts on code objects: the application's, Django's telling frames, or nothing of interest.

Keyed by `id(code)` with the code kept alive: since Python 3.12 hashing a code object costs 0.45 µs a frame.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from queryscope.capture.local_names import local_of
from queryscope.capture.project import Project
from queryscope.capture.telling import telling_codes
from queryscope.capture.verdicts import (
    APPLICATION,
    BOUNDARY,
    BUILDER,
    CLASS_BODY,
    JINJA,
    LIBRARY,
    MANAGER_METHOD,
    SKIP,
)

_OPTIMIZED = 0x1  # CO_OPTIMIZED: set for functions, not for modules and class bodies
# Around a test, its set-up and its fixtures, a command, a consumer: dozens of frames that tell nothing.
_RUNNERS = {
    "pytest_pyfunc_call": "_pytest/python.py",
    "call_fixture_func": "_pytest/fixtures.py",
    "_callSetUp": "unittest/case.py",
    "_callTestMethod": "unittest/case.py",
    "_callTearDown": "unittest/case.py",
    "run_from_argv": "django/core/management/base.py",
    "await_many_dispatch": "channels/utils.py",
}
_INNER = ("<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


@cache
def _passed_on() -> tuple[str, ...]:
    """Folders of the packages that only pass a query on: by place, since a project may have their names."""
    import asgiref
    import django.db
    import django.template

    import queryscope

    modules = (django.db, django.template, asgiref, queryscope)
    return tuple(str(Path(module.__file__ or "").parent) + os.sep for module in modules)


class Codes:
    """Verdicts of one project; shared by all recorders of the process."""

    def __init__(self, project: Project, *, is_blind: bool = False) -> None:
        self.project = project
        self.verdicts: dict[int, int] = {}
        self.kept: dict[int, CodeType] = {}
        self.holders: dict[int, type | None] = {}  # by id(class): itself if it is the application's
        self.frames: dict[tuple[int, int], Any] = {}  # (code id, f_lasti) → Frame, resolved once
        self._templates: dict[str, bool] = {}
        for code, verdict in () if is_blind else telling_codes():
            self.verdicts[id(code)] = verdict
            self.kept[id(code)] = code

    def judge(self, code: CodeType) -> int:
        """The verdict on a code object met for the first time."""
        filename = code.co_filename
        if filename.startswith("<") and not filename.startswith("<frozen "):
            return SKIP  # compiled at run time, perhaps over and over: not kept
        verdict = self._verdict(filename, code.co_name)
        self.kept[id(code)] = code
        self.verdicts[id(code)] = verdict
        return verdict

    def _verdict(self, filename: str, name: str) -> int:
        if self.project.is_application(filename):
            return APPLICATION if filename.endswith(".py") else JINJA
        if name in _RUNNERS and filename.endswith(_RUNNERS[name]):
            return BOUNDARY
        return SKIP if filename.startswith(_passed_on()) else LIBRARY

    def is_template(self, name: str) -> bool:
        """Whether a template of that name, which is its path, is the application's."""
        try:
            return self._templates[name]
        except KeyError:
            is_own = self._templates[name] = self.project.is_application(name)
            return is_own

    def holder_id(self, holder: type) -> int:
        """`id(holder)` if that class is defined in application code and may hold a queryset, else 0."""
        key = id(holder)
        if key not in self.holders:
            from django.db.models import Model

            filename = getattr(sys.modules.get(holder.__module__), "__file__", None) or ""
            is_holder = self.project.is_application(filename) and not is_manager(holder)
            self.holders[key] = holder if is_holder and not issubclass(holder, Model) else None
        return 0 if self.holders[key] is None else key

    def builds(self, frame: FrameType) -> int:
        """What application code that builds a queryset is: settled once for each function."""
        code = frame.f_code
        verdict = self.verdicts.get(id(code), APPLICATION)
        if verdict == APPLICATION:
            verdict = _settle(frame)
            self.verdicts[id(code)] = verdict
        return verdict


def is_manager(holder: type) -> bool:
    """Whether that class is a manager's or queryset's."""
    from django.db.models import QuerySet
    from django.db.models.manager import BaseManager

    return issubclass(holder, BaseManager | QuerySet)


def _settle(frame: FrameType) -> int:
    """Read from the name of the code whose method it is, without touching the frame's locals if possible.

    Before Python 3.13, reading `f_locals` changes what `locals()` gave the program, and keeps what they name
    alive for as long as the frame runs.
    """
    code = frame.f_code
    if not code.co_flags & _OPTIMIZED:
        return BUILDER if code.co_name == "<module>" else CLASS_BODY
    name = code.co_qualname
    while name.endswith(_INNER):  # part of the method that it stands in
        name = name.rpartition(".<locals>.")[0]
    owner, _, _ = name.rpartition(".")
    if not owner or owner.endswith("<locals>"):
        return BUILDER
    holder: Any = frame.f_globals
    for part in owner.split("."):
        holder = (holder if isinstance(holder, dict) else vars(holder)).get(part)
        if not isinstance(holder, type):  # a class that a function defined
            first = local_of(frame, code.co_varnames[0]) if code.co_argcount else None
            return MANAGER_METHOD if is_manager(type(first)) else BUILDER
    # A mixin that some manager has is taken for a part of managers.
    return MANAGER_METHOD if any(map(is_manager, [holder, *_below(holder)])) else BUILDER


def _below(holder: type) -> list[type]:
    found: list[type] = []
    below: list[type] = type.__subclasses__(holder)
    for each in below:
        found += [each, *_below(each)]
    return found
