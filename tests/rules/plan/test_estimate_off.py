"""estimate-off."""

from __future__ import annotations

import pytest

from queryscope.model import Models, PlanNode, Schema, Table
from queryscope.rules.plan import PLAN_RULES, EstimateOff, judge
from tests.plans.nodes import analyzed, firing_on, insights_of, plan_of, real_plan


def scan(*, planned: float = 1, actual: float = 5_000, ms: float = 50, **more: object) -> PlanNode:
    return analyzed("Seq Scan", rows=actual, plan_rows=planned, ms=ms, relation_name="book", **more)


def test_it_tells_both_numbers():
    [insight] = insights_of(EstimateOff(), scan())
    assert insight.message == "Seq Scan on book was planned for 1 rows and gave 5 000: 5 000 times off."
    assert insight.remedy == "ANALYZE book: its statistics are old."
    assert (insight.severity, insight.is_badge) == ("error", False)


@pytest.mark.parametrize(
    ("actual", "severity", "is_badge"),
    [(1_000, "error", False), (999, "warning", False), (100, "warning", False)],
)
def test_the_ratio_decides_the_severity(actual: float, severity: str, is_badge: bool):
    [insight] = insights_of(EstimateOff(), scan(actual=actual))
    assert (insight.severity, insight.is_badge) == (severity, is_badge)


def test_ten_times_off_is_a_badge():
    [insight] = insights_of(EstimateOff(), scan(planned=100, actual=1_000))
    assert (insight.severity, insight.is_badge) == ("info", True)
    assert not insights_of(EstimateOff(), scan(planned=101, actual=1_000))
    assert not insights_of(EstimateOff(), scan(planned=1, actual=99))
    assert insights_of(EstimateOff(min_rows=50), scan(planned=1, actual=99))


def test_only_the_lowest_node_is_blamed():
    other = analyzed("Index Scan", rows=1, plan_rows=1, ms=5, parent_relationship="Inner")
    root = analyzed("Nested Loop", scan(), other, rows=5_000, plan_rows=1, ms=90)
    assert [insight.node for insight in insights_of(EstimateOff(), root)] == [1]


def test_what_it_carries_is_told():
    root = analyzed(
        "Hash Join", scan(), analyzed("Hash", rows=9, plan_rows=9), rows=5_000, plan_rows=1, ms=90
    )
    [insight] = insights_of(EstimateOff(), root)
    assert insight.message.endswith("5 000 times off, and so was the node above it.")
    [insight] = insights_of(EstimateOff(), analyzed("Sort", root, rows=5_000, plan_rows=1, ms=95))
    assert insight.message.endswith("and so were 2 nodes above it.")


def told(root: PlanNode) -> list[str]:
    rules = [rule() for rule in PLAN_RULES]
    return [insight.rule for insight in judge(plan_of(root), Schema(), Models(), rules)]


def hashed(*, planned: float = 1, batches: int = 16, made_for: int = 1) -> PlanNode:
    values = {"parent_relationship": "Inner", "hash_batches": batches, "original_hash_batches": made_for}
    table = analyzed("Hash", scan(planned=planned), rows=5_000, plan_rows=planned, ms=60, **values)
    reviews = analyzed("Index Only Scan", rows=9_000, ms=20, relation_name="review")
    return analyzed("Hash Join", reviews, table, rows=9_000, plan_rows=9_000, ms=200)


def test_a_hash_table_that_was_made_for_few_rows_is_explained():
    [insight] = insights_of(EstimateOff(), hashed())
    assert insight.message.endswith("5 000 times off; a hash table outgrew its memory.")
    assert told(hashed()) == ["estimate-off"]


@pytest.mark.parametrize("join", [hashed(batches=16, made_for=16), hashed(planned=5_000)])
def test_one_that_was_to_be_split_is_not(join: PlanNode):
    assert "hash-spill" in told(join)


def grouped(*, written_kb: int, plan_rows: float = 1) -> PlanNode:
    values = {"group_key": ("book.a",), "strategy": "Hashed", "disk_usage_kb": written_kb}
    return analyzed("Aggregate", scan(), rows=4_000, plan_rows=plan_rows, ms=200, **values)


def test_groups_of_rows_that_were_not_foreseen_are_explained():
    assert told(grouped(written_kb=9_000)) == ["estimate-off"]
    assert told(grouped(written_kb=9_000, plan_rows=4_000)) == ["estimate-off", "hashagg-spill"]
    [insight] = insights_of(EstimateOff(), grouped(written_kb=0))
    assert "hash table" not in insight.message


def test_columns_that_depend_on_each_other_want_extended_statistics():
    [insight] = insights_of(EstimateOff(), scan(filter="((a = …) AND (b = …))"))
    assert "with CREATE STATISTICS … ON a, b FROM book, and ANALYZE after it." in insight.remedy


