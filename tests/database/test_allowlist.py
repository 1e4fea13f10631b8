"""What a statement's text and its plan allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.database.allowlist import called_functions, judge, judge_plan
from queryscope.errors import ExplainRefusedError


@pytest.mark.parametrize(
    ("sql", "functions"),
    [
        ('SELECT "t"."a" FROM "t" WHERE ("t"."b" IN (1, 2) AND NOT ("t"."c" = %s))', set()),
        ('SELECT UPPER(a), my_schema.Touch (1), "Odd"(2) FROM t', {"upper", "touch", "Odd"}),
        ("SELECT 'nextval(1)' /* setval(2) */ FROM t -- f(3)", set()),
        ("SELECT a::numeric(8, 2), CAST(b AS varchar(3)) FROM t", {"varchar"}),
        ("WITH x(a, b) AS (SELECT 1, 2) SELECT count(*) FROM x AS y(c, d)", {"count"}),
        ("SELECT random(), now()", {"random", "now"}),
    ],
)
def test_the_functions_of_a_select_are_named(sql: str, functions: set[str]):
    permission = judge(sql)
    assert permission.may_analyze
    assert permission.functions == functions


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("INSERT INTO t VALUES (1)", "INSERT"),
        ("UPDATE t SET a = 1", "UPDATE"),
        ("DELETE FROM t", "DELETE"),
        ("WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT * FROM x", "INSERT"),
        ("SELECT * FROM t FOR UPDATE", "locks"),
        ("SELECT * FROM (SELECT * FROM t FOR SHARE) u", "locks"),
        ("SELECT a INTO u FROM t", "INTO"),
        ("SELECT a FROM t WHERE :: )", "could not be read"),
    ],
)
def test_a_statement_that_may_write_is_only_planned(sql: str, reason: str):
    permission = judge(sql)
    assert not permission.may_analyze
    assert reason in permission.reason


@pytest.mark.parametrize(
    "sql",
    ["", "BEGIN", "CREATE TABLE u AS SELECT 1", "SELECT 1; SELECT 2", "EXPLAIN SELECT 1", "\x00", "TABLE t"],
)
def test_other_text_is_refused(sql: str):
    with pytest.raises(ExplainRefusedError):
        judge(sql)


def test_a_semicolon_inside_a_name_or_value_is_no_second_statement():
    assert judge("SELECT ';' AS \"a;b\" FROM t;").may_analyze


def test_a_plan_shows_what_a_view_calls():
    plan = [{"Plan": {"Node Type": "Seq Scan", "Output": ["id", "nextval('s'::regclass)"], "Plans": []}}]
    assert judge_plan(plan).functions == {"nextval"}


@pytest.mark.parametrize("node_type", ["ModifyTable", "LockRows"])
def test_a_plan_that_writes_or_locks_is_not_run(node_type: str):
    plan = [{"Plan": {"Node Type": "Limit", "Plans": [{"Node Type": node_type}]}}]
    assert not judge_plan(plan).may_analyze


def test_values_in_a_plan_call_nothing():
    plan = {"Plan": {"Filter": "(a = 'setval(1)'::text)", "Output": ["(b)::numeric(8,2)"]}}
    assert judge_plan(plan).functions == frozenset()


@given(st.text(max_size=200))
def test_no_text_breaks_the_judgement(text: str):
    list(called_functions(text))
    for sql in (text, f"SELECT {text}"):
        try:
            permission = judge(sql)
        except ExplainRefusedError:
            continue
        assert permission.may_analyze or permission.reason
