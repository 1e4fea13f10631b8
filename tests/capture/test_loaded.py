"""What one load brought, and what of it is unread."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init
from django.test.utils import isolate_apps

from catalog.models import Brand, Product, Stock, Tag
from queryscope.capture.loaded import (
    ESCAPING,
    WATCHED,
    Loaded,
    is_created_plainly,
    note_read,
    relations_of,
)
from queryscope.capture.machinery import machinery
from reviews.models import Comment, Review


@pytest.fixture(autouse=True)
def nothing_is_watched() -> Iterator[None]:
    yield
    WATCHED.clear()


def make_loaded() -> Loaded:
    return Loaded(Brand, ("id", "name"), ("sold",))


def here() -> Any:
    return sys._getframe(1)


def test_columns_annotations_and_relations_are_watched() -> None:
    loaded = make_loaded()
    assert loaded.unread == {"id", "name", "sold", "company", "products", *ESCAPING}
    assert set(WATCHED) == loaded.unread


def test_a_name_is_watched_until_every_load_has_read_it() -> None:
    first, second = make_loaded(), make_loaded()
    assert WATCHED["name"] == 2
    first.read("name")
    first.read("name")
    assert WATCHED["name"] == 1
    second.read("name")
    assert "name" not in WATCHED
    assert WATCHED["id"] == 2


def test_what_is_closed_is_watched_no_more_and_stays_unread() -> None:
    loaded = make_loaded()
    loaded.read("id")
    loaded.close()
    assert WATCHED == {}
    assert "name" in loaded.unread
    assert "id" not in loaded.unread


def test_what_is_asked_for_after_the_end_changes_no_count() -> None:
    """A thread may have found a load just before its recorder stopped."""
    ended, other = make_loaded(), make_loaded()
    ended.close()
    ended.read("name")
    ended.escape()
    ended.add_prefetched("best")
    ended.close()
    assert (WATCHED["name"], set(WATCHED)) == (1, other.unread)
    assert "name" in ended.unread
    assert not ended.is_escaped


def test_what_escaped_has_nothing_unread_and_watches_nothing_new() -> None:
    loaded = make_loaded()
    loaded.escape()
    loaded.add_prefetched("best")
    assert (loaded.is_escaped, loaded.unread, WATCHED) == (True, set(), {})
    assert list(loaded.prefetched) == ["best"]


def test_another_name_of_a_prefetch_is_watched_once() -> None:
    loaded = make_loaded()
    loaded.add_prefetched("best")
    loaded.read("best")
    loaded.add_prefetched("best")
    assert "best" not in loaded.unread


def test_a_relation_that_was_read_before_its_prefetch_stays_read() -> None:
    loaded = make_loaded()
    loaded.read("products")
    loaded.add_prefetched("products")
    assert "products" not in loaded.unread


def test_looking_at_the_count_does_not_count() -> None:
    loaded = make_loaded()
    next(loaded.instances)
    assert [loaded.count_instances() for _ in range(3)] == [1, 1, 1]
    next(loaded.instances)
    assert loaded.count_instances() == 2


def test_the_program_reads_and_takes() -> None:
    loaded = make_loaded()
    note_read(loaded, "name", here())
    assert "name" not in loaded.unread
    note_read(loaded, "__dict__", here())
    assert loaded.is_escaped


def test_a_reader_that_is_unknown_reads() -> None:
    loaded = make_loaded()
    note_read(loaded, "name", None)
    assert "name" not in loaded.unread


def test_django_needs_but_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = make_loaded()
    monkeypatch.setitem(machinery(), id(here().f_code), here().f_code)
    for name in ("id", "__dict__", "products", "sold"):
        note_read(loaded, name, here())
    assert {"id", "__dict__", "products", "sold"} <= loaded.unread
    assert {name for name in loaded.columns if name in loaded.needed} == {"id"}
    assert not loaded.is_escaped


def test_the_accessors_of_a_model() -> None:
    assert relations_of(Stock) == {"product"}
    assert relations_of(Review) >= {"product", "customer", "comments"}
    assert relations_of(Comment) >= {"content_type", "subject"}
    assert not any(name.endswith("+") for name in relations_of(Tag))
    assert relations_of(Product) >= {
        "brand",
        "category",
        "tags",
        "stock",
        "warranty",
        "reviews",
        "collections",
    }


def make_model(**attributes: Any) -> Any:
    with isolate_apps("tests.capture"):

        class Meta:
            app_label = "tests"

        values = {"name": models.TextField(), "Meta": Meta, "__module__": __name__}
        return type("Thing", (models.Model,), values | attributes)


class OwnDescriptor(DeferredAttribute):
    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class OwnField(models.TextField):
    descriptor_class = OwnDescriptor


def init(self: Any, *args: Any, **kwargs: Any) -> None:
    models.Model.__init__(self, *args, **kwargs)


@pytest.mark.parametrize(
    "attributes",
    [
        {"__init__": init},
        {"__new__": lambda cls, *_: object.__new__(cls)},
        {"__setattr__": lambda self, name, value: object.__setattr__(self, name, value)},
        {"__getattribute__": lambda self, name: object.__getattribute__(self, name)},
        {"from_db": classmethod(lambda cls, *args: cls(*args))},
        {"note": OwnField()},
    ],
    ids=lambda attributes: next(iter(attributes)),
)
def test_code_of_a_model_s_own_around_creation_may_read(attributes: dict[str, Any]) -> None:
    assert not is_created_plainly(make_model(**attributes))


def test_methods_and_files_of_a_model_are_no_matter() -> None:
    assert is_created_plainly(make_model(__str__=lambda self: self.name, picture=models.FileField()))


def test_a_tool_that_replaces_the_creation_of_all_models_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.Model, "__init__", init)
    assert not is_created_plainly(Brand)


@pytest.mark.parametrize("signal", [pre_init, post_init])
def test_who_listens_to_creation_sees_instances_before_us(signal: Any) -> None:
    def listen(**_: Any) -> None:
        return

    assert is_created_plainly(Brand)
    signal.connect(listen, sender=Brand)
    try:
        assert not is_created_plainly(Brand)
        assert is_created_plainly(Product)
        assert Loaded(Brand, ("id",), ()).unread == set()
    finally:
        signal.disconnect(listen, sender=Brand)
