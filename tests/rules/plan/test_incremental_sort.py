"""incremental-sort."""

from __future__ import annotations

import pytest

from queryscope.model import Field, Model, Models, PlanNode, Schema, SortGroups, Worker
from queryscope.rules.plan import PLAN_RULES, IncrementalSort, judge
from tests.plans.nodes import analyzed, firing_in_corpus, insights_of, plan_of

BOOKS = Models(
    models=(
        Model(
            label="shop.Book",
            table="book",
            fields=(Field(name="topic", column="kind_id", type="ForeignKey", target="shop.Kind"),),
        ),
    )
)


def scan(*, rows: float = 15_000, node_type: str = "Index Scan", **more: object) -> PlanNode:
    values = {"relation_name": "book", "alias": "b", "index_name": "book_kind"}
    return analyzed(node_type, rows=rows, ms=20, **(values | more))


def ordered(below: PlanNode | None = None, *, groups: int = 20, ms: float = 60, **more: object) -> PlanNode:
    values = {
        "sort_key": ("b.kind_id", "b.title DESC"),
        "presorted_key": ("b.kind_id",),
        "full_sort_groups": SortGroups(group_count=groups // 2),
        "pre_sorted_groups": SortGroups(group_count=groups - groups // 2),
    }
    return analyzed("Incremental Sort", below or scan(), rows=12_000, ms=ms, **(values | more))


def test_it_tells_the_index_and_the_groups():
    [insight] = insights_of(IncrementalSort(), ordered())
    assert insight.message == (
        "book_kind gave 15 000 rows in the order of b.kind_id alone, and they were sorted in 20 groups: "
        "40.0 ms, 67 % of the query."
    )
    assert (insight.severity, insight.fact) == ("info", "order")


def test_the_index_that_would_do_is_told_in_fields():
    [insight] = insights_of(IncrementalSort(), ordered(), models=BOOKS)
    assert insight.remedy == 'Let one index of Book give the whole order: Index(fields=["topic", "-title"]).'


def remedy_of(*, keys: tuple[str, ...] = ("b.kind_id", "b.title DESC"), cond: str = "") -> str:
    node = ordered(scan(index_cond=cond), sort_key=keys)
    [insight] = insights_of(IncrementalSort(), node, models=BOOKS)
    return insight.remedy.removeprefix("Let one index of Book give the whole order")


def test_what_the_index_finds_rows_by_stays_in_front():
    assert remedy_of(cond="(b.shop_id = …)") == ': Index(fields=["shop_id", "topic", "-title"]).'
    two = "((b.shop_id = shop.id) AND ((b.state)::text = …::text))"
    assert remedy_of(cond=two) == ': Index(fields=["shop_id", "state", "topic", "-title"]).'


def test_a_range_of_the_order_itself_needs_no_other_column():
    assert remedy_of(cond="(b.kind_id > …)") == ': Index(fields=["topic", "-title"]).'


@pytest.mark.parametrize("cond", ["(b.shop_id = ANY (…::integer[]))", "(b.sold > …)", "(lower(b.name) = …)"])
def test_what_comes_before_no_order_is_not_put_into_code(cond: str):
    assert remedy_of(cond=cond) == ", beside what book_kind finds."


def test_nulls_in_another_place_than_usual_are_a_part_of_the_order():
    told = remedy_of(keys=("b.kind_id", "b.title DESC NULLS LAST", "b.sold DESC"), cond="(b.shop_id = …)")
    assert told.startswith(
        ': Index("shop_id", "topic", F("title").desc(nulls_last=True), F("sold").desc(), name="book'
    )
    assert 'F("title").asc(nulls_first=True)' in remedy_of(keys=("b.kind_id", "b.title NULLS FIRST"))
    assert "nulls" not in remedy_of(keys=("b.kind_id", "b.title DESC NULLS FIRST"))


def test_groups_of_workers_count():
    worker = Worker(worker_number=0, full_sort_groups=SortGroups(group_count=20))
    assert insights_of(IncrementalSort(), ordered(groups=10))
    assert not insights_of(IncrementalSort(), ordered(groups=11, workers=(worker,)))


def test_the_order_of_the_outer_side_of_a_loop_is_kept():
    inner = analyzed("Index Scan", relation_name="author", alias="a", parent_relationship="Inner")
    joined = analyzed("Nested Loop", scan(), inner, rows=15_000, ms=30)
    assert insights_of(IncrementalSort(), ordered(joined))
    assert not insights_of(IncrementalSort(), ordered(joined, sort_key=("b.kind_id", "a.name")))


def test_at_the_thresholds():
    assert insights_of(IncrementalSort(), ordered(groups=30))
    assert not insights_of(IncrementalSort(), ordered(groups=31))
    assert insights_of(IncrementalSort(), ordered(scan(rows=1_000), groups=2))
    assert not insights_of(IncrementalSort(), ordered(scan(rows=999), groups=1))


@pytest.mark.parametrize(
    "root",
    [
        ordered(analyzed("Subquery Scan", rows=15_000, ms=20)),
        ordered(analyzed("Merge Join", scan(), scan(), rows=15_000, ms=20)),
        ordered(sort_key=("b.kind_id", "lower(b.title)")),
        ordered(groups=0),
        ordered(ms=20.9),
        analyzed("Limit", ordered(), ms=5_000),
        scan(),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(IncrementalSort(), root)


def test_it_fires_on_real_plans_of_large_groups():
    assert firing_in_corpus(IncrementalSort()) == {"incremental_sort_presort", "incremental_sort_parallel"}


def test_files_of_such_a_sort_are_not_told_again():
    rules = [rule() for rule in PLAN_RULES]
    root = ordered(temp_written_blocks=9_000)
    said = judge(plan_of(root), Schema(), Models(), rules)
    assert [insight.rule for insight in said] == ["incremental-sort"]