def test_the_condition_of_the_index_counts():
    [insight] = insights_of(EstimateOff(), scan(index_cond="(a = …)", filter="(b = …)"))
    assert "ON a, b FROM book" in insight.remedy


def test_one_column_wants_a_higher_target():
    [insight] = insights_of(EstimateOff(), scan(filter="(a = …)"))
    assert insight.remedy == (
        "ANALYZE book, or raise the statistics target of a (ALTER COLUMN … SET STATISTICS)."
    )


def test_an_expression_wants_statistics_of_its_own():
    [insight] = insights_of(EstimateOff(), scan(filter="((a + …) = …)"))
    assert insight.remedy == "ANALYZE book; for an expression, CREATE STATISTICS on it."


def test_groups_want_the_number_of_distinct_values():
    groups = analyzed(
        "Aggregate",
        analyzed("Seq Scan", rows=90_000, relation_name="book", alias="book", ms=20),
        rows=50_000,
        plan_rows=10,
        ms=40,
        group_key=("book.a", "book.b"),
    )
    [insight] = insights_of(EstimateOff(), analyzed("Sort", groups, rows=50_000, plan_rows=10, ms=60))
    assert "CREATE STATISTICS … (ndistinct) ON a, b FROM book" in insight.remedy


def alike(*outputs: str, group_key: str = "author.rank", output: tuple[str, ...] = ()) -> PlanNode:
    """Rows of several queries of which an aggregate leaves few."""
    members = (
        analyzed(
            "Seq Scan",
            rows=4_000,
            ms=5,
            relation_name=name.partition(".")[0],
            alias=name.partition(".")[0],
            output=(name,),
            parent_relationship="Member",
        )
        for name in outputs
    )
    append = analyzed("Append", *members, rows=8_000, ms=15)
    values = {"group_key": (group_key,), "output": output or (group_key,), "strategy": "Hashed"}
    return analyzed("Aggregate", append, rows=100, plan_rows=8_000, ms=40, **values)


def test_no_statistics_tell_what_a_union_leaves():
    [insight] = insights_of(EstimateOff(), alike("author.rank", "invoice.total"))
    assert insight.remedy == (
        "ANALYZE author, invoice; no statistics tell how many rows of a UNION are alike: let each of its "
        "queries drop its own duplicates, by .distinct()."
    )


def test_groups_of_a_union_or_of_partitions_have_no_column_to_speak_of():
    counted = alike("author.rank", "invoice.total", output=("author.rank", "count(*)"))
    parted = alike("sale_1.day", "sale_2.day", group_key="sale.day")
    for root, tables in ((counted, "author, invoice"), (parted, "sale_1, sale_2")):
        [insight] = insights_of(EstimateOff(), root)
        assert insight.remedy == f"ANALYZE {tables}."


def test_a_join_that_is_wrong_by_itself_names_its_tables():
    left = analyzed("Seq Scan", rows=900, relation_name="book", ms=5)
    right = analyzed("Hash", analyzed("Seq Scan", rows=9, relation_name="author", ms=5), rows=9, ms=6)
    join = analyzed("Hash Join", left, right, rows=90_000, plan_rows=90, ms=30)
    [insight] = insights_of(EstimateOff(), analyzed("Sort", join, rows=90_000, plan_rows=90, ms=60))
    assert insight.remedy.startswith("ANALYZE author, book; statistics don't go across tables")


def test_rows_by_which_nothing_was_chosen_are_a_badge():
    join = analyzed("Hash Join", rows=90_000, plan_rows=90, ms=30)
    for root in (join, analyzed("Aggregate", join, ms=40, strategy="Plain")):
        [insight] = insights_of(EstimateOff(), root)
        assert insight.is_badge
    for node_type in ("Sort", "Nested Loop", "Limit", "Unique"):
        [insight] = insights_of(EstimateOff(), analyzed(node_type, join, rows=1, plan_rows=1, ms=40))
        assert not insight.is_badge


def test_what_was_chosen_outside_of_a_subquery_was_not_by_its_rows():
    inner = analyzed(
        "Hash Join", rows=90_000, plan_rows=90, ms=30, parent_relationship="InitPlan", subplan_name="CTE x"
    )
    [insight] = insights_of(EstimateOff(), analyzed("Sort", inner, ms=50))
    assert insight.is_badge


def test_a_table_without_statistics_wants_them_first():
    schema = Schema(tables=(Table(schema="public", name="book", rows=-1, pages=10),))
    [insight] = insights_of(EstimateOff(), scan(), schema)
    assert insight.remedy == "ANALYZE book: PostgreSQL has no statistics on it."


