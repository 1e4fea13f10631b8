"""Tests of database/probe_plan.py and proof_choice.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.database.hypothetical import Planned
from queryscope.database.probe import Probed
from queryscope.database.probe_plan import Use, Wanted, idle_keys, read_use
from queryscope.database.proof_choice import choose_planned, choose_probed
from tests.database.test_trial import make_candidate

WANTED = Wanted(names=frozenset({"x"}), method="btree", keys=("a", "b"), is_partial=False)
SEQ = {"Node Type": "Seq Scan"}


def scan(condition="", kind="Index Scan", **more):
    node = {"Node Type": kind, "Index Name": "x", **more}
    return {**node, "Index Cond": condition} if condition else node


def above(node, *kinds, **more):
    for kind in kinds:
        node = {"Node Type": kind, "Plans": [node], **more}
    return node


def test_a_plan_without_the_index_is_no_use_of_it():
    assert read_use(SEQ, WANTED, without=SEQ) is None


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("(a = 5)", 1),
        ("((a = 5) AND (b > 3))", 2),
        ("(t.a = 5)", 1),
        ('("T3".a = (u.a)::text)', 1),
        ("(b = 5)", 0),
        ("(ab = 5)", 0),
        ("(c = 'a'::text)", 0),
        ("(c = a_b)", 0),
        ("", 0),
    ],
)
def test_leading_keys_that_stand_in_the_condition_are_counted(condition, keys):
    use = read_use(scan(condition), WANTED, without=SEQ)
    assert (use.keys, use.is_of_use) == (keys, keys > 0)


def test_an_expression_is_found_as_postgresql_prints_it():
    wanted = replace(WANTED, keys=("upper((name)::text)",))
    assert read_use(scan("(upper((t.name)::text) = 'X'::text)"), wanted, without=SEQ).keys == 1
    assert read_use(scan("(lower((t.name)::text) = 'X'::text)"), wanted, without=SEQ).keys == 0


def test_of_other_kinds_of_indexes_any_key_will_do():
    wanted = replace(WANTED, method="gin")
    assert read_use(scan("(b @> 'x'::jsonb)", "Bitmap Index Scan"), wanted, without=SEQ).keys == 1


def test_an_order_counts_where_a_sort_is_gone_and_something_ends_early():
    sorted_before = above(SEQ, "Sort", "Limit")
    assert read_use(above(scan(), "Limit"), WANTED, without=sorted_before).gives_order
    assert not read_use(scan(), WANTED, without=above(SEQ, "Sort")).gives_order
    assert not read_use(above(scan(), "Limit"), WANTED, without=above(SEQ, "Limit")).gives_order
    assert not read_use(
        above(scan(), "Sort", "Limit"), WANTED, without=above(SEQ, "Sort", "Sort", "Limit")
    ).gives_order
    groups = above(above(SEQ, "Sort"), "Aggregate", Strategy="Sorted")
    assert read_use(above(scan(), "Aggregate", Strategy="Sorted"), WANTED, without=groups).gives_order
    assert not read_use(above(scan(), "Aggregate", Strategy="Hashed"), WANTED, without=groups).gives_order


def test_an_order_that_is_walked_through_a_filter_is_told_from_one_that_is_not():
    before = above(SEQ, "Sort", "Limit")
    assert read_use(above(scan(Filter="(c = 1)"), "Limit"), WANTED, without=before).is_walk
    assert read_use(above(scan("(b > 5)"), "Limit"), WANTED, without=before).is_walk
    assert not read_use(above(scan(), "Limit"), WANTED, without=before).is_walk
    assert not read_use(above(scan("(a = 5)", Filter="(c = 1)"), "Limit"), WANTED, without=before).is_walk
    partial = replace(WANTED, is_partial=True)
    assert not read_use(above(scan(Filter="(c = 1)"), "Limit"), partial, without=before).is_walk


@pytest.mark.parametrize(
    ("plan", "stops"),
    [
        (above(scan(), "Limit"), True),
        (above(scan(), "Unique", "Limit"), True),
        (above(above(scan(), "Aggregate", Strategy="Sorted"), "Limit"), True),
        (above(above(scan(), "Aggregate", Strategy="Hashed"), "Limit"), False),
        (above(scan(), "Sort", "Limit"), False),
        (above(scan(), "Hash", "Hash Join", "Limit"), False),
        (above(scan(kind="Bitmap Index Scan"), "Bitmap Heap Scan", "Limit"), False),
        (above(scan(), "WindowAgg"), False),
        (scan(), False),
    ],
)
def test_reading_stops_early_where_a_limit_takes_rows_as_they_come(plan, stops):
    assert read_use(plan, WANTED, without=SEQ).stops_early is stops


def test_what_is_sorted_further_up_is_another_matter():
    newest_of_each = above(above(scan("(a = b.id)"), "Limit"), "Nested Loop", "Sort")
    before = above(above(SEQ, "Sort", "Limit"), "Nested Loop", "Sort")
    assert read_use(newest_of_each, WANTED, without=before).gives_order
    assert not read_use(
        above(scan("(a = b.id)"), "Hash", "Hash Join", "Limit"), WANTED, without=before
    ).gives_order


def test_a_largest_value_at_the_end_of_an_order_needs_no_aggregate():
    smallest = above(above(scan(kind="Index Only Scan"), "Limit"), "Result")
    assert read_use(smallest, WANTED, without=above(SEQ, "Aggregate")).gives_order


def test_the_nearest_ones_need_no_sort_before():
    assert read_use(scan(**{"Order By": "(p <-> '(1,2)'::point)"}), WANTED, without=SEQ).gives_order


def test_keys_that_neither_find_nor_order_are_idle():
    assert idle_keys(Use(keys=1), WANTED) == ("b",)
    assert idle_keys(Use(keys=1, gives_order=True), WANTED) == ()
    assert idle_keys(Use(keys=1, is_alone=True), WANTED) == ()
    assert idle_keys(Use(is_partial=True), WANTED) == ("b",)
    assert idle_keys(Use(keys=1), replace(WANTED, method="gin")) == ()


def probed(*names, relation="t", rows=5000, size=100_000, **use):
    return Probed(
        proposal=tuple(make_candidate("a", name=name, relation=relation) for name in names),
        uses=tuple(Use(**use) for _ in names),
        size_bytes=size,
        sample_rows=min(rows, 2000),
        table_rows=rows,
    )


def names(chosen):
    return [one.proposal[0].name for one in chosen]


def test_of_probed_ones_the_first_finds_rows_then_saves_a_sort_then_costs_least():
    order = probed("order", gives_order=True, cost=1.0)
    finds = probed("finds", keys=1, cost=50.0)
    both = probed("both", keys=1, gives_order=True, cost=60.0)
    cheap = probed("cheap", keys=1, gives_order=True, cost=20.0)
    small = probed("small", keys=1, gives_order=True, cost=32.0, size=90_000)
    assert names(choose_probed([order, finds])) == ["finds"]
    assert names(choose_probed([order, finds, both])) == ["both"]
    assert names(choose_probed([both, cheap])) == ["cheap"]
    assert names(choose_probed([both, cheap, small])) == ["small"]
    assert names(choose_probed([cheap, probed("elsewhere", relation="u", keys=1)])) == ["cheap", "elsewhere"]


def test_a_partial_one_that_was_probed_must_be_much_smaller():
    full = probed("full", keys=1, cost=10.0, size=32_768)
    assert names(choose_probed([full, partial_one(16_384)])) == ["partial"]
    assert names(choose_probed([full, partial_one(24_576)])) == ["full"]
    assert names(choose_probed([partial_one(24_576)])) == ["partial"]


def partial_one(size):
    one = probed("partial", is_partial=True, cost=15.0, size=size)
    return replace(one, proposal=(replace(one.proposal[0], predicate="x"),))


def test_of_few_rows_costs_say_nothing():
    one = probed("one", rows=20, keys=1, cost=1.0)
    two = probed("two", rows=20, keys=2, cost=9.0)
    assert names(choose_probed([one, two])) == ["two"]


def test_a_set_that_was_probed_stands_where_no_index_does_as_well_alone():
    both = probed("a", "b", keys=1, cost=10.0)
    assert names(choose_probed([both])) == ["a"]
    assert choose_probed([probed("alone", keys=1, cost=11.0), both])[0].proposal[0].name == "alone"
    assert choose_probed([probed("alone", keys=1, cost=13.0), both]) == [both]


def planned(*names_, relation="t", cost=10.0, size=1000):
    return Planned(
        proposal=tuple(make_candidate("a", name=name, relation=relation) for name in names_),
        cost_before=1000.0,
        cost_after=cost,
        sizes_bytes=tuple(size for _ in names_),
    )


def test_of_planned_ones_the_smallest_within_a_fifth_of_the_lowest_cost_is_kept():
    assert names(choose_planned([planned("a", size=9), planned("b", cost=12.0, size=8)])) == ["b"]
    assert names(choose_planned([planned("a", size=9), planned("b", cost=12.1, size=8)])) == ["a"]
    both = planned("a", "b", cost=1.0)
    assert choose_planned([planned("alone"), both]) == [both]
    assert names(choose_planned([planned("alone", cost=1.2), both])) == ["alone"]
