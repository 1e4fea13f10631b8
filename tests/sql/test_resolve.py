"""Tests of sql/resolve.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.sql.blocks import read_blocks
from queryscope.sql.resolve import Known, resolve_blocks, resolve_condition, sql_text
from queryscope.sql.scalar import read_scalar
from tests.sql.test_scalar import shown

KNOWN = Known(
    literals=frozenset({"english", 3, "A"}), paths=frozenset({"data", "status", "0"}), time_zone="UTC"
)


def resolved(condition: str, *params: object) -> str:
    blocks = read_blocks(f'SELECT 1 FROM "t" WHERE {condition}')
    ((block),) = resolve_blocks(blocks, params, KNOWN)
    return " AND ".join(shown(node) for node in block.conditions)


@pytest.mark.parametrize(
    ("condition", "params", "told"),
    [
        ("(d -> %s) = %s", ("status", "x"), "=(->(d, 'status'), %s)"),
        ("(d -> %s) = %s", ("secret", "x"), "=(->(d, hidden()), %s)"),
        ("(d -> %s) = %s", (0, "x"), "=(->(d, 0), %s)"),
        ("(d #> %s) = %s", (["status", "0"], 1), "=(#>(d, '{status,0}'), %s)"),
        ("(d #> %s) = %s", (["status", "secret"], 1), "=(#>(d, hidden()), %s)"),
        ("(a AT TIME ZONE %s)::date = %s", ("UTC", 1), "=(date(at time zone(a, 'UTC'())), %s)"),
        ("(a AT TIME ZONE %s)::date = %s", ("Asia/Tokyo", 1), "=(date(at time zone(a, hidden())), %s)"),
        ("date_trunc(%s, a) = %s", ("month", 1), "=(date_trunc('month', a), %s)"),
        ("date_trunc(%s, a) = %s", ("secret", 1), "=(date_trunc(hidden(), a), %s)"),
        ("COALESCE(a, %s) = %s", ("", "x"), "=(coalesce(a, ''), %s)"),
        ("COALESCE(a, %s) = %s", ("secret", "x"), "=(coalesce(a, hidden()), %s)"),
        ("(a * %s) > %s", (3, 3), ">(*(a, 3), %s)"),
        ("a = %s", ("english",), "=(a, %s)"),
        ("a IN (%s, %s)", (3, 4), "in(a, %s, %s)"),
        ("(a)[%s] = %s", (1, "x"), "=([](a, 1), %s)"),
        (
            "to_tsvector(%s::regconfig, a) @@ plainto_tsquery(%s)",
            ("english", "x"),
            "@@(to_tsvector(regconfig('english'), a), plainto_tsquery(%s))",
        ),
    ],
)  # fmt: skip
def test_only_what_is_part_of_an_operand_and_known_is_put_back(condition, params, told):
    assert resolved(condition, *params) == told


@pytest.mark.parametrize(
    ("operator", "pattern", "form", "length"),
    [
        ("LIKE", "abc%", "prefix", 3),
        ("LIKE", "%abcd%", "infix", 4),
        ("LIKE", "%ab", "suffix", 2),
        ("LIKE", "xyz", "exact", 3),
        ("LIKE", "%", "mixed", 0),
        ("LIKE", "a\\%b%", "prefix", 2),
        ("~", "^abc", "prefix", 3),
        ("~*", "abc|x", "infix", 1),
        ("%%", "some words", "similar", 5),
    ],
)
def test_of_a_pattern_only_its_form_is_kept(operator, pattern, form, length):
    blocks = read_blocks(f'SELECT 1 FROM "t" WHERE UPPER(a::text) {operator} UPPER(%s)')
    (block,) = resolve_blocks(blocks, (pattern,), KNOWN)
    (node,) = block.conditions
    assert (node.args[1].text, node.args[1].length) == (form, length)
    assert pattern not in repr(block)


def test_of_a_plan_the_form_of_a_pattern_is_read_where_it_can_be_seen():
    node = resolve_condition(read_scalar("(upper((name)::text) ~~ '%secret%'::text)"))
    assert (node.args[1].kind, node.args[1].text) == ("pattern", "infix")
    assert "secret" not in repr(node)
    hidden = resolve_condition(read_scalar("(name ~~ …::text)"))
    assert hidden.args[1].kind != "pattern"


@pytest.mark.parametrize("params", [None, {"a": 1}, (), 7])
def test_without_parameters_nothing_is_told(params):
    blocks = read_blocks('SELECT 1 FROM "t" WHERE ("d" -> %s) = %s')
    (block,) = resolve_blocks(blocks, params, KNOWN)
    assert shown(block.conditions[0]) == "=(->(d, hidden()), %s)"


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        ("it's", "'it''s'"),
        (True, "TRUE"),
        (7, "7"),
        (1.5, "1.5"),
        (["a", "b c", 'd"', "null"], '\'{a,"b c","d\\"","null"}\''),
    ],
)
def test_a_constant_is_written_in_sql(value, sql):
    assert sql_text(value) == sql


@given(st.text(min_size=4).filter(lambda text: text not in ("english", "status", "data")))
def test_no_text_of_a_parameter_stays(secret):
    text = resolved('("d" -> %s) = %s AND COALESCE("a", %s) LIKE %s AND "b" = %s', *[f"<{secret}>"] * 5)
    assert f"<{secret}>" not in text
