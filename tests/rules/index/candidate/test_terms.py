"""Tests of rules/index/candidate/terms.py: what plan and statement say together."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.terms import block_of, read_terms
from queryscope.sql.blocks import read_blocks
from queryscope.sql.resolve import Known, resolve_blocks
from tests.rules.index.records import RECORD, make_table, scan

KNOWN = Known(paths=frozenset({"status"}))


def terms(planned: str, where: str = "", params=(), *, alias: str = "archive_record", source: str = ""):
    source = source or f'"archive_record" {alias}'
    blocks = read_blocks(f"SELECT 1 FROM {source} WHERE {where}") if where else ()
    node = scan(planned)
    found = read_terms(
        node, table=make_table(), model=RECORD, blocks=resolve_blocks(blocks, params, KNOWN), literals=()
    )
    return [(term.key.django, term.operator) for term in found.terms], [one.kind for one in found.obstacles]


def test_the_statement_says_what_the_plan_hides():
    told = terms("((data -> …) = …)", '"archive_record"."data" -> %s = %s', ("status", 1))
    assert told == ([('KeyTransform("status", "data")', "=")], [])


def test_a_condition_that_the_scan_does_not_check_is_none_of_it():
    where = '"archive_record"."room" = %s AND "archive_record"."low" IS NULL'
    assert terms("(room = …)", where, (1,)) == ([("room", "=")], [])
    assert terms("", where, (1,)) == ([], [])


def test_what_plan_and_statement_both_say_is_one_term():
    told = terms(
        "((room = …) AND (upper((name)::text) = …))", "room = %s AND UPPER(name::text) = UPPER(%s)", (1, "x")
    )
    assert told == ([("room", "="), ('Upper("name")', "=")], [])


def test_a_list_of_one_value_is_printed_as_an_equality():
    assert terms("(room = …)", "room IN (%s)", (1,)) == ([("room", "in")], [])


def test_joins_come_from_the_plan_alone():
    source = '"archive_record" INNER JOIN "other" ON ("archive_record"."room" = "other"."id")'
    assert terms("(low = …)", "low = 1", source=source)[0] == [("low", "=")]
    assert terms("((low = …) AND (room = other.id))", "low = 1", source=source)[0] == [
        ("low", "="),
        ("room", "="),
    ]


def test_columns_come_before_expressions():
    told, _ = terms("((lower(title) = …) AND (room = …) AND (upper(title) = …) AND (low > …))")
    assert told == [("room", "="), ("low", ">"), ('Lower("title")', "="), ('Upper("title")', "=")]


def test_a_hidden_operand_is_an_obstacle_and_no_term():
    assert terms("((data -> …) = …)") == ([], ["hidden-constant"])


@pytest.mark.parametrize(
    ("alias", "found"), [("T3", "t3"), ("t3", "t3"), ("t3_1", "t3"), ("archive_record", None), ("u0", None)]
)
def test_the_select_of_a_scan_is_found_by_its_alias(alias, found):
    blocks = read_blocks('SELECT 1 FROM "archive_record" T3 WHERE T3."room" = 1')
    told = block_of(blocks, alias, "archive_record")
    assert (told[1] if told else None) == found
