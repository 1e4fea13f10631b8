"""Counts of a group while it grows."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.capture import group as group_module
from queryscope.capture.group import Group


def make_group(sql: str = "SELECT 1", *executions: tuple[int, Any, int, Any]) -> Group:
    group = Group(0, sql, (), 0)
    for duration, rows, digest, owner in executions:
        group.add(duration, rows, digest, ("shop.Book", owner, None))
    return group


def test_executions_are_summed() -> None:
    group = make_group("SELECT 1", (5, 1, 11, "a"), (9, 2, 12, "b"), (1, 0, 11, "a"))
    assert (group.count, group.total_ns, group.max_ns, group.rows) == (3, 15, 9, 3)
    assert group.params == {11: 2, 12: 1}
    assert group.owners == {"a", "b"}


def test_rows_are_unknown_once_one_execution_did_not_tell() -> None:
    assert make_group("SELECT 1", (1, 1, 1, None), (1, None, 1, None), (1, 5, 1, None)).rows is None


def test_parameters_and_owners_are_told_apart_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_module, "MAX_DISTINCT", 2)
    group = make_group("SELECT 1", *((1, 1, number % 4, number % 4) for number in range(12)))
    assert (group.count, group.params, group.owners) == (12, {0: 3, 1: 3}, {0, 1})


def test_an_execution_without_an_owner_counts_none() -> None:
    assert make_group("SELECT 1", (1, 1, 1, None)).owners == set()


def test_groups_are_merged_into_a_third() -> None:
    one = make_group("SELECT 1", (5, 1, 11, "a"))
    other = make_group("SELECT 1", (9, 2, 11, "b"), (1, 1, 12, "b"))
    other.slowest = ("SELECT 1", None)
    other.error = "22012"
    both = one.merged_with(other)
    assert (both.count, both.total_ns, both.max_ns, both.rows) == (3, 15, 9, 4)
    assert (both.params, both.owners) == ({11: 2, 12: 1}, {"a", "b"})
    assert (both.slowest, both.error) == (("SELECT 1", None), "22012")
    assert (one.count, one.params, one.owners) == (1, {11: 1}, {"a"})
    assert (other.count, other.params) == (2, {11: 1, 12: 1})


def test_texts_that_differ_in_literals_ask_for_different_things() -> None:
    both = make_group("SELECT 1", (1, 1, 11, None)).merged_with(make_group("SELECT 2", (1, 1, 11, None)))
    assert len(both.params) == 2


def test_the_slower_statement_is_kept_and_the_first_error() -> None:
    slow, fast = make_group("SELECT 1", (9, 1, 1, None)), make_group("SELECT 2", (1, None, 1, None))
    slow.slowest, fast.slowest = ("SELECT 1", None), ("SELECT 2", None)
    slow.error, fast.error = "first", "second"
    both = slow.merged_with(fast)
    assert (both.slowest, both.error, both.rows) == (("SELECT 1", None), "first", None)


@pytest.mark.parametrize(("one", "other"), [(True, True), (True, False), (False, True)])
def test_what_the_application_asked_in_part_is_no_librarys(one: bool, other: bool) -> None:
    first, second = make_group(), make_group()
    first.is_asked_by_library, second.is_asked_by_library = one, other
    assert first.merged_with(second).is_asked_by_library is (one and other)
