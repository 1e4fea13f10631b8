"""What the bounds of transactions tell."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.opening import atomic_around
from queryscope.fixes.source import Source
from queryscope.rules.transactions import Begins, transactions_of
from tests.builders import make_event, make_query_group, make_trace
from tests.rules.trace.writing import query


def test_a_transaction_holds_the_queries_of_its_thread_and_database():
    groups = make_query_group(0), make_query_group(1, alias="other")
    queries = (query(0, 2.0), query(1, 3.0), query(0, 4.0, thread=1), query(0, 9.0))
    events = (make_event("begin", started_ms=1.0), make_event("rollback", started_ms=5.0, duration_ms=1.0))
    [found] = transactions_of(make_trace(*groups, queries=queries, connections=events))
    assert list(found.queries) == [queries[0]]
    assert (found.open_ms, found.end, found.alias) == (5.0, "rollback", "default")


def test_what_never_began_or_never_ended_is_none():
    assert not transactions_of(make_trace(connections=(make_event("commit"),)))
    assert not transactions_of(make_trace(connections=(make_event("begin"), make_event("connect"))))


def test_each_query_in_a_transaction_of_its_own():
    group = make_query_group(0, count=3, is_in_transaction=True)
    queries = tuple(query(0, 10.0 * at) for at in range(3))
    begins = tuple(make_event("begin", started_ms=10.0 * at - 1) for at in range(3))
    assert Begins(make_trace(group, queries=queries, connections=begins)).has_each(group)
    assert not Begins(make_trace(group, queries=queries, connections=begins[:2])).has_each(group)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("with transaction.atomic():\n    row.save()", True),
        ("with atomic(using='a'), other():\n    row.save()", True),
        ("@transaction.atomic\ndef f():\n    row.save()", True),
        ("@transaction.atomic()\ndef f():\n    row.save()", True),
        ("def f():\n    row.save()", False),
        ("with lock:\n    row.save()", False),
        ("with transaction.atomic():\n    def f():\n        row.save()", False),
    ],
)
def test_the_block_or_decorator_around_a_line(text, found):
    source = Source("a.py", text)
    [call] = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "save"
    ]
    assert (atomic_around(source, call) is not None) is found
