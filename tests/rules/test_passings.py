"""Where the queryset is written whose rows a line loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.rules.passings import passings_by_site, passings_of, written_at
from tests.builders import make_frame, make_site
from tests.rules.run.shop import SITE, books, context, tags, unit

LOOP = make_frame(line=6, column=4)
CALL = replace(make_frame(line=3, column=4), operation="call")
PREFETCHING = replace(SITE, prefetch_related=("tags",))


def written(site: Any = PREFETCHING, *, built: Any = LOOP, **access: Any) -> tuple[int, str]:
    group = tags(site=make_site("shop.Tag", frame=built), stack=(LOOP,))
    assert group.access is not None
    group = replace(group, access=replace(group.access, **access))
    trace = unit("", books(site=site, stack=(LOOP,)), group)
    [passing] = [
        each for found in passings_by_site([trace]).values() for each in found if each.group.index == 1
    ]
    found, path = written_at(passing)
    assert found.frame is not None
    return found.frame.line, path


def test_a_plain_prefetch_is_written_where_its_owners_are_loaded():
    assert written() == (5, "tags")
    assert written(replace(PREFETCHING, prefetch_related=("author", "tags__groups"))) == (5, "tags")


def test_a_list_is_known_by_its_name():
    assert written(replace(PREFETCHING, prefetch_related=("best",)), to_attr="best") == (5, "best")


@pytest.mark.parametrize("owner", [None, 0])
def test_a_queryset_of_its_own_is_written_where_it_is_built(owner: int | None):
    assert written(built=CALL, owner_group=owner) == (3, "")


@pytest.mark.parametrize("names", [(), ("author",), ("tags_of_others",)])
def test_what_another_function_prefetched_is_told_where_it_runs(names: tuple[str, ...]):
    assert written(replace(PREFETCHING, prefetch_related=names)) == (6, "")


def test_rows_of_no_prefetch_are_written_where_they_are_built():
    [[passing]] = passings_by_site([unit("", books())]).values()
    assert written_at(passing) == (passing.site, "")


def test_all_units_that_passed_a_line_are_found():
    one, two = unit("a"), unit("b")
    around = context(one, two)
    assert [each.trace for each in passings_of(SITE, around)] == [one, two]
    assert passings_of(SITE, around) is passings_of(SITE, around)
    assert not passings_of(make_site(frame=LOOP), around)
