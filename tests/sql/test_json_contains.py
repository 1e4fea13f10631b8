"""Keys of JSON as containment, tried on a real server beside what Django writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from psycopg.types.json import Jsonb

from queryscope.sql.json_contains import by_containment
from queryscope.sql.polarity import is_negated

KEY = 'SELECT 1 FROM "t" WHERE ("t"."a" = %s AND ("t"."data" -> %s) = %s AND "t"."b" = %s)'
DOCUMENTS = [
    '{"k": "v"}', '{"k": ["v"]}', '{"k": [["v"]]}', '{"k": {"v": 1}}', '{"k": null}', "{}", "null", '"v"',
    '["k", "v"]', '[{"k": "v"}]', '{"k": 1}', '{"k": 1.0}', '{"k": [1]}', '{"k": true}', '{"k": "1"}',
    '{"a": {"k": "v"}}',
    '{"k": {"k": "v"}}', '{"k": [{"k": "v"}]}', '{"k": ""}', '{"k": false}', '{"k": 0}', '{"k": "v", "l": 2}',
]  # fmt: skip


def test_a_key_is_a_document_that_is_contained() -> None:
    found = by_containment(KEY, (1, "k", Jsonb("v"), 2))
    assert found is not None
    assert found.sql == 'SELECT 1 FROM "t" WHERE ("t"."a" = %s AND "t"."data" @> %s AND "t"."b" = %s)'
    assert [getattr(each, "obj", each) for each in found.params] == [1, {"k": "v"}, 2]


@pytest.mark.parametrize("value", [None, {"a": 1}, ["v"], [], {}])
def test_what_larger_documents_hold_is_left_alone(value: Any) -> None:
    assert by_containment(KEY, (1, "k", Jsonb(value), 2)) is None


@pytest.mark.parametrize("key", ["0", "-1", 0, []])
def test_places_of_an_array_are_left_alone(key: Any) -> None:
    assert by_containment(KEY, (1, key, Jsonb("v"), 2)) is None


def test_below_not_a_missing_key_would_make_a_difference() -> None:
    negated = 'SELECT 1 FROM "t" WHERE NOT (("t"."data" -> %s) = %s AND ("t"."data" -> %s) IS NOT NULL)'
    assert by_containment(negated, ("k", Jsonb("v"), "k")) is None


def test_beside_not_it_makes_none() -> None:
    sql = 'WHERE (NOT ("t"."a" = %s) AND ("t"."data" -> %s) = %s AND NOT (("t"."data" -> %s) = %s))'
    found = by_containment(sql, (1, "k", Jsonb("v"), "l", Jsonb("w")))
    assert found is not None
    assert found.sql == 'WHERE (NOT ("t"."a" = %s) AND "t"."data" @> %s AND NOT (("t"."data" -> %s) = %s))'
    assert [getattr(each, "obj", each) for each in found.params] == [1, {"k": "v"}, "l", "w"]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("WHERE ", False),
        ("WHERE NOT (", True),
        ("WHERE NOT (a = 1) AND ", False),
        ("WHERE NOT (a = ')' AND (", True),
        ('WHERE NOT ("not (" AND NOT (', False),
        ("WHERE NOT (EXISTS(SELECT 1 FROM t WHERE ", False),
        ("WHERE (EXISTS(SELECT 1 FROM t WHERE NOT (", True),
    ],
)
def test_what_is_turned_round(before: str, expected: bool) -> None:
    assert is_negated(before + "x", len(before)) is expected


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["k", ["k"], ["k", "k"], ["a", "k"]])
@pytest.mark.parametrize("value", ["v", "", "1", 1, 1.0, 0, True, False])
def test_both_find_the_same_documents(path: Any, value: Any) -> None:
    operator = "->" if isinstance(path, str) else "#>"
    old = f'("d"."data" {operator} %s) = %s'
    found = by_containment(old, [path, Jsonb(value)])
    assert found is not None
    rows = "(SELECT unnest(%s::text[])::jsonb AS data UNION ALL SELECT NULL) d"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {rows} WHERE coalesce({old}, false) <> coalesce({found.sql}, false)",
            [DOCUMENTS, path, Jsonb(value), *found.params],
        )
        assert cursor.fetchone() == (0,)
