"""Tests of rules/index/candidate/ordering.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.ordering import read_order
from queryscope.sql.blocks import read_blocks
from tests.rules.index.records import RECORD, make_table, scan


def order_of(text: str, source: str = 'FROM "archive_record"'):
    return read_order(read_blocks(f"SELECT 1 {source} {text}"), scan(), table=make_table(), model=RECORD)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ORDER BY LOWER(title), made DESC", [('Lower("title")', False, ""), ("made", True, "")]),
        ("ORDER BY LOWER(title) DESC NULLS FIRST", [('Lower("title")', True, "")]),
        ("ORDER BY LOWER(title) NULLS FIRST", [('Lower("title")', False, "first")]),
        ("ORDER BY title", []),
        ("ORDER BY LOWER(title), random()", []),
        ("ORDER BY LOWER(title), other.x", []),
        ("", []),
    ],
)
def test_an_order_with_an_expression_is_told_as_keys(text, keys):
    found = order_of(text)
    assert [(key.django, key.is_descending, key.nulls) for key in found.keys] == keys
    assert found.distance is None


def test_a_distance_is_no_key():
    found = order_of("ORDER BY (place <-> %s) LIMIT 5")
    assert (found.keys, found.distance.key.column, found.distance.operator) == ((), "place", "<->")


def test_the_order_of_another_table_is_none():
    source = 'FROM "archive_record" INNER JOIN "other" ON ("archive_record"."id" = "other"."r_id")'
    assert order_of('ORDER BY LOWER("other"."title")', source).keys == ()
    assert order_of('ORDER BY LOWER("archive_record"."title")', source).keys != ()
    assert order_of("ORDER BY LOWER(title)", 'FROM "other"').keys == ()
