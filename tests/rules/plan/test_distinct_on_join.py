"""distinct-on-join."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Index, Models, PlanNode, Schema, Table
from queryscope.rules.plan import PLAN_RULES, DistinctOnJoin, SeqScanUnselective, judge
from tests.plans.nodes import SHOP, analyzed, firing_in_corpus, firing_on, insights_of, plan_of

INVOICE = ("i.id", "i.total")


def join(*, rows: float = 60_000, invoices: float = 3_000, ms: float = 80) -> PlanNode:
    table = analyzed(
        "Hash",
        analyzed("Seq Scan", rows=invoices, ms=3, relation_name="invoice", alias="i"),
        rows=invoices,
        ms=5,
        parent_relationship="Inner",
    )
    lines = analyzed("Seq Scan", rows=60_000, ms=20, relation_name="line", alias="l")
    return analyzed("Hash Join", lines, table, rows=rows, ms=ms)


def distinct(
    below: PlanNode | None = None, *, rows: float = 3_000, output: tuple[str, ...] = INVOICE, **more: object
) -> PlanNode:
    values = {"strategy": "Hashed", "group_key": output, "output": output, "ms": 100}
    return analyzed("Aggregate", below or join(), rows=rows, **(values | more))


def sorted_distinct(**more: object) -> PlanNode:
    values = {"sort_key": INVOICE}
    below = analyzed("Sort", join(), rows=60_000, ms=120, **(values | more))
    return analyzed("Unique", below, rows=3_000, ms=130, output=INVOICE)


def test_it_tells_what_the_join_made_and_what_was_kept():
    [insight] = insights_of(DistinctOnJoin(), distinct())
    assert insight.message == (
        "Hash Join made 60 000 rows, of which DISTINCT kept 3 000: 75.0 ms, 75 % of the query."
    )
    assert (insight.node, insight.severity) == (0, "warning")


def test_the_remedy_names_the_model_and_its_key():
    [insight] = insights_of(DistinctOnJoin(), distinct(), models=SHOP)
    assert insight.remedy == (
        'Ask whether there is such a row: .filter(Exists(Line.objects.filter(bill=OuterRef("pk"), …))) '
        "instead of the join and .distinct()."
    )
    [insight] = insights_of(DistinctOnJoin(), distinct())
    assert 'Exists(….objects.filter(…=OuterRef("pk")))' in insight.remedy


def test_by_sorting_and_with_workers_too():
    assert insights_of(DistinctOnJoin(), sorted_distinct())
    partial = distinct(partial_mode="Partial")
    assert insights_of(DistinctOnJoin(), distinct(analyzed("Gather", partial, rows=9_000, ms=90)))


def test_distinct_on_compares_less_than_it_gives():
    assert insights_of(DistinctOnJoin(), sorted_distinct(sort_key=("i.total DESC NULLS LAST", "i.id DESC")))
    assert not insights_of(DistinctOnJoin(), sorted_distinct(sort_key=("i.id",)))
    assert not insights_of(DistinctOnJoin(), sorted_distinct(sort_key=("i.id", "i.total", "l.amount")))
    assert not insights_of(DistinctOnJoin(), analyzed("Unique", join(), rows=3_000, output=INVOICE))


def test_what_workers_made_distinct_before_is_sorted_by_all_too():
    partial = analyzed("Unique", analyzed("Sort", join(), rows=6e4, ms=90, sort_key=INVOICE), output=INVOICE)
    gathered = analyzed("Gather Merge", partial, rows=9_000, ms=100)
    assert insights_of(DistinctOnJoin(), analyzed("Unique", gathered, rows=3_000, ms=110, output=INVOICE))


def test_a_join_that_gave_no_more_than_the_table_multiplied_nothing():
    assert insights_of(DistinctOnJoin(), distinct(join(invoices=59_999)), models=SHOP)
    assert not insights_of(DistinctOnJoin(), distinct(join(invoices=60_000)), models=SHOP)


def test_a_row_that_a_loop_looks_up_again_and_again_is_one_of_the_table():
    lines = analyzed("Seq Scan", rows=60_000, ms=20, relation_name="line", alias="l")
    found = analyzed("Index Scan", rows=1, loops=60_000, ms=0.001, relation_name="invoice", alias="i")
    looped = distinct(analyzed("Nested Loop", lines, found, rows=60_000, ms=85))
    assert insights_of(DistinctOnJoin(), looped, models=SHOP)
    many = Schema(tables=(Table(schema="public", name="invoice", rows=90_000, pages=900),))
    assert not insights_of(DistinctOnJoin(), looped, many, SHOP)


def test_of_two_tables_that_are_given_both_keys_are():
    notes = analyzed("Seq Scan", rows=90_000, ms=9, relation_name="note", alias="n")
    joined = analyzed("Hash Join", notes, analyzed("Hash", join(), rows=60_000, ms=81), rows=90_000, ms=95)
    assert insights_of(DistinctOnJoin(), distinct(joined, output=("i.id", "l.id")), models=SHOP)
    assert not insights_of(DistinctOnJoin(), distinct(joined, output=("i.id", "l.amount")), models=SHOP)


@pytest.mark.parametrize("above", ["Limit", "Sort", "Aggregate", "Subquery Scan"])
def test_below_what_stands_above_a_distinct(above: str):
    [insight] = insights_of(DistinctOnJoin(), analyzed(above, distinct(), ms=101, output=("count(*)",)))
    assert insight.node == 1


def test_its_spills_are_told_with_it():
    spilled = sorted_distinct(sort_space_type="Disk", sort_space_used_kb=9_000)
    told = judge(plan_of(spilled), Schema(), Models(), [rule() for rule in PLAN_RULES])
    assert [insight.rule for insight in told] == ["distinct-on-join"]


def test_tables_that_are_read_for_it_are_told_with_it():
    filtered = analyzed("Seq Scan", rows=60_000, ms=30, relation_name="line", alias="l", filter="(x > …)")
    made = join()
    root = distinct(analyzed("Hash Join", filtered, made.children[1], rows=60_000, ms=80), rows=9_000)
    rules = [rule() for rule in PLAN_RULES]
    assert [insight.rule for insight in judge(plan_of(root), Schema(), Models(), rules)] == [
        "distinct-on-join"
    ]
    assert insights_of(SeqScanUnselective(), root)


def test_a_key_among_the_columns_tells_that_the_join_made_the_duplicates():
    many = distinct(join(invoices=59_000))
    assert not insights_of(DistinctOnJoin(), many)
    assert insights_of(DistinctOnJoin(), many, models=SHOP)
    key = Index(name="invoice_pkey", method="btree", keys=("id",), is_primary=True)
    table = Table(schema="public", name="invoice", rows=59_000, pages=9, indexes=(key,))
    assert insights_of(DistinctOnJoin(), many, Schema(tables=(table,)))


@pytest.mark.parametrize(
    "root",
    [
        distinct(
            join(invoices=59_000), output=("i.total",)
        ),  # values("total").distinct(): its own duplicates
        distinct(output=("i.id", "l.amount")),  # both tables are given
        distinct(output=("l.invoice_id",)),  # so is the one with the many rows
        distinct(output=("i.id", "count(l.id)"), group_key=("i.id",)),  # an aggregate, no DISTINCT
        distinct(filter="(count(l.id) > …)"),  # HAVING: an aggregate, and no column of it
        distinct(analyzed("Append", join(), join(), rows=60_000)),  # UNION
        distinct(analyzed("Seq Scan", rows=60_000, ms=80, relation_name="invoice", alias="i")),
        analyzed("Nested Loop", distinct(), analyzed("Index Scan"), ms=150),  # what IN makes unique
        analyzed("Aggregate", join(), ms=90, output=("count(*)",)),
        join(),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(DistinctOnJoin(), root, models=SHOP)


def test_at_the_thresholds():
    assert insights_of(DistinctOnJoin(), distinct(rows=30_000))
    assert not insights_of(DistinctOnJoin(), distinct(rows=30_001))
    assert insights_of(DistinctOnJoin(), distinct(join(rows=1_050, invoices=500), rows=50))
    assert not insights_of(DistinctOnJoin(), distinct(join(rows=1_049, invoices=500), rows=50))
    assert not insights_of(DistinctOnJoin(min_removed_share=0.96), distinct())


def test_little_time_is_noise():
    assert not insights_of(DistinctOnJoin(), analyzed("Sort", distinct(), ms=5_000))


def test_it_fires_on_real_plans():
    assert firing_in_corpus(DistinctOnJoin()) == {"distinct_on_join", "distinct_on_join_sorted"}
    assert firing_on(DistinctOnJoin()) == set()


def test_what_an_outer_join_multiplies_is_counted_apart():
    made = replace(join(invoices=59_000), join_type="Left")
    [insight] = insights_of(DistinctOnJoin(), distinct(made), models=SHOP)
    assert "of which grouping kept" in insight.message
    assert "Subquery()" in insight.remedy
    assert "Exists" not in insight.remedy
