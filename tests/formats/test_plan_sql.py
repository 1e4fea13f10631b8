"""Which part of a statement each node is about, on plans of real servers."""

from __future__ import annotations

import time

import pytest

from queryscope.formats.plan_sql import MOST_LINKS, link, linked_sql, segments
from queryscope.plans.metrics import walk
from queryscope.sql.fingerprint import normalize
from queryscope.sql.layout import lay_out
from queryscope.sql.parts import read_parts
from tests.builders import make_node, make_plan
from tests.plans.corpus import CASES, case


def links(label):
    """Of every node that has some: its type, and the texts of its parts."""
    one = case(label)
    text = lay_out(normalize(one.sql))
    parts = read_parts(text)
    nodes = {node.id: node for node in walk(one.plan.root)}
    return [
        (nodes[number].node_type, [" ".join(text[parts[at].start : parts[at].end].split()) for at in found])
        for number, found in link(one.plan, parts).items()
    ]


def linked(plan, text):
    parts = read_parts(text)
    return {
        number: [text[parts[at].start : parts[at].end] for at in found]
        for number, found in link(plan, parts).items()
    }


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("pg18/hash_spill", ("Hash Join", ["b.id = r.book_id"])),
        ("pg18/hash_spill", ("Seq Scan", ["book b"])),
        ("pg18/limit_walk", ("Limit", ["LIMIT %s"])),
        ("pg18/sort_spill", ("Sort", ["title"])),
        ("pg18/bitmap_or", ("Bitmap Index Scan", ["author_id = %s OR sold = %s"])),
        ("pg18/distinct_on_join", ("Aggregate", ["DISTINCT"])),
        ("pg18/hashagg_spill", ("Aggregate", ["count(*)", "1"])),
        ("pg18/cte_read_twice", ("CTE Scan", ["x b"])),
        ("pg18/cte_read_twice", ("Aggregate", ["x", "sum(sold)", "author_id"])),
        ("pg18/anti_join", ("Hash Join", ["p.invoice_id = i.id"])),
        ("pg18/memoize_hits", ("Nested Loop", ["p.id = a.publisher_id"])),
        ("pg18/union_all", ("Append", ["UNION"])),
        ("pg18/lock_rows", ("LockRows", ["FOR UPDATE"])),
        ("pg18/merge_join_marks", ("Sort", ["a.rank = b.rank"])),
        ("pg18/subplan_per_row", ("Aggregate", ["max(r.rating)"])),
        ("pg18/write_in_cte", ("ModifyTable", ["gone", "parcel"])),
    ],
)
def test_a_node_is_linked_to_what_it_is_about(label, found):
    assert found in links(label)


def test_a_condition_that_follows_from_others_is_linked_to_these():
    assert ("Hash Join", ["b.id = r.book_id", "l.id = b.id"]) in links("pg18/many_seq_scans")


def test_nearly_every_condition_of_the_corpus_is_found():
    asked = found = tables = scans = 0
    for one in CASES:
        text = lay_out(normalize(one.sql))
        parts = read_parts(text)
        seen = link(one.plan, parts)
        for node in walk(one.plan.root):
            kinds = {parts[at].kind for at in seen.get(node.id, ())}
            if node.filter or node.index_cond or node.hash_cond or node.merge_cond or node.join_filter:
                asked += 1
                found += "condition" in kinds
            if node.relation_name:
                scans += 1
                tables += "table" in kinds
    assert found / asked > 0.97
    assert tables / scans > 0.97


def test_namesakes_in_a_subquery_are_told_apart_by_their_alias():
    text = "SELECT a FROM t WHERE a = %s AND EXISTS (SELECT 1 FROM t U0 WHERE U0.a = %s)"
    inner = make_node("Seq Scan", id=1, relation_name="t", alias="u0", filter="(u0.a = …)")
    outer = make_node("Seq Scan", inner, id=0, relation_name="t", alias="t", filter="(t.a = …)")
    found = linked(make_plan(outer), text)
    assert found[1] == ["t U0", "U0.a = %s"]
    assert found[0][0] == "t"


def test_of_two_conditions_on_one_column_the_one_with_the_operator_is_meant():
    text = "SELECT a FROM t WHERE b >= %s AND b < %s"
    plan = make_plan(make_node(relation_name="t", alias="t", index_cond="(t.b < …)"))
    assert linked(plan, text) == {0: ["t", "b < %s"]}


def test_another_table_s_column_is_not_meant():
    text = "SELECT x.a FROM x JOIN y ON x.k = y.k WHERE y.id = %s"
    plan = make_plan(make_node(relation_name="x", alias="x", filter="(x.id = …)"))
    assert linked(plan, text) == {0: ["x"]}


@pytest.mark.parametrize("one", CASES[::5], ids=lambda one: one.label)
def test_the_pieces_make_the_text(one):
    text = lay_out(one.sql)
    pieces = segments(text, read_parts(text))
    assert "".join(str(piece) for piece, _ in pieces) == text


def test_no_statement_has_no_pieces():
    assert linked_sql(make_plan(), "") == {"sql": [], "links": {}}


def test_a_large_plan_of_a_large_statement_is_linked_in_bounded_time():
    text = "SELECT a FROM t WHERE " + " AND ".join(f"t.c{n} = t.c{n + 1}" for n in range(1_500))
    nodes = [
        make_node(id=n + 1, filter=f"(t.c{n % 90} = t.c{n})", alias="t", relation_name="t")
        for n in range(3_000)
    ]
    plan = make_plan(make_node("Append", *nodes))
    started = time.perf_counter()
    found = linked_sql(plan, text[:39_000])["links"]
    assert time.perf_counter() - started < 5
    assert all(len(numbers) <= MOST_LINKS for numbers in found.values())
