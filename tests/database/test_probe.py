"""Tests of database/probe.py, on the real server: what can be used and what can't, at any size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from queryscope.database.probe import Probed, probe
from queryscope.database.sandbox import database_error, rolled_back
from queryscope.database.trial_measure import Select
from queryscope.database.trial_place import read_place
from queryscope.model import IndexAdvice, IndexKey

COLUMNS = """
    id bigint PRIMARY KEY, code text NOT NULL, name varchar(80) NOT NULL, state text NOT NULL,
    depot_id bigint NOT NULL, total numeric NOT NULL, created timestamptz NOT NULL, sent timestamptz,
    data jsonb NOT NULL, tags text[] NOT NULL, period tstzrange NOT NULL, place point NOT NULL,
    search tsvector NOT NULL, label text COLLATE "C.utf8" NOT NULL
"""
ROWS = """
    INSERT INTO {table}
    SELECT n, 'C' || n, 'Name ' || md5(n::text), CASE WHEN n % 10 = 0 THEN 'new' ELSE 'done' END, n % 7,
           n % 97, '2024-01-01Z'::timestamptz + n * interval '1 hour',
           CASE WHEN n % 9 = 0 THEN NULL ELSE '2024-06-01Z'::timestamptz END,
           jsonb_build_object('k', 'v' || n % 50, 'deep', jsonb_build_object('n', n)), ARRAY['t' || n % 20],
           tstzrange('2024-01-01Z'::timestamptz + n * interval '1 day', NULL),
           point(n % 100, n % 77), to_tsvector('english', 'word' || n % 30 || ' common'),
           'Name ' || n
    FROM generate_series(1, {count}) n;
"""
SCHEMA = f"""
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE TABLE probe_depot (id bigint PRIMARY KEY, city text NOT NULL);
    INSERT INTO probe_depot SELECT n, 'City ' || n FROM generate_series(0, 6) n;
    CREATE TABLE probe_small ({COLUMNS});
    CREATE TABLE probe_large ({COLUMNS});
    ALTER TABLE probe_large SET (autovacuum_enabled = off);
    {ROWS.format(table="probe_small", count=20)}
    {ROWS.format(table="probe_large", count=30_000)}
    ANALYZE probe_large;
