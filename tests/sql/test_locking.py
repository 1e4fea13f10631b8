"""Tests of sql/locking.py."""

from __future__ import annotations

import pytest

from queryscope.sql.locking import without_locks


@pytest.mark.parametrize(
    "clause",
    [
        "FOR UPDATE",
        "FOR NO KEY UPDATE",
        "FOR UPDATE SKIP LOCKED",
        "FOR UPDATE NOWAIT",
        'FOR UPDATE OF "shop_order"',
        'FOR UPDATE OF "shop_order", "c" SKIP LOCKED',
        "for share",
        'FOR KEY SHARE OF a FOR UPDATE OF "b";',
    ],
)
def test_a_lock_at_the_end_is_left_out(clause):
    assert without_locks(f"SELECT 1 FROM t LIMIT 1 {clause}") == "SELECT 1 FROM t LIMIT 1"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM t WHERE a = ' FOR UPDATE'",
        'SELECT 1 AS " FOR UPDATE"',
        "SELECT substring(a FOR share) FROM t",
        "SELECT * FROM (SELECT 1 FROM t FOR UPDATE) AS x",
        "SELECT 1 FROM t",
    ],
)
def test_the_rest_of_a_statement_stays(sql):
    assert without_locks(sql) == sql
