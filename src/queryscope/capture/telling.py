"""The code objects of Django and asgiref whose frames tell what is going on. Read once per process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import unwrap
from types import CodeType
from typing import Any

from queryscope.capture import verdicts as v
from queryscope.capture.hooks_threads import thread_starts

QUERYSET_METHODS = (
    "_fetch_all", "_iterator", "__len__", "__bool__", "aggregate", "count", "get", "earliest", "latest",
    "first", "last", "in_bulk", "contains", "exists", "explain",
)  # fmt: skip
QUERYSET_WRITES = (
    "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete", "_raw_delete",
    "update", "_update", "_insert",
)  # fmt: skip
MANAGER_WRITES = ("add", "remove", "clear", "set", "create", "get_or_create", "update_or_create")


def telling_codes() -> Iterator[tuple[CodeType, int]]:
    """Each code object with its verdict."""
    from asgiref.sync import SyncToAsync
    from django.core.handlers import base, exception
    from django.db.models import Model, QuerySet, deletion, query
    from django.template.base import Node

    yield _code(Node.render_annotated), v.TEMPLATE_NODE
    for name in ("_get_response", "_get_response_async"):
        yield _code(getattr(base.BaseHandler, name)), v.BOUNDARY
    for inner in _nested(_code(exception.convert_exception_to_response), ".inner"):
        yield inner, v.BOUNDARY
    yield _code(SyncToAsync.thread_handler), v.THREAD_HANDLER
    for holder, name in thread_starts():
        yield _code(getattr(holder, name)), v.THREAD_START
    yield _code(query.ModelIterable.__iter__), v.ITERABLE
    yield _code(query.RawModelIterable.__iter__), v.RAW
    yield _code(query.prefetch_one_level), v.PREFETCH
    for name in QUERYSET_METHODS:
        yield _code(getattr(QuerySet, name)), v.QUERYSET_METHOD
    for name in QUERYSET_WRITES:
        yield _code(getattr(QuerySet, name)), v.WRITE
    for function in (Model.save_base, Model.delete, deletion.Collector.delete):
        yield _code(function), v.MODEL_WRITE
    yield from _relation_codes()


def _relation_codes() -> Iterator[tuple[CodeType, int]]:
    from django.db.models.fields import related_descriptors as related
    from django.db.models.query_utils import DeferredAttribute

    yield _code(related.ForwardManyToOneDescriptor.__get__), v.FORWARD
    yield _code(related.ReverseOneToOneDescriptor.__get__), v.REVERSE_ONE_TO_ONE
    yield _code(DeferredAttribute.__get__), v.DEFERRED
    yield from _manager_codes(related.create_reverse_many_to_one_manager)
    yield from _manager_codes(related.create_forward_many_to_many_manager)
    for name in ("count", "exists"):
        for code in _nested(_code(related.create_forward_many_to_many_manager), f"Manager.{name}"):
            yield code, v.RELATED_METHOD
    yield from _generic_codes()


def _generic_codes() -> Iterator[tuple[CodeType, int]]:
    from django.apps import apps

    if not apps.is_installed("django.contrib.contenttypes"):
        return  # its fields can't even be imported
    from django.contrib.contenttypes import fields as generic

    # Django 6.1 moved the access into a descriptor of its own.
    holder = getattr(generic, "GenericForeignKeyDescriptor", generic.GenericForeignKey)
    yield _code(holder.__get__), v.GENERIC_FORWARD
    yield from _manager_codes(generic.create_generic_related_manager)


def _manager_codes(factory: Callable[..., Any]) -> Iterator[tuple[CodeType, int]]:
    for code in _nested(_code(factory), "Manager.get_queryset"):
        yield code, v.RELATED_MANAGER
    for name in MANAGER_WRITES:
        for code in _nested(_code(factory), f"Manager.{name}"):
            yield code, v.MANAGER_WRITE


def _code(function: Callable[..., Any]) -> CodeType:
    found: CodeType = unwrap(function).__code__
    return found


def _nested(code: CodeType, qualname_end: str) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_qualname.endswith(qualname_end):
                yield constant
            yield from _nested(constant, qualname_end)
