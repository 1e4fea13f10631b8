"""The code objects with which Django itself touches instances while it loads and links them.

What these read is no read of the program's. The ids of the codes are compared, since hashing a code costs
0.45 µs since Python 3.12; the codes are kept alive, so that no other one gets their ids.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache, cached_property
from inspect import unwrap
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any


@cache
def machinery() -> dict[int, CodeType]:
    """By `id(code)`: prefetches, joins in Python, related managers, descriptors, cached properties."""
    return {id(code): code for code in _machinery()}


@cache
def refreshing() -> dict[int, CodeType]:
    """By `id(code)`: `Model.refresh_from_db`, with which a deferred column is loaded too."""
    from django.db.models import Model

    return {id(code): code for code in _codes(Model.refresh_from_db)}


@cache
def passing() -> dict[int, CodeType]:
    """By `id(code)`: what reads a key for whoever asks for it; the reader stands further out."""
    from django.db.models import Model
    from django.db.models.fields.composite import CompositeAttribute

    from queryscope.capture.read_hook import _hook_getattribute

    parts = (*map(vars(Model).get, ("_get_pk_val", "_is_pk_set")), CompositeAttribute, _hook_getattribute)
    return {id(code): code for part in parts for code in _codes(part)}


@cache
def caching() -> dict[int, CodeType]:
    """By `id(code)`: what looks into the cache of related instances for whoever asks for it."""
    from django.db.models.fields.mixins import FieldCacheMixin

    return {id(code): code for code in _codes(FieldCacheMixin)}


# What reads a value of an instance for somebody further out: a filter that is given the instance, a
# serializer, a prefetch that matches rows.
_HANDING_ON = frozenset({"get_normalized_value", "value_from_object", "value_to_string"})


@cache
def _folder_of_models() -> str:
    from django.db import models

    return str(Path(models.__file__).parent)


def asking(frame: FrameType | None) -> FrameType | None:
    """The frame that wants to know: of what reads for others the one behind it."""
    while frame is not None and id(frame.f_code) in passing():
        frame = frame.f_back
    if frame is None or frame.f_code.co_name not in _HANDING_ON:
        return frame
    # Between them stands how a queryset is filtered.
    folder = _folder_of_models()
    while frame is not None and frame.f_code.co_filename.startswith(folder):
        if id(frame.f_code) in machinery():
            break
        frame = frame.f_back
    return frame


# id(code) → (the code, kept alive for its id; whether it is neither Django's nor ours)
_others: dict[int, tuple[CodeType, bool]] = {}


def opens_caches(frame: FrameType | None) -> bool:
    """Whether a frame that takes the cache of related instances may read them out of our sight."""
    while frame is not None and id(frame.f_code) in caching():
        frame = frame.f_back
    if frame is None:
        return True
    code = frame.f_code
    known = _others.get(id(code))
    if known is None:
        known = _others[id(code)] = (code, not _is_ours(code.co_filename))
    return known[1]


def _is_ours(filename: str) -> bool:
    import django

    return filename.startswith(str(Path(django.__file__).parent)) or "queryscope/capture/" in filename


def _machinery() -> Iterator[CodeType]:
    from django.db.models import Model, query, query_utils
    from django.db.models.fields import files, related, related_descriptors
    from django.utils import functional

    from queryscope.capture import access, loads, sites

    # A child instance hands all its columns to the parent instance that is made of it.
    copying = set(_codes(related_descriptors.ForwardOneToOneDescriptor.get_object))
    # Importing these would fail in projects without them.
    generic = sys.modules.get("django.contrib.contenttypes.fields")
    spatial = sys.modules.get("django.contrib.gis.db.models.proxy")
    for module in (related_descriptors, files, generic, spatial, access, loads, sites):
        yield from (code for code in _codes_of_module(module) if code not in copying)
    for part in (
        query.prefetch_related_objects,
        query.prefetch_one_level,
        query.get_prefetcher,
        query.ModelIterable,
        query.RawModelIterable,
        query.RelatedPopulator,
        query_utils.DeferredAttribute,
        related.RelatedField.get_forward_related_filter,
        related.RelatedField.get_reverse_related_filter,
        related.ForeignObject.get_local_related_value,
        related.ForeignObject.get_foreign_related_value,
        related.ForeignObject.get_instance_value_for_fields,
        Model.get_deferred_fields,
        functional.cached_property.__get__,
        cached_property.__get__,
    ):
        yield from _codes(part)


def _codes_of_module(module: ModuleType | None) -> Iterator[CodeType]:
    for value in () if module is None else vars(module).values():
        if getattr(value, "__module__", None) == getattr(module, "__name__", ""):
            yield from _codes(value)


def _codes(value: Any) -> Iterator[CodeType]:
    """Of a function, or of all methods of a class, with the functions defined inside."""
    if isinstance(value, type):
        for each in vars(value).values():
            yield from _codes(each)
        return
    if isinstance(value, property):
        value = value.fget
    value = getattr(value, "__func__", None) or getattr(value, "func", None) or value
    code = getattr(unwrap(value), "__code__", None) if callable(value) else None
    if isinstance(code, CodeType):
        yield from _nested(code)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)