def test_a_node_without_a_table_points_below():
    [insight] = insights_of(EstimateOff(), analyzed("Aggregate", rows=50_000, plan_rows=10, ms=20))
    assert insight.remedy == "ANALYZE the tables below this node."


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_columns_that_depend_on_each_other(server: str):
    [insight] = insights_of(EstimateOff(), real_plan(f"{server}/correlated_columns"))
    assert insight.severity == "error"
    assert "CREATE STATISTICS" in insight.remedy


def test_it_is_silent_on_other_real_plans():
    assert firing_on(EstimateOff()) == {"correlated_columns"}


@pytest.mark.parametrize(
    "root",
    [
        analyzed("Limit", scan(planned=500_000, actual=200), rows=200, ms=50),
        analyzed("Merge Join", scan(planned=500_000, actual=200), rows=200, ms=60),
        analyzed(
            "Nested Loop",
            scan(planned=500_000, actual=200, parent_relationship="Inner"),
            rows=200,
            ms=60,
            join_type="Semi",
        ),
        analyzed(
            "Bitmap Heap Scan", analyzed("Bitmap Index Scan", rows=9_000, plan_rows=1, ms=5), rows=1, ms=20
        ),
        analyzed("Aggregate", analyzed("Materialize", rows=9_000, plan_rows=1, ms=5), ms=20),
        analyzed("WindowAgg", rows=9_000, plan_rows=1, ms=5),
        scan(ms=0.5),
        scan(loops=0),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(EstimateOff(), root)


def test_more_rows_than_planned_below_a_limit_are_still_an_error():
    assert insights_of(EstimateOff(), analyzed("Limit", scan(planned=1, actual=5_000), rows=10, ms=50))


def test_an_error_in_a_corner_of_a_long_query_is_noise():
    corner = analyzed("Hash", scan(ms=1.5), rows=5_000, plan_rows=1, ms=2, parent_relationship="Inner")
    assert not insights_of(
        EstimateOff(), analyzed("Hash Join", analyzed("Seq Scan", ms=900), corner, ms=1_000)
    )


def test_of_many_the_worst_are_told():
    parts = [
        scan(planned=1, actual=1_000 + number, ms=20, parent_relationship="Member") for number in range(30)
    ]
    insights = insights_of(EstimateOff(), analyzed("Append", *parts, ms=700))
    assert len(insights) == 10
    assert "gave 1 029" in insights[0].message


def test_workers_share_an_estimate_that_is_rounded_for_each():
    shared = analyzed(
        "Seq Scan",
        rows=85,
        loops=3,
        plan_rows=1.0,
        relation_name="book",
        alias="book",
        filter="((book.a = …) AND (book.b = …))",
        parallel_aware=True,
    )
    root = analyzed("Gather", shared, rows=255, plan_rows=1.0, workers_planned=2, workers_launched=2)
    [insight] = insights_of(EstimateOff(), root)
    assert "was planned for 1 rows and gave 255: 255 times off" in insight.message
    assert "CREATE STATISTICS … ON a, b FROM book" in insight.remedy


def test_fresh_statistics_are_not_asked_for_again():
    root = analyzed(
        "Seq Scan",
        rows=5_000,
        plan_rows=1.0,
        relation_name="book",
        alias="book",
        filter="((book.a = …) AND (book.b = …))",
    )
    fresh = Table(schema="public", name="book", rows=9_000, pages=99, analyzes=1, changed_rows=899)
    [insight] = insights_of(EstimateOff(), root, Schema(tables=(fresh,)))
    assert insight.remedy.startswith("If these columns depend on each other")
    old = Table(schema="public", name="book", rows=9_000, pages=99, analyzes=1, changed_rows=900)
    [insight] = insights_of(EstimateOff(), root, Schema(tables=(old,)))
    assert insight.remedy.startswith("ANALYZE book; if these columns")


def test_a_guess_that_no_statistics_mend_is_a_badge_unless_something_came_of_it():
    text = "((a.low <= b.cost) AND (b.cost < a.high))"
    sides = [analyzed("Seq Scan", ms=1, relation_name=name, alias=name) for name in "ab"]
    join = analyzed("Nested Loop", *sides, rows=1_000, plan_rows=200_000.0, join_filter=text)
    [insight] = insights_of(EstimateOff(), analyzed("Aggregate", join, rows=9, group_key=("a.label",)))
    assert insight.is_badge
    assert insight.remedy == (
        "PostgreSQL has no statistics of columns that are compared with each other this way."
    )


def test_an_expression_has_no_statistics_by_its_column():
    values = {"relation_name": "book", "alias": "book", "plan_rows": 20.0, "parallel_aware": True}
    searched = analyzed("Seq Scan", rows=4_000, filter="(upper(book.title) ~~ …)", **values)
    [insight] = insights_of(EstimateOff(), searched)
    assert "CREATE STATISTICS … ON (upper(title)) FROM book" in insight.remedy
