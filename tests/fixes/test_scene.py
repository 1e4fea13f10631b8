"""What of a call and its loop other code is made of."""

from __future__ import annotations

import pytest

from queryscope.fixes.scene import called, objects_name, plural, scene_of, takes_batches
from queryscope.model import Model
from tests.fixes.writing import frame_at, rows, scene


@pytest.mark.parametrize(
    ("name", "many"),
    [("Book", "books"), ("OrderLine", "order_lines"), ("Category", "categories"), ("Day", "days"),
     ("Address", "addresses"), ("Box", "boxes"), ("Branch", "branches")],
)  # fmt: skip
def test_plurals(name, many):
    assert plural(Model(label=f"shop.{name}", table="")) == many


@pytest.mark.parametrize(
    ("text", "method", "name"),
    [
        ("row.save()", "save", "save"),
        ("async def f(): await row.asave()", "asave", "save"),
        ("async def f(): await row.aupdate()", "aupdate", "update"),
        ("row.asave()", "asave", "asave"),
        ("row.tags.add(tag)", "add", "add"),
    ],
)
def test_an_async_method_has_the_name_of_its_twin(text, method, name):
    assert called(scene(text, method)) == name


def test_without_a_method_call_there_is_no_scene():
    frame = frame_at("save()", "save")
    assert scene_of(None, frame, None) is None
    assert called(None) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("for b in stock:\n    b.save()", "stock"),
        ("for b in self.stock:\n    b.save()", "books"),
        ("for a, b in stock:\n    b.save()", "books"),
        ("for form in forms:\n    form.instance.save()", "books"),
        ("b.save()", "books"),
    ],
)
def test_objects_have_the_name_that_the_loop_runs_over(text, name):
    found = scene(text, "save")
    assert objects_name(rows(found), found) == name


@pytest.mark.parametrize(
    ("lookup", "answer"),
    [
        ("filter(pk__in=ids)", True),
        ("filter(pk__gte=ids, pk__lt=ids + 9)", True),
        ("filter(pk=ids)", False),
        ("filter(owner=ids, created__lt=cutoff)", False),
        ("filter(owner=ids).exclude(pk__in=ids)", False),
        ("filter(owner=other)", None),
        ("all()", None),
    ],
)
def test_a_list_or_range_of_keys_is_a_batch(lookup, answer):
    text = f"for ids in chunks:\n    Book.objects.{lookup}.delete()"
    assert takes_batches(scene(text, "delete")) is answer
