"""What rules say an index would need, and of what PostgreSQL can have none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Column, Index, LikePattern, Model, Models, PlanNode, Schema, Table
from queryscope.rules.plan import (
    PLAN_RULES,
    IndexFilterWaste,
    LimitWalk,
    SeqScanSelective,
    SortForLimit,
    judge,
)
from queryscope.rules.plan.asked import asked_of, keys_of, order_of
from queryscope.rules.plan.sources import meta_of
from tests.plans.nodes import analyzed, insights_of, plan_of


def scan(text: str, kind: str = "Seq Scan", **more: object) -> PlanNode:
    values = {"relation_name": "book", "alias": "book", "filter": text, "rows_removed_by_filter": 99_900}
    return analyzed(kind, rows=100, ms=50, **(values | more))


def schema(*keys: str, name: str = "book_created") -> Schema:
    index = Index(name=name, method="btree", keys=keys)
    return Schema(tables=(Table(schema="public", name="book", rows=100_000, pages=900, indexes=(index,)),))


@pytest.mark.parametrize(
    ("text", "keys", "kept", "of_one_row"),
    [
        ("(book.status = …)", ("status",), (), ()),
        ("((book.price > …) AND (book.status = …))", ("status", "price"), (), ()),
        ("((book.price > …) AND (book.created < …))", ("price",), (), ()),
        ("((book.status)::text = ANY (…))", ("status",), (), ()),
        ("(book.deleted IS NULL)", (), ("deleted",), ()),
        ("((book.status)::text <> …)", (), ("status",), ()),
        ("(book.is_sold AND (book.status = …))", ("status",), ("is_sold",), ()),
        ("(NOT book.is_sold)", (), ("is_sold",), ()),
        ("(book.changed > (book.created + …))", (), (), ("changed", "created")),
        ("(book.author_id = author.id)", ("author_id",), (), ()),
        ("(lower(book.title) = …)", (), (), ()),
        ("((book.a = …) OR (book.b = …))", (), (), ()),
        ("", (), (), ()),
    ],
)
def test_conditions_are_sorted_by_what_an_index_makes_of_them(
    text: str, keys: tuple[str, ...], kept: tuple[str, ...], of_one_row: tuple[str, ...]
):
    asked = asked_of(scan(text), Models())
    assert (asked.keys, asked.kept, asked.of_one_row) == (keys, kept, of_one_row)


def test_an_order_is_told_as_django_writes_it_and_only_of_columns():
    assert order_of(["book.created DESC", "book.id"], "book", Models()) == ("-created", "id")
    assert order_of(["lower(book.title)"], "book", Models()) == ()
    assert keys_of("book_created", "book", schema("created DESC", '"order"'), Models()) == (
        "created",
        "order",
    )
    assert keys_of("book_created", "book", schema("lower(title)"), Models()) == ()
    assert keys_of("other", "book", schema("created"), Models()) == ()


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("((book.price > …) AND (book.status = …))", "the filter keeps: on status, then price."),
        ("(book.is_sold AND (book.status = …))", "on status; a condition on is_sold keeps it small."),
        ("(book.is_new AND (book.status = …))", "on status."),
        ("((book.status)::text <> …)", "what is asked of status is its condition."),
        ("(book.changed > (book.created + …))", "a GeneratedField say, and index that."),
        ("(book.created > …)", "is there, and reading the table was reckoned cheaper"),
        ("(book.title @@ …)", "Let an index on book find the rows that the filter keeps."),
    ],
)
def test_a_selective_scan_is_told_which_index_it_wants(text: str, remedy: str):
    known = schema("created").tables[0]
    columns = (Column(name="is_sold", type="boolean", top_frequency=0.98),)
    columns += (Column(name="is_new", type="boolean", top_frequency=0.6),)
    [insight] = insights_of(SeqScanSelective(), scan(text), Schema(tables=(replace(known, columns=columns),)))
    assert remedy in insight.remedy


def test_a_comparison_within_a_row_owes_its_wrong_estimate_to_nothing_else():
    root = scan("(book.changed > (book.created + …))", plan_rows=33_333.0, relation_name="book")
    said = judge(plan_of(root), Schema(), Models(), [rule() for rule in PLAN_RULES])
    assert [insight.rule for insight in said if not insight.is_badge] == ["seq-scan-selective"]


def test_a_walk_is_told_the_index_in_which_its_rows_stand_together():
    node = scan("(book.status = …)", "Index Scan", index_name="book_created")
    limit = analyzed("Limit", node, rows=10, ms=50)
    [insight] = insights_of(LimitWalk(), limit, schema("created"))
    assert (
        insight.remedy == "Let one index of book begin with what the filter asks for: status, then created."
    )
    node = scan("(book.deleted IS NULL)", "Index Scan", index_name="book_created")
    [insight] = insights_of(LimitWalk(), analyzed("Limit", node, rows=10, ms=50), schema("created"))
    assert insight.remedy.startswith("Let an index of book on created hold the rows that the filter keeps")


def test_an_index_whose_rows_are_dropped_is_told_what_it_lacks():
    found = {"index_name": "book_author", "index_cond": "(book.author_id = …)"}
    node = scan("((book.created > …) AND (book.status = …))", "Index Scan", **found)
    [insight] = insights_of(IndexFilterWaste(), node)
    assert insight.remedy == (
        "Let one index of book find them by all of that: on author_id, then status, then created."
    )
    by_null = {"recheck_cond": "(book.author_id IS NULL)"}
    node = scan("((book.status = …) OR (book.status = …))", "Bitmap Heap Scan", **by_null)
    [insight] = insights_of(IndexFilterWaste(), node)
    assert insight.remedy == "Let one index of book find them by all of that: on author_id, then status."
    node = scan("((book.status <> ALL (…)) AND (book.deleted IS NULL))", "Index Scan", **found)
    [insight] = insights_of(IndexFilterWaste(), node)
    assert insight.remedy.startswith("Let an index of book on author_id hold the rows that the filter keeps")
    assert insight.remedy.endswith("what is asked of status and deleted is its condition.")
    node = scan("(book.deleted IS NULL)", "Bitmap Heap Scan", recheck_cond="(book.author_id IS NULL)")
    [insight] = insights_of(IndexFilterWaste(), node)
    assert insight.remedy.endswith("what is asked of author_id and deleted is its condition.")


def test_a_walk_along_an_index_for_a_pattern_wants_trigrams():
    pattern = LikePattern(operand="upper(book.title)", is_anchored=False, has_word=True)
    for text in ("(upper(book.title) ~~ …)", "((upper(book.title) ~~ …) OR (upper(book.isbn) ~~ …))"):
        node = scan(text, "Index Scan", index_name="book_pkey", patterns=(pattern,))
        [insight] = insights_of(IndexFilterWaste(), node)
        assert "gin_trgm_ops" in insight.remedy


def test_the_order_of_a_limit_comes_after_what_is_asked_for_by_equality():
    source = scan("(book.status = …)", rows_removed_by_filter=0)
    sort = analyzed("Sort", source, rows=20, ms=60, sort_key=("book.price DESC",))
    found = analyzed("Seq Scan", rows=50_000, ms=50, relation_name="book", alias="book")
    by_index = {
        "index_cond": "(book.author_id = …)",
        "index_name": "book_author",
        "rows_removed_by_filter": 0,
    }
    looked_up = scan("(book.status = …)", "Index Scan", **by_index)
    for node, remedy in (
        (source, "status, then -price."),
        (found, "-price."),
        (looked_up, "author_id, then status, then -price."),
    ):
        many = analyzed("Sort", node, rows=20, ms=60, sort_key=sort.sort_key)
        [insight] = insights_of(
            SortForLimit(min_rows=1, min_ratio=1), analyzed("Limit", many, rows=20, ms=60)
        )
        assert insight.remedy == f"Let an index on book give this order: {remedy}"


def test_a_sort_below_a_join_that_the_limit_leaves_early_is_one_for_the_limit():
    source = analyzed("Seq Scan", rows=300_000, ms=40, relation_name="book", alias="book")
    disk = {"sort_space_type": "Disk", "sort_space_used_kb": 23_000}
    sort = analyzed("Sort", source, rows=1_277, ms=160, sort_key=("book.price DESC",), plan_width=60, **disk)
    looked_up = analyzed("Index Scan", rows=1, loops=25, ms=0.01, parent_relationship="Inner")
    root = analyzed("Limit", analyzed("Nested Loop", sort, looked_up, rows=25, ms=165), rows=25, ms=165)
    said = judge(plan_of(root), Schema(), Models(), [rule() for rule in PLAN_RULES])
    assert [insight.rule for insight in said] == ["sort-for-limit"]


def test_an_index_of_another_package_s_model_comes_by_a_migration_of_one_s_own():
    theirs = Model(label="auth.User", table="book", module="django.contrib.auth.models")
    assert meta_of("book", Models(models=(theirs,))).startswith("a migration of your own, User being")
    ours = replace(theirs, path="shop/models.py")
    assert meta_of("book", Models(models=(ours,))) == "Meta.indexes of User"
    assert meta_of("book", Models()) == "Meta.indexes of book"


def test_an_or_of_one_column_is_a_list():
    asked = asked_of(scan("((book.status = …) OR (book.status = …))"), Models())
    assert asked.keys == ("status",)
    assert asked_of(scan("((book.status = …) OR (book.kind = …))"), Models()).keys == ()
    assert asked_of(scan("((book.status = …) OR (book.status > …))"), Models()).keys == ()


def test_a_column_is_one_key_however_often_it_is_compared():
    assert asked_of(scan("((book.depth = …) AND (book.depth >= …))"), Models()).keys == ("depth",)


def test_nulls_in_another_place_than_usual_belong_to_the_order():
    texts = ["book.created DESC NULLS LAST", "book.id"]
    assert order_of(texts, "book", Models()) == ('F("created").desc(nulls_last=True)', "id")