"""
DROP = "DROP TABLE IF EXISTS probe_small, probe_large, probe_depot CASCADE"


@pytest.fixture(scope="module")
def tables(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock():
        connection = connections["default"]
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            cursor.execute(DROP)
            cursor.execute(SCHEMA)
        yield connection
        with connection.connection.cursor() as cursor:
            cursor.execute(DROP)


def index(table, *keys, name="probe_x", method="btree", **more) -> IndexAdvice:
    """Keys as columns, or as expressions in parentheses; `DESC`, `NULLS LAST` or an operator class behind."""
    return IndexAdvice(
        relation=table,
        model="a.T",
        method=method,
        keys=tuple(_key(text) for text in keys),
        name=name,
        serves=("f0",),
        **more,
    )


def _key(text: str) -> IndexKey:
    column, _, rest = text.partition(" ")
    expression = ""
    if text.startswith("("):
        inner, _, rest = text.rpartition(")")
        column, expression = "", inner[1:]
    words = rest.split()
    is_descending = "DESC" in words
    nulls = words[words.index("NULLS") + 1].lower() if "NULLS" in words else ""
    opclass = next((word for word in words if word.endswith("_ops")), "")
    return IndexKey(
        column=column, expression=expression, opclass=opclass, is_descending=is_descending, nulls=nulls
    )


def probed(connection, proposal, sql, params=None, *, may_extend=False):
    """What the probe says of one candidate, or of a set."""
    proposal = proposal if isinstance(proposal, tuple) else (proposal,)
    errors = database_error(connection)
    raw = connection.connection
    with rolled_back(raw, lock_ms=100, statement_ms=5000) as cursor:
        found, refusals = probe(
            cursor,
            [proposal],
            Select(sql=sql, params=params),
            place=read_place(cursor),
            errors=errors,
            may_extend=may_extend,
        )
    assert len(found) + len(refusals) == 1
    return (found or refusals)[0]


USABLE = {
    "equality": (["code"], {}, "WHERE code = 'C7'"),
    "two equalities": (["state", "depot_id"], {}, "WHERE state = 'new' AND depot_id = 3"),
    "equality and range": (["depot_id", "created"], {}, "WHERE depot_id = 3 AND created >= '2024-01-02Z'"),
    "list": (["depot_id"], {}, "WHERE depot_id IN (1, 3)"),
    "equality and order": (["state", "id DESC"], {}, "WHERE state = 'new' ORDER BY id DESC LIMIT 5"),
    "order backwards": (["depot_id", "created"], {}, "WHERE depot_id = 3 ORDER BY created DESC LIMIT 5"),
    "order alone": (["created DESC"], {}, "ORDER BY created DESC LIMIT 5"),
    "nulls last": (["sent DESC NULLS LAST"], {}, "ORDER BY sent DESC NULLS LAST LIMIT 5"),
    "mixed directions": (["depot_id", "created DESC"], {}, "ORDER BY depot_id, created DESC LIMIT 5"),
    "upper": (["(UPPER(name))"], {}, "WHERE UPPER(name::text) = UPPER('Name x')"),
    "prefix": (["code text_pattern_ops"], {}, "WHERE code LIKE 'C1%'"),
    "prefix of a text in a language": (["label text_pattern_ops"], {}, "WHERE label LIKE 'Name 1%'"),
    "prefix without case": (["(UPPER(code)) text_pattern_ops"], {}, "WHERE UPPER(code) LIKE UPPER('c1%')"),
    "trigrams": (["(UPPER(code)) gin_trgm_ops"], {"method": "gin"}, "WHERE UPPER(code) LIKE UPPER('%abc%')"),
    "key of JSON": (["(data -> 'k')"], {}, "WHERE (data -> 'k') = '\"v7\"'::jsonb"),
    "text of JSON": (["(data ->> 'k')"], {}, "WHERE (data ->> 'k') = 'v7'"),
    "JSON contains": (["data jsonb_path_ops"], {"method": "gin"}, """WHERE data @> '{"k": "v7"}'"""),
    "JSON has key": (["data"], {"method": "gin"}, "WHERE data ? 'k'"),
    "array": (["tags"], {"method": "gin"}, "WHERE tags @> ARRAY['t7']"),
    "overlap": (["tags"], {"method": "gin"}, "WHERE tags && ARRAY['t7', 't8']"),
    "range type": (["period"], {"method": "gist"}, "WHERE period @> '2024-01-05Z'::timestamptz"),
    "words": (["search"], {"method": "gin"}, "WHERE search @@ to_tsquery('english', 'word7')"),
    "words of text": (
        ["(to_tsvector('english'::regconfig, name))"], {"method": "gin"},
        "WHERE to_tsvector('english'::regconfig, name) @@ to_tsquery('english', 'word7')",
    ),
    "partial": (["id"], {"predicate": "state = 'new'"}, "WHERE state = 'new'"),
    "partial with order": (
        ["created"], {"predicate": "state = 'new'"}, "WHERE state = 'new' ORDER BY created LIMIT 5",
    ),
    "partial null": (["id"], {"predicate": "sent IS NULL"}, "WHERE sent IS NULL"),
    "nearest": (["place"], {"method": "gist"}, "ORDER BY place <-> point(3, 4) LIMIT 5"),
    "hash": (["code"], {"method": "hash"}, "WHERE code = 'C7'"),
    "brin": (["created"], {"method": "brin"}, "WHERE created >= '2024-01-02Z' AND created < '2024-01-03Z'"),
    "covering": (["depot_id"], {"include": ("total",)}, "WHERE depot_id = 3"),
    "maximum": (
        ["depot_id", "created"],
        {},
        "WHERE created = (SELECT max(created) FROM {t} WHERE depot_id = 3) AND depot_id = 3",
    ),
    "distinct on": (["depot_id", "created DESC"], {}, "DISTINCT ON"),
}  # fmt: skip


def select(shape_sql: str, table: str) -> str:
    if shape_sql == "DISTINCT ON":
        return f"SELECT DISTINCT ON (depot_id) id, code FROM {table} ORDER BY depot_id, created DESC"
    return f"SELECT id, total FROM {table} {shape_sql.format(t=table) if '{t}' in shape_sql else shape_sql}"


@pytest.mark.parametrize("table", ["probe_small", "probe_large"])
@pytest.mark.parametrize("shape", USABLE)
def test_what_can_be_used_is_found_usable(tables, shape, table):
    keys, more, sql = USABLE[shape]
    answer = probed(tables, index(table, *keys, **more), select(sql, table))
    assert isinstance(answer, Probed), answer
    assert answer.is_small == (table == "probe_small")


USELESS = {
    "lower for upper": (["(LOWER(name))"], {}, "WHERE UPPER(name::text) = UPPER('Name x')"),
    "plain for upper": (["name"], {}, "WHERE UPPER(name::text) = UPPER('Name x')"),
    "plain for a prefix": (["label"], {}, "WHERE label LIKE 'Name 1%'"),
    "operator class for an order": (["code text_pattern_ops"], {}, "ORDER BY code LIMIT 5"),
    "text of JSON for its key": (["(data ->> 'k')"], {}, "WHERE (data -> 'k') = '\"v7\"'::jsonb"),
    "another key of JSON": (["(data -> 'other')"], {}, "WHERE (data -> 'k') = '\"v7\"'::jsonb"),
    "paths for a key": (["data jsonb_path_ops"], {"method": "gin"}, "WHERE data ? 'k'"),
    "second column": (["state", "code"], {}, "WHERE code = 'C7'"),
    "one arm of an OR": (["code"], {}, "WHERE code = 'C7' OR total = 5"),
    "nulls order": (["sent DESC"], {}, "ORDER BY sent DESC NULLS LAST LIMIT 5"),
    "one direction for two": (["depot_id", "created"], {}, "ORDER BY depot_id, created DESC LIMIT 5"),
    "order behind a range": (["created", "code"], {}, "WHERE created > '2024-01-02Z' ORDER BY code LIMIT 5"),
    "another condition": (["id"], {"predicate": "state = 'old'"}, "WHERE state = 'new'"),
    "function of a column": (["created"], {}, "WHERE extract(month FROM created) = 3"),
    "arithmetic": (["depot_id"], {}, "WHERE depot_id + 0 = 3"),
    "full sort": (["created"], {}, "ORDER BY created"),
    "no condition": (["depot_id"], {}, ""),
    "whole aggregate": (["total"], {}, "GROUP"),
    "words in another language": (
        ["(to_tsvector('simple'::regconfig, name))"], {"method": "gin"},
        "WHERE to_tsvector('english'::regconfig, name) @@ to_tsquery('english', 'word7')",
    ),
    "a key too many": (["code", "total"], {}, "WHERE code = 'C7'"),
    "hash for a range": (["created"], {"method": "hash"}, "WHERE created > '2024-01-02Z'"),
    "a stranger's name in a string": (["code"], {}, "WHERE state = 'code'"),
}  # fmt: skip


@pytest.mark.parametrize("table", ["probe_small", "probe_large"])
@pytest.mark.parametrize("shape", USELESS)
def test_what_can_not_be_used_is_found_out(tables, shape, table):
    keys, more, sql = USELESS[shape]
    text = f"SELECT sum(total) FROM {table}" if sql == "GROUP" else select(sql, table)
    answer = probed(tables, index(table, *keys, **more), text)
    assert not isinstance(answer, Probed), answer
    assert answer.kind in ("not-usable", "idle-key")
