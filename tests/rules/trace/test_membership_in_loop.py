"""`membership-in-loop`: firing, silent, at its thresholds."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.model import AccessKind, Observation, QueryGroup
from queryscope.rules.trace import MembershipInLoop
from tests.builders import make_access, make_frame, make_models, make_query_group, make_site, make_trace

ASKS = make_frame("shop/views.py", 6, "page", operation="in")
CALLS = make_frame("shop/views.py", 6, "page", operation="call")


def asked(**more: Any) -> QueryGroup:
    access = {"model": "shop.Tag", "attribute": "books", "target": "shop.Book", "method": "iterate"}
    access |= more.pop("access", {})
    values: dict[str, Any] = {
        "sql": 'SELECT "shop_book"."id" FROM "shop_book"',
        "count": 5,
        "distinct": 1,
        "owners": 1,
        "site": make_site("shop.Book", frame=ASKS, lookups=("tag__exact",)),
        "stack": (ASKS,),
        "access": make_access(AccessKind.MANY_TO_MANY, **access),
    }
    return make_query_group(0, **(values | more))


def by_key(**more: Any) -> QueryGroup:
    values: dict[str, Any] = {
        "distinct": 5,
        "stack": (CALLS,),
        "site": make_site("shop.Book", frame=CALLS, lookups=("tag__exact", "id__exact")),
        "access": {"method": "exists"},
    }
    return asked(**(values | more))


def found(group: QueryGroup, **options: Any) -> list[Observation]:
    return list(MembershipInLoop(**options).check(make_trace(group), make_models()))


def test_a_queryset_that_is_evaluated_again_for_in_is_told():
    [observation] = found(asked())
    assert observation.rule == "membership-in-loop"
    assert observation.model == "shop.Book"
    assert (observation.query_count, observation.avoidable_queries) == (5, 4)
    assert MembershipInLoop().message([observation]) == "page asked 5 times whether a Book is among others."


@pytest.mark.parametrize("method", ["contains", "exists"])
def test_membership_asked_key_by_key_is_told(method):
    assert found(by_key(access={"method": method}))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_thresholds_are_options(count):
    assert bool(found(asked(count=count))) is (count >= 2)
    assert bool(found(asked(count=count), min_repeats=3)) is (count >= 3)
    assert bool(found(by_key(count=count, distinct=count))) is (count >= 3)
    assert bool(found(by_key(count=count, distinct=count), min_keys=2)) is (count >= 2)


SILENT: dict[str, QueryGroup] = {
    "an iteration": asked(stack=(make_frame(operation="iterate"),)),
    "a queryset for each row": asked(distinct=5, owners=5),
    "a question without a key": by_key(site=make_site("shop.Book", frame=CALLS, lookups=("tag__exact",))),
    "of many owners": by_key(owners=5),
    "the same key": by_key(distinct=1),
    "a count": by_key(access={"method": "count"}),
    "a library": asked(is_asked_by_library=True),
    "locked rows": asked(sql="SELECT 1 FOR UPDATE"),
    "a failure": asked(error="40001"),
    "SQL": asked(site=None),
    "a prefetch": make_query_group(0, count=5, distinct=1, access=make_access(AccessKind.PREFETCH)),
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(SILENT[name])
