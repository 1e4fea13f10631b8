"""Verdicts on code objects: the application's, Django's telling frames, or nothing of interest.

Keyed by `id(code)` with the code kept alive: since Python 3.12 hashing a code object costs 0.45 µs a frame.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from inspect import unwrap
from types import CodeType
from typing import Any

from queryscope.capture.project import Project

SKIP = 0  # django.db and everything that only passes the call on
APPLICATION = 1
MANAGER_METHOD = 2  # application code, a method of a Manager or QuerySet
LIBRARY = 3  # other library code: its `self` may be an application's view or form
TEMPLATE_NODE = 4
JINJA = 5
BOUNDARY = 6  # the handler around middleware and view
THREAD_HANDLER = 7  # work that another thread awaits
# What the ORM is doing:
ITERABLE = 10
QUERYSET_METHOD = 11
PREFETCH = 12
FORWARD = 13
REVERSE_ONE_TO_ONE = 14
GENERIC_FORWARD = 15
DEFERRED = 16
RAW = 17
WRITE = 18
RELATED_MANAGER = 19  # get_queryset of a related manager
RELATED_METHOD = 20  # count() and exists() of a many-to-many manager

QUERYSET_METHODS = (
    "_fetch_all", "_iterator", "__len__", "__bool__", "__getitem__", "aggregate", "count", "get", "earliest",
    "latest", "first", "last", "in_bulk", "contains", "exists", "explain",
)  # fmt: skip
QUERYSET_WRITES = (
    "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete", "_raw_delete",
    "update", "_update", "_insert",
)  # fmt: skip


class Codes:
    """Verdicts of one project; shared by all recorders of the process."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.verdicts: dict[int, int] = {}
        self.kept: dict[int, CodeType] = {}
        self.holders: dict[int, type | None] = {}  # by id(class): itself if it is the application's
        for code, verdict in _telling_codes():
            self.verdicts[id(code)] = verdict
            self.kept[id(code)] = code

    def judge(self, code: CodeType) -> int:
        """The verdict on a code object met for the first time."""
        verdict = self._verdict(code)
        self.kept[id(code)] = code
        self.verdicts[id(code)] = verdict
        return verdict

    def _verdict(self, code: CodeType) -> int:
        filename = code.co_filename
        if self.project.is_application(filename):
            return APPLICATION if filename.endswith(".py") else JINJA
        normal = filename.replace("\\", "/")
        if "/django/db/" in normal or "/queryscope/" in normal or "/asgiref/" in normal:
            return SKIP
        return LIBRARY

    def holder_id(self, holder: type) -> int:
        """`id(holder)` if that class is defined in application code, else 0."""
        key = id(holder)
        if key not in self.holders:
            filename = getattr(sys.modules.get(holder.__module__), "__file__", None) or ""
            self.holders[key] = holder if self.project.is_application(filename) else None
        return 0 if self.holders[key] is None else key

    def is_manager_method(self, code: CodeType, first_argument: Any) -> bool:
        """Settle once whether application code is a method of a Manager or QuerySet."""
        from django.db.models import QuerySet
        from django.db.models.manager import BaseManager

        if isinstance(first_argument, BaseManager | QuerySet):
            self.verdicts[id(code)] = MANAGER_METHOD
            return True
        return False


def _nested(code: CodeType, qualname_end: str) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_qualname.endswith(qualname_end):
                yield constant
            yield from _nested(constant, qualname_end)


def _code(function: Callable[..., Any]) -> CodeType:
    found: CodeType = unwrap(function).__code__  # type: ignore[attr-defined]
    return found


def _telling_codes() -> Iterator[tuple[CodeType, int]]:
    from asgiref.sync import SyncToAsync
    from django.core.handlers import base, exception
    from django.db.models import Model, QuerySet, deletion, query
    from django.template.base import Node

    yield _code(Node.render_annotated), TEMPLATE_NODE
    yield _code(base.BaseHandler._get_response), BOUNDARY
    yield _code(base.BaseHandler._get_response_async), BOUNDARY
    for inner in _nested(_code(exception.convert_exception_to_response), ".inner"):
        yield inner, BOUNDARY
    yield _code(SyncToAsync.thread_handler), THREAD_HANDLER
    yield _code(query.ModelIterable.__iter__), ITERABLE
    yield _code(query.RawModelIterable.__iter__), RAW
    yield _code(query.prefetch_one_level), PREFETCH
    for name in QUERYSET_METHODS:
        yield _code(getattr(QuerySet, name)), QUERYSET_METHOD
    for name in QUERYSET_WRITES:
        yield _code(getattr(QuerySet, name)), WRITE
    for function in (Model.save_base, Model.delete, deletion.Collector.delete):
        yield _code(function), WRITE
    yield from _relation_codes()


def _relation_codes() -> Iterator[tuple[CodeType, int]]:
    from django.contrib.contenttypes import fields as generic
    from django.db.models.fields import related_descriptors as related
    from django.db.models.query_utils import DeferredAttribute

    yield _code(related.ForwardManyToOneDescriptor.__get__), FORWARD
    yield _code(related.ReverseOneToOneDescriptor.__get__), REVERSE_ONE_TO_ONE
    yield _code(DeferredAttribute.__get__), DEFERRED
    # Django 6.1 moved the access into a descriptor of its own.
    holder = getattr(generic, "GenericForeignKeyDescriptor", generic.GenericForeignKey)
    yield _code(holder.__get__), GENERIC_FORWARD
    factories = (
        related.create_reverse_many_to_one_manager,
        related.create_forward_many_to_many_manager,
        generic.create_generic_related_manager,
    )
    for factory in factories:
        for code in _nested(_code(factory), "Manager.get_queryset"):
            yield code, RELATED_MANAGER
        for name in ("add", "remove", "clear", "set", "create", "get_or_create", "update_or_create"):
            for code in _nested(_code(factory), f"Manager.{name}"):
                yield code, WRITE
    for name in ("count", "exists"):
        for code in _nested(_code(related.create_forward_many_to_many_manager), f"Manager.{name}"):
            yield code, RELATED_METHOD
