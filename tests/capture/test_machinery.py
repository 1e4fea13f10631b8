"""Whose reads are no reads of the program's."""

from __future__ import annotations

from inspect import unwrap
from typing import Any

import pytest
from django.db.models import Model, query
from django.db.models.fields import related, related_descriptors
from django.db.models.query_utils import DeferredAttribute
from django.utils.functional import cached_property

from queryscope.capture.machinery import machinery, passing, refreshing
from queryscope.capture.sites import identity
from tests.capture.recording import record


def is_in(codes: dict[int, Any], function: Any) -> bool:
    code = unwrap(function).__code__
    return codes.get(id(code)) is code


@pytest.mark.parametrize(
    "function",
    [
        query.prefetch_related_objects,
        query.prefetch_one_level,
        query.ModelIterable.__iter__,
        query.RawModelIterable.__iter__,
        query.RelatedPopulator.populate,
        related_descriptors.ForwardManyToOneDescriptor.__get__,
        related_descriptors.ForwardManyToOneDescriptor.__set__,
        related_descriptors.ForeignKeyDeferredAttribute.__set__,
        related.ForeignObject.get_instance_value_for_fields,
        DeferredAttribute.__get__,
        Model.get_deferred_fields,
        cached_property.__get__,
        identity,
    ],
)
def test_loading_and_linking_is_machinery(function: Any) -> None:
    assert is_in(machinery(), function)


@pytest.mark.parametrize(
    "function",
    [
        related_descriptors.ForwardOneToOneDescriptor.get_object,  # a copy of all columns
        Model.save,
        Model.save_base,
        Model.refresh_from_db,
        Model.__getstate__,
        Model.__eq__,
        Model.__hash__,
        query.QuerySet.bulk_update,
    ],
)
def test_what_hands_values_on_is_none(function: Any) -> None:
    assert not is_in(machinery(), function)


def test_methods_of_related_managers_are_machinery() -> None:
    names = {code.co_qualname for code in machinery().values()}
    for manager in (
        "create_reverse_many_to_one_manager.<locals>.RelatedManager.get_queryset",
        "create_forward_many_to_many_manager.<locals>.ManyRelatedManager.__init__",
        "create_generic_related_manager.<locals>.GenericRelatedObjectManager.get_queryset",
    ):
        assert manager in names


def test_keys_are_read_for_whoever_asks() -> None:
    assert is_in(passing(), Model._get_pk_val)
    assert is_in(refreshing(), Model.refresh_from_db)


def test_while_hooks_stand_the_codes_are_those_of_django() -> None:
    for cached in (machinery, passing, refreshing):
        cached.cache_clear()
    with record(reads=True):
        during = set(machinery())
    machinery.cache_clear()
    assert set(machinery()) == during
