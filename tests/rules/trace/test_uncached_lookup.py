"""`uncached-lookup`: firing, silent, at its thresholds."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Models, Observation, QueryGroup
from queryscope.rules.remedy import Context
from queryscope.rules.trace import UncachedLookup
from tests.builders import make_access, make_frame, make_models, make_query_group, make_site, make_trace

ASKS = make_frame("shop/views.py", 4, "totals")
TEXT = """\
def totals(books):
    names = []
    for book in books:
        names.append(Author.objects.get(pk=book.author_id))
    return names
"""
AT = make_frame("shop/views.py", 4, "totals", end_line=4, column=21, end_column=58, operation="call")


def look_up(**more: Any) -> QueryGroup:
    values: dict[str, Any] = {
        "sql": 'SELECT "shop_author"."id" FROM "shop_author" WHERE "shop_author"."id" = %s LIMIT %s',
        "count": 12,
        "distinct": 3,
        "site": make_site("shop.Author", frame=AT, lookups=("id__exact",), is_sliced=True),
        "stack": (AT,),
        "access": make_access(
            AccessKind.MANAGER, model="shop.Author", attribute="", target="shop.Author", method="get"
        ),
    }
    return make_query_group(0, **(values | more))


def found(group: QueryGroup, **options: Any) -> list[Observation]:
    return list(UncachedLookup(**options).check(make_trace(group), Models()))


def confirmed(group: QueryGroup, text: str = TEXT) -> bool:
    trace = make_trace(group)
    [observation] = UncachedLookup().check(trace, Models())
    context = Context(make_models(), Sources({"shop/views.py": text}.get), {trace.id: trace})
    return UncachedLookup().confirm(observation, context)


def test_few_keys_looked_up_often_are_told():
    [observation] = found(look_up())
    assert observation.rule == "uncached-lookup"
    assert observation.model == "shop.Author"
    assert (observation.query_count, observation.avoidable_queries) == (12, 11)
    assert UncachedLookup().message([observation]) == "totals looked up Author 12 times for 3 keys."


@pytest.mark.parametrize(("count", "distinct"), [(3, 1), (4, 2), (4, 3), (12, 6), (12, 7)])
def test_the_thresholds_are_the_number_and_its_ratio_to_the_keys(count, distinct):
    assert bool(found(look_up(count=count, distinct=distinct))) is (count >= 4 and count >= 2 * distinct)


def test_the_thresholds_are_options():
    assert not found(look_up(), min_repeats=13)
    assert not found(look_up(), min_ratio=5.0)


def test_a_loop_that_gives_the_key_is_asked_of_the_source():
    assert confirmed(look_up())
    assert confirmed(look_up(distinct=1))


def test_one_key_that_does_not_come_from_the_loop_is_the_same_query_again():
    text = TEXT.replace("pk=book.author_id", "pk=the.author_id")
    assert not confirmed(look_up(distinct=1), text)


def test_attempts_and_polling_are_silent():
    text = TEXT.replace("for book in books", "while bool(books)")
    assert not confirmed(look_up(), text)


SILENT: dict[str, dict[str, Any]] = {
    "a relation": {"access": make_access(AccessKind.FORWARD)},
    "a prefetch": {"access": make_access(AccessKind.PREFETCH)},
    "locked rows": {"sql": 'SELECT "id" FROM "shop_author" WHERE "id" = %s FOR UPDATE'},
    "a library": {"is_asked_by_library": True},
    "a failure": {"error": "40001"},
    "permissions": {"site": make_site("auth.Permission", frame=AT, lookups=("id__exact",))},
    "no condition": {"site": make_site("shop.Author", frame=AT)},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(look_up(**SILENT[name]))
