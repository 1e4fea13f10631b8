"""Whether the rows of a prefetch were read, whatever was asked of the relation itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.model import Trace
from queryscope.rules.fates import rows_are_unread, unused
from queryscope.rules.passings import passings_by_site
from tests.rules.run.shop import books as books_of_line
from tests.rules.run.shop import loads, tags, unit


def unread(*traces: Trace, path: str = "tags") -> bool:
    [passings] = passings_by_site(traces).values()
    return rows_are_unread(passings, path)


def test_rows_that_nobody_read_are_unread_though_the_relation_was_asked():
    trace = unit(loads=loads("author", "tags"))
    assert unread(trace)
    [passings] = passings_by_site([trace]).values()
    assert not unused(passings, "prefetch_related")


def read_tags(**more: Any) -> Trace:
    *others, rows = loads("tags")
    return unit("GET tags/", loads=(*others, replace(rows, **more)))


@pytest.mark.parametrize(
    "more", [{"columns_read": ("name",)}, {"relations_read": ("x",)}, {"is_escaped": True}]
)
def test_one_row_that_was_read_anywhere_is_enough(more: dict[str, Any]):
    assert not unread(read_tags(**more))
    assert not unread(unit(loads=loads("tags")), read_tags(**more))


@pytest.mark.parametrize(
    "trace",
    [
        unit(loads=loads("tags"), saw_reads=False),
        unit(loads=loads("tags"), status=500),
        unit(loads=loads("tags", is_escaped=True)),
        unit(loads=loads("tags", tagged=False)),
        unit(loads=loads(columns_read=())),
        read_tags(instances=0),
    ],
)
def test_what_was_not_seen_is_no_evidence(trace: Trace):
    assert not unread(trace)


def test_a_relation_that_was_not_prefetched_has_no_rows():
    assert not unread(unit(loads=loads("tags")), path="reviews")
    assert not rows_are_unread([], "tags")


def test_a_list_of_another_name_is_another_prefetch():
    plain, best = tags(1), tags(2)
    assert best.access is not None
    best = replace(best, access=replace(best.access, to_attr="best"))
    own, author, rows = loads("tags", "best", prefetch_related=("tags", "best"))
    read = replace(rows, group=2, columns_read=("name",))
    assert unread(unit("", books_of_line(), plain, best, loads=(own, author, rows, read)))
    assert not unread(unit("", books_of_line(), plain, best, loads=(own, author, rows, read)), path="best")
