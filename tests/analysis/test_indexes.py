"""Index advice over the whole run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from queryscope.analysis.indexes import Advised, advise_run
from queryscope.model import (
    Capture,
    Column,
    Evidence,
    Index,
    IndexAdvice,
    IndexKey,
    Level,
    Measure,
    Models,
    QueryGroup,
    Refusal,
    Schema,
    Shape,
    Table,
)
from tests.builders import make_node, make_plan, make_query_group, make_trace

TABLE = Table(
    schema="public", name="shop_order", rows=1000, pages=20, columns=(Column(name="a", type="integer"),)
)


def keys(names: str) -> tuple[IndexKey, ...]:
    return tuple(
        IndexKey(column=name.lstrip("-"), django=name.lstrip("-"), is_descending=name.startswith("-"))
        for name in names.split()
    )


def timed(before: float = 100.0, after: float = 1.0) -> Evidence:
    return Evidence(level=Level.TIMED, before=Measure(ms=before), after=Measure(ms=after))


USABLE = Evidence(level=Level.USABLE)


def asks(
    shape: str, names: str, *, equal: str | None = None, also: str = "", total_ms: float = 100.0, **more: Any
) -> Capture:
    """A unit of work in which one shape asks for one index; `equal` are compared with one value."""
    values: dict[str, Any] = {
        "relation": "shop_order",
        "model": "shop.Order",
        "method": "btree",
        "keys": keys(names),
        "name": names.replace(" ", "_").replace("-", "d"),
        "serves": (shape,),
        "evidence": timed(),
        "size_bytes": 8192 * len(names.split()),
    }
    advice = IndexAdvice(**(values | more))
    equalities = " AND ".join(f"({name} = …)" for name in (names if equal is None else equal).split())
    scan = make_node(relation_name=advice.relation, filter=equalities.replace("-", "") + also)
    group = make_query_group(fingerprint=shape, total_ms=total_ms, sql=f'SELECT 1 FROM "{advice.relation}"')
    return Capture(
        trace=make_trace(group, id=f"t-{shape}-{names}"),
        plans=(make_plan(scan, fingerprint=shape),),
        indexes=(advice,),
    )


def run(*captures: Capture) -> Advised:
    totals: dict[str, float] = {}
    for capture in captures:
        for group in capture.trace.groups:
            totals[group.fingerprint] = totals.get(group.fingerprint, 0.0) + group.total_ms
    shapes = [
        Shape(fingerprint=name, sql="", count=1, total_ms=total, max_ms=total)
        for name, total in totals.items()
    ]
    plans = {plan.fingerprint: plan for capture in captures for plan in capture.plans}
    return advise_run(captures, shapes=shapes, plans=list(plans.values()), models=Models())


def told(indexes: Sequence[IndexAdvice]) -> list[str]:
    """`a -t: f1 f2`"""
    return [
        " ".join(("-" if key.is_descending else "") + key.column for key in each.keys)
        + ": "
        + " ".join(sorted(each.serves))
        for each in indexes
    ]


def test_one_index_serves_all_shapes_that_asked_for_it():
    found = run(asks("f1", "a"), asks("f2", "a"), asks("f1", "a"))
    assert told(found.indexes) == ["a: f1 f2"]


def test_a_left_prefix_is_served_by_the_longer_index():
    found = run(asks("f1", "a", total_ms=900.0), asks("f2", "a -t", equal="a"))
    assert told(found.indexes) == ["a -t: f1 f2"]
    assert found.indexes[0].name == "a_dt"


def test_equalities_change_places_where_another_shape_needs_it():
    found = run(asks("f1", "a b"), asks("f2", "b"))
    assert told(found.indexes) == ["b a: f1 f2"]
    [index] = found.indexes
    assert index.name not in ("a_b", "b")
    assert index.evidence.level is Level.TIMED
    assert index.evidence.note.startswith("Tried was the one on (a, b)")
    assert index.size_bytes == 2 * 8192


def test_an_order_and_an_equality_do_not_change_places():
    found = run(asks("f1", "a -t", equal="a"), asks("f2", "a b"))
    assert sorted(told(found.indexes)) == ["a -t: f1", "a b: f2"]


def test_three_shapes_share_one_index():
    found = run(asks("f1", "a b c"), asks("f2", "c"), asks("f3", "c b"))
    assert told(found.indexes) == ["c b a: f1 f2 f3"]


def test_what_is_included_is_held_by_the_one_index():
    found = run(asks("f1", "a", include=("total",)), asks("f2", "a b"))
    assert told(found.indexes) == ["a b: f1 f2"]
    assert found.indexes[0].include == ("total",)


@pytest.mark.parametrize(
    "other", [{"method": "hash"}, {"predicate": "done"}, {"relation": "shop_line"}, {"keys": keys("b")}]
)
def test_what_is_of_another_kind_stays_apart(other):
    assert len(run(asks("f1", "a b", equal="a"), asks("f2", "a", **({"name": "other"} | other))).indexes) == 2


LIVE = {"predicate": '"gone" IS NULL', "predicate_django": "Q(gone__isnull=True)", "name": "live"}
TESTED = " AND (gone IS NULL)"


def test_a_page_shares_the_partial_index_of_its_count():
    found = run(
        asks("f1", "a", also=TESTED, total_ms=900.0, **LIVE), asks("f2", "a -t", equal="a", also=TESTED)
    )
    assert told(found.indexes) == ["a -t: f1 f2"]
    [index] = found.indexes
    assert (index.predicate, index.predicate_django) == (LIVE["predicate"], LIVE["predicate_django"])
    assert index.name not in ("live", "a_dt")
    assert index.evidence.note.startswith("Tried was the one on")


def test_the_same_keys_are_held_of_the_rows_that_all_need():
    found = run(asks("f1", "a", also=TESTED, **LIVE), asks("f2", "a", also=TESTED))
    assert [(each.serves, each.predicate) for each in found.indexes] == [(("f1", "f2"), LIVE["predicate"])]


@pytest.mark.parametrize(
    ("more", "also"),
    [
        (LIVE, ""),
        (LIVE, " AND (gone IS NOT NULL)"),
        (LIVE, " AND ((gone IS NULL) OR (a = …))"),
        (LIVE, " AND (NOT (gone IS NULL))"),
        ({**LIVE, "predicate": '"gone" IS NULL AND "is_open"'}, TESTED),
        ({**LIVE, "predicate": "\"state\" = 'new'"}, " AND (state = …)"),
    ],
)
def test_a_query_that_needs_other_rows_too_has_its_own_index(more, also):
    found = run(asks("f1", "a", also=TESTED, **more), asks("f2", "a -t", equal="a", also=also))
    assert len(found.indexes) == 2


def test_what_is_tested_in_one_of_two_scans_is_not_what_all_rows_fulfil():
    first, second = asks("f1", "a", also=TESTED, **LIVE), asks("f2", "a -t", equal="a", also=TESTED)
    (plan,) = second.plans
    both = make_node("Append", plan.root, make_node(relation_name="shop_order", filter="(a = …)"))
    assert len(run(first, replace(second, plans=(replace(plan, root=both),))).indexes) == 2


def test_one_that_takes_more_space_than_two_is_not_built():
    found = run(
        asks("f1", "a b", equal="a b", size_bytes=10, also=TESTED, **LIVE),
        asks("f2", "a -t", equal="a", size_bytes=10, also=TESTED),
    )
    assert len(found.indexes) == 2  # nothing serves both


def test_no_two_indexes_serve_one_shape():
    first, second = asks("f1", "a b", name="one"), asks("f1", "c", name="two", evidence=timed(after=1.1))
    assert told(run(first, second).indexes) == ["c: f1"]  # as good, and smaller


def test_the_better_one_is_kept_where_it_is_better_by_more_than_a_fifth():
    first, second = asks("f1", "a b", name="one"), asks("f1", "c", name="two", evidence=timed(after=1.4))
    assert told(run(first, second).indexes) == ["a b: f1"]


def test_what_is_needed_anyway_serves_the_other_shape_too():
    one, two = asks("f1", "a"), asks("f1", "b", evidence=timed(after=1.05))
    assert told(run(one, two, asks("f2", "b c", equal="b")).indexes) == ["b c: f1 f2"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_strongest_trial_is_kept(order):
    trials = [asks("f1", "a"), asks("f1", "a", evidence=timed(300.0, 2.0))][::order]
    assert run(*trials).indexes[0].evidence.before == Measure(ms=300.0)


def test_a_better_proved_index_comes_first_and_is_not_replaced_by_a_weaker_one():
    found = run(asks("f1", "a"), asks("f2", "a b", evidence=USABLE, total_ms=9000.0))
    assert told(found.indexes) == ["a: f1"]
    [refusal] = found.refusals
    assert (refusal.fingerprint, refusal.kind) == ("f2", "after-another")
    assert "An index on (a) of shop_order, which is proved better" in refusal.reason


def test_a_weaker_wish_is_served_by_a_better_proved_index():
    assert told(run(asks("f1", "a b"), asks("f2", "a", evidence=USABLE)).indexes) == ["a b: f1 f2"]


def test_of_what_was_not_timed_the_first_candidate_of_a_shape_stands():
    one = asks("f1", "a", evidence=USABLE)
    two = asks("f1", "c b", evidence=USABLE)
    assert told(run(one, two).indexes) == ["a: f1"]


def test_the_gain_is_that_of_the_whole_run():
    found = run(asks("f1", "a", total_ms=1000.0), asks("f2", "a", total_ms=10.0, evidence=timed(100.0, 50.0)))
    assert found.indexes[0].gain_ms == 995.0
    assert run(asks("f1", "a", evidence=USABLE)).indexes[0].gain_ms is None


def test_indexes_come_by_proof_then_by_gain_then_by_name():
    found = run(
        asks("f1", "b", relation="t1", total_ms=10.0),
        asks("f2", "a", relation="t2", total_ms=10.0),
        asks("f3", "c", relation="t3", total_ms=90.0),
        asks("f4", "d", relation="t4", evidence=USABLE, total_ms=900.0),
        asks("f5", "e", relation="t5", evidence=Evidence(), total_ms=900.0),
    )
    assert [each.name for each in found.indexes] == ["c", "a", "b", "d", "e"]


def pair(shape: str, **more: Any) -> list[Capture]:
    return [
        asks(shape, "order_id", relation="shop_line", name="line", together=("parent",), **more),
        asks(shape, "status", name="parent", together=("line",), **more),
    ]


def test_a_set_stays_together():
    found = run(*pair("f1"))
    assert {each.name: each.together for each in found.indexes} == {"line": ("parent",), "parent": ("line",)}


def test_a_set_takes_in_an_index_that_begins_like_one_of_its_own():
    found = run(*pair("f1"), asks("f2", "status -t", equal="status", name="longer"))
    # What serves a shape by itself is no part of a set; the other one needs it still.
    assert {each.name: each.together for each in found.indexes} == {"line": ("longer",), "longer": ()}
    assert sum(each.gain_ms for each in found.indexes) == pytest.approx(198.0 + 99.0)


@pytest.mark.parametrize(("after", "kept"), [(1.1, ["alone"]), (5.0, ["line", "parent"])])
def test_what_one_index_does_alone_needs_no_set(after, kept):
    found = run(*pair("f1"), asks("f1", "total", evidence=timed(200.0, after), name="alone"))
    assert sorted(each.name for each in found.indexes) == kept


def test_what_is_better_proved_alone_needs_no_set():
    found = run(*pair("f1", evidence=USABLE), asks("f1", "total", name="alone"))
    assert [each.name for each in found.indexes] == ["alone"]
    found = run(*pair("f1"), asks("f1", "total", evidence=USABLE, name="alone"))
    assert sorted(each.name for each in found.indexes) == ["line", "parent"]


def test_what_is_served_is_not_refused():
    capture = asks("f1", "a")
    refused = Refusal(fingerprint="f1", relation="shop_order", kind="budget", reason="Too long.")
    other = Refusal(fingerprint="f9", relation="shop_order", kind="budget", reason="Too long.")
    statistics = Refusal(
        fingerprint="f1", relation="shop_order", kind="statistics", reason="CREATE STATISTICS"
    )
    beside = Capture(trace=make_trace(), refusals=(refused, other, other, statistics))
    assert run(capture, beside).refusals == (other, statistics)


def test_the_writes_of_the_run_are_the_price():
    update = make_query_group(
        1, kind="update", sql='UPDATE "shop_order" SET "a" = %s WHERE "id" = %s', count=4, rows=4
    )
    written = Capture(trace=make_trace(update, id="w"))
    [index] = run(asks("f1", "a"), written).indexes
    assert index.write_cost == "Ends HOT updates for a, updated 4 times in this run."


def hot(rows: int, **more: Any) -> Advised:
    update = make_query_group(
        1, kind="update", sql='UPDATE "shop_order" SET "a" = %s WHERE "id" = %s', count=rows, rows=rows
    )
    return run(asks("f1", "a", **more), Capture(trace=make_trace(update, id="w")))


def test_an_index_for_which_updates_pay_more_than_reads_win_is_refused_with_the_number():
    assert len(hot(330).indexes) == 1  # each update gives 0.3 ms
    found = hot(400)
    assert found.indexes == ()
    [refusal] = found.refusals
    assert refusal.kind == "write-hot"
    assert refusal.reason == (
        "a is updated 400 times in this run, and what an index on it serves runs once: it would end HOT "
        "updates and win 0.25 ms for each of them."
    )


def test_an_update_that_the_index_serves_itself_pays_as_often_as_it_wins():
    def searched(rows: int, *more: QueryGroup) -> Advised:
        sql = 'UPDATE "shop_order" SET "a" = %s WHERE "a" < %s'
        own = make_query_group(2, kind="update", sql=sql, count=1, rows=rows, fingerprint="f1")
        return run(asks("f1", "a"), Capture(trace=make_trace(own, *more, id="w")))

    assert len(searched(4900).indexes) == 1  # each row gives 0.02 ms
    assert [each.kind for each in searched(6000).refusals] == ["write-hot"]
    other = make_query_group(
        1, kind="update", sql='UPDATE "shop_order" SET "a" = %s WHERE "id" = %s', rows=300
    )
    assert [each.kind for each in searched(4900, other).refusals] == ["write-hot"]


def test_a_set_goes_with_the_one_that_is_refused():
    update = make_query_group(
        1, kind="update", sql='UPDATE "shop_order" SET "status" = %s', count=1, rows=50_000
    )
    found = run(*pair("f1"), Capture(trace=make_trace(update, id="w")))
    assert found.indexes == ()
    assert [each.kind for each in found.refusals] == ["write-hot"]


def test_existing_indexes_that_the_new_one_contains_are_named():
    own = Index(name="order_a", method="btree", keys=("a",), opclasses=("int4_ops",))
    table = Table(schema="public", name="shop_order", rows=1000, pages=20, indexes=(own,))
    seen = Capture(trace=make_trace(id="s"), schema=Schema(tables=(table,)))
    found = run(asks("f1", "a b"), seen)
    assert found.indexes[0].replaces == ("order_a",)
    [removal] = found.removals
    assert (removal.name, removal.kind, removal.kept) == ("order_a", "replaced", "a_b")


COLUMNS = "abcd"


def at_random(dice: Random, number: int) -> tuple[Capture, str, set[str], list[str]]:
    """A wish for one to three equalities and an order of up to two other keys."""
    columns = dice.sample(COLUMNS, dice.randint(1, 4))
    head = dice.randint(0, min(3, len(columns)))
    tail = [("-" if dice.random() < 0.5 else "") + name for name in columns[head : head + 2]]
    equal = columns[:head] or []
    names = " ".join([*equal, *tail])
    shape = f"f{number}"
    total = dice.choice((10.0, 100.0, 1000.0))
    return asks(shape, names, equal=" ".join(equal), total_ms=total), shape, set(equal), tail


def is_served(index: IndexAdvice, equal: set[str], tail: list[str]) -> bool:
    """What PostgreSQL needs, said another way: the equalities first, then the order or its reverse."""
    found = [("-" if key.is_descending else "") + key.column for key in index.keys]
    head, order = found[: len(equal)], found[len(equal) : len(equal) + len(tail)]
    turned = [name[1:] if name.startswith("-") else f"-{name}" for name in tail]
    return {name.lstrip("-") for name in head} == equal and order in (tail, turned)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_asked_each_shape_is_served_once_and_no_index_is_left_over(seed):
    dice = Random(seed)
    asked = [at_random(dice, number) for number in range(dice.randint(1, 9))]
    found = run(*(capture for capture, *_ in asked)).indexes
    for _, shape, equal, tail in asked:
        [index] = [each for each in found if shape in each.serves]
        assert is_served(index, equal, tail), (told(found), shape)
    for index in found:
        others = [each for each in found if each is not index]
        needed = [
            shape
            for _, shape, equal, tail in asked
            if shape in index.serves and not any(is_served(other, equal, tail) for other in others)
        ]
        assert needed, told(found)
    assert len({each.name for each in found}) == len(found)
