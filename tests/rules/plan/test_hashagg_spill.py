"""hashagg-spill."""

from __future__ import annotations

import pytest

from queryscope.model import Index, PlanNode, Schema, Table, Worker
from queryscope.rules.plan import HashaggSpill
from tests.plans.corpus import case
from tests.plans.nodes import SHOP, analyzed, firing_in_corpus, firing_on, insights_of, plan_of


def groups(*, disk_kb: int = 8_000, ms: float = 200, planned: float = 20_000, **more: object) -> PlanNode:
    source = analyzed("Seq Scan", rows=300_000, ms=50, relation_name="line", alias="line")
    values = {"strategy": "Hashed", "group_key": ("line.invoice_id",), "disk_usage_kb": disk_kb}
    return analyzed("Aggregate", source, rows=20_000, plan_rows=planned, ms=ms, **(values | more))


def test_it_tells_the_rows_the_groups_and_what_went_to_disk():
    [insight] = insights_of(HashaggSpill(), groups())
    assert insight.message == (
        "HashAggregate of 300 000 rows wrote 8000 kB to disk for 20 000 groups: 150 ms, 75 % of the query."
    )
    assert (insight.severity, insight.fact) == ("warning", "spill")


def test_the_keys_are_named_as_fields():
    [insight] = insights_of(HashaggSpill(), groups(), models=SHOP)
    assert "columns than 'bill' in .values()" in insight.remedy
    [insight] = insights_of(HashaggSpill(), groups())
    assert "'invoice_id'" in insight.remedy


def test_more_groups_than_planned_want_statistics():
    keys = ("line.invoice_id", "line.amount")
    [insight] = insights_of(HashaggSpill(), groups(planned=9_000, group_key=keys))
    assert insight.remedy.startswith("ANALYZE line and CREATE STATISTICS (ndistinct) on invoice_id, amount:")
    [insight] = insights_of(HashaggSpill(), groups(planned=9_000))
    assert insight.remedy.startswith("ANALYZE line: more groups came")
    [insight] = insights_of(HashaggSpill(), groups(planned=10_000))
    assert "ANALYZE" not in insight.remedy


def test_what_workers_wrote_counts():
    workers = (Worker(worker_number=0, disk_usage_kb=900), Worker(worker_number=1, disk_usage_kb=200))
    assert insights_of(HashaggSpill(), groups(disk_kb=0, workers=workers))
    assert not insights_of(HashaggSpill(), groups(disk_kb=0, workers=workers[:1]))


def test_at_the_threshold():
    assert insights_of(HashaggSpill(), groups(disk_kb=1_024))
    assert not insights_of(HashaggSpill(), groups(disk_kb=1_023))
    assert not insights_of(HashaggSpill(min_kb=0), groups(disk_kb=0))


def test_a_spill_that_cost_little_is_noise():
    assert not insights_of(HashaggSpill(), groups(ms=50.9))
    assert not insights_of(HashaggSpill(), plan_of(analyzed("Sort", groups(ms=60), ms=1_000)))


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(HashaggSpill(), case(f"{server}/hashagg_spill").plan)
    assert "300 000 rows" in insight.message


def test_it_is_silent_on_groups_in_memory():
    assert firing_in_corpus(HashaggSpill()) == {"hashagg_spill"}
    assert firing_on(HashaggSpill()) == set()


KEYED = Schema(
    tables=(
        Table(
            schema="public",
            name="book",
            rows=100_000,
            pages=900,
            indexes=(Index(name="book_pkey", method="btree", keys=("id",), is_primary=True),),
        ),
    )
)


def test_rows_that_have_their_key_with_them_are_groups_each():
    source = analyzed("Seq Scan", rows=150_000, ms=20, relation_name="book", alias="book")
    keys = {"group_key": ("book.id", "book.title"), "strategy": "Hashed", "disk_usage_kb": 30_000}
    for schema, start in ((KEYED, "Leave the grouping, or .distinct(), out"), (Schema(), "Group by fewer")):
        node = analyzed("Aggregate", source, rows=150_000, ms=90, **keys)
        [insight] = insights_of(HashaggSpill(), node, schema)
        assert insight.remedy.startswith(start)


def test_what_workers_grouped_first_is_part_of_the_same():
    keys = {"group_key": ("book.title",), "strategy": "Hashed", "disk_usage_kb": 30_000}
    source = analyzed("Seq Scan", rows=150_000, ms=20, relation_name="book", alias="book")
    partial = analyzed("Aggregate", source, rows=90_000, ms=60, partial_mode="Partial", **keys)
    whole = analyzed(
        "Aggregate", analyzed("Gather", partial, rows=90_000, ms=70), rows=80_000, ms=120, **keys
    )
    [insight] = insights_of(HashaggSpill(), whole)
    assert insight.message.startswith(
        "HashAggregate of 150 000 rows wrote 59 MB to disk for 80 000 groups: 90.0 ms"
    )
    assert insight.nodes == (0, 2)


def test_rows_that_nobody_foresaw_need_no_statistics_of_their_groups():
    source = analyzed("Seq Scan", rows=150_000, plan_rows=2_000.0, ms=20, relation_name="book", alias="book")
    keys = {"group_key": ("book.a", "book.b"), "strategy": "Hashed", "disk_usage_kb": 30_000}
    [insight] = insights_of(
        HashaggSpill(), analyzed("Aggregate", source, rows=9_000, plan_rows=90.0, ms=90, **keys)
    )
    assert insight.remedy == "ANALYZE book: more rows came to be grouped than were planned, and given memory."
