"""What a test prepares for itself is no problem of the application."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.analysis.set_up import app_folders, is_set_up
from queryscope.model import Frame, Model, Models, Observation, Origin, Trace
from tests.builders import make_frame, make_query_group, make_trace

SERVICE = make_frame("shop/services.py", 4, "import_books")
MAKING = make_frame("making.py", 4, "make")
FACTORY = make_frame("shop/factories.py", 4, "make")
BODY = make_frame("tests/test_shop.py", 9, "test_import")
METHOD = make_frame("tests/test_shop.py", 9, "Books.test_import")
HELPER = make_frame("tests/test_shop.py", 30, "run_import")
SET_UP = make_frame("tests/test_shop.py", 5, "Books.setUp")
FIXTURE = make_frame("tests/conftest.py", 5, "books")
FOLDERS = frozenset({"shop"})


def trace_of(*stack: Frame, kind: Any = "test") -> Trace:
    return replace(make_trace(make_query_group(0, stack=stack)), origin=Origin(kind=kind, label="x"))


def told(*stack: Frame, kind: Any = "test") -> bool:
    observation = Observation(rule="write-in-loop", trace="t1", model="shop.Book", groups=(0,))
    return not is_set_up(observation, trace_of(*stack, kind=kind), FOLDERS)


@pytest.mark.parametrize(
    ("stack", "is_told"),
    [
        ((SERVICE, BODY), True),
        ((SERVICE, METHOD), True),
        ((SERVICE, HELPER, METHOD), True),
        ((MAKING, BODY), False),
        ((MAKING, METHOD), False),
        ((MAKING, SERVICE, BODY), True),  # a helper that the application calls is the application's
        ((MAKING, SET_UP), False),
        ((SERVICE, SET_UP), False),
        ((SERVICE, FIXTURE), False),
        ((MAKING, FIXTURE), False),
        ((MAKING,), True),  # nothing of a test on the stack
        ((FACTORY, BODY), True),  # what stands in a test's own file is for the rules to leave
    ],
)
def test_a_test_prepares_itself_outside_of_the_applications(stack, is_told):
    assert told(*stack) is is_told


@pytest.mark.parametrize("kind", ["request", "command", "task", "block"])
def test_other_units_prepare_nothing(kind):
    assert told(MAKING, SET_UP, kind=kind)


def test_an_observation_without_queries_is_kept():
    observation = Observation(rule="long-transaction", trace="t1", model="")
    assert not is_set_up(observation, trace_of(MAKING, SET_UP), FOLDERS)


def test_all_of_its_queries_must_be_the_tests():
    trace = make_trace(
        make_query_group(0, stack=(MAKING, SET_UP)), make_query_group(1, stack=(SERVICE, BODY))
    )
    trace = replace(trace, origin=Origin(kind="test", label="x"))
    for groups, is_kept in (((0,), False), ((1,), True), ((0, 1), True)):
        observation = Observation(rule="duplicate-query", trace="t1", model="shop.Book", groups=groups)
        assert is_set_up(observation, trace, FOLDERS) is not is_kept


def test_applications_are_where_their_models_are():
    paths = ("shop/models.py", "apps/orders/models/order.py", "", "models.py")
    models = Models(
        models=tuple(Model(label=f"a.M{at}", table="t", path=path) for at, path in enumerate(paths))
    )
    assert app_folders(models) == {"shop", "apps/orders", "."}
