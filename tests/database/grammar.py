"""Statements at random, out of a grammar; each knows whether running it would change something."""

# ruff: noqa: E501 - SQL, one statement a line
from __future__ import annotations

import random
import re
from dataclasses import dataclass

GOOD_STRINGS = (
    "'x'", "'it''s'", "'; DELETE FROM fuzz_book; --'", "'fuzz_touch()'", "$$a'b;$$", "$q$ fuzz_touch() $q$",
    "E'a\\'b;'", "U&'\\0061'", "'/* '", "'--'", "'a\\'", "'\u00e9 \u00a0'", "'FOR UPDATE'",
)  # fmt: skip
GOOD_INTS = (
    "{c}", "{c} + 1", "{i}", "-{i}", "fuzz_double({i})", "fuzz_triple({c})", "abs({c})", "(SELECT max(id) FROM fuzz_author)",
    "length({s})", "{c} * {i} % 7", "COALESCE({c}, {i})", "CASE WHEN {b} THEN {c} ELSE {i} END", "{s}::text::char_length",
    "GREATEST({c}, {i})", "CAST({i} AS numeric(8, 2))::int", "({c})::bigint::int", "ascii({s})", "pg_catalog.abs({c})",
    '"abs"({c})', "(ARRAY[{i}, {i}])[1]", "EXTRACT(year FROM CURRENT_DATE)::int", "(random() * 9)::int", "octet_length({s})",
)  # fmt: skip
BAD_INTS = (
    "fuzz_touch()", "fuzz_touch({c})", "public.fuzz_touch()", '"fuzz_touch"({i})', "FUZZ_touch/**/({c})", "fuzz_of(b.*)",
    "nextval('fuzz_counter')::int", "pg_catalog.nextval('fuzz_counter')::int", "(SELECT fuzz_touch())", "first({i})",
    "now({i})", '"Fuzz ""touch"({i})', "b.fuzz_of", "(b).fuzz_of", "fuzz_default({i})", "fuzz_liar()",
    "fuzz_deep_liar({c})", "fuzz_atomic()", "length({s}::fuzz_email)", "length(CAST({s} AS public.fuzz_email))",
    "({c} ==> {i})::int", "({c} <== {i})::int", "({c} OPERATOR(public.==>) {i})::int", "(ROW({i}, {s})::fuzz_pair).a",
    "(SELECT count(*) FROM fuzz_view)::int", "(SELECT count(*) FROM fuzz_limit)::int", "setval('fuzz_counter', 5)::int",
    "(pg_try_advisory_lock({i}))::int", "(SELECT min(id) FROM fuzz_values)", "(set_config('fuzz.mark', {s}, false) = 'x')::int",
    "(SELECT fuzz_sum(id) FROM fuzz_author)", "length(query_to_xml('SELECT fuzz_touch()', true, true, '')::text)",
)  # fmt: skip
BOOLEANS = (
    "{n} > {n}", "{n} = ANY(ARRAY[{n}, {n}])", "{n} IN ({n}, {n})", "{n} BETWEEN {n} AND {n}", "NOT ({n} = {n})",
    "{s} LIKE {s}", "{s} IS NOT NULL", "EXISTS (SELECT 1 FROM fuzz_author x WHERE x.id = {n})", "{n} IS DISTINCT FROM {n}",
    "({n} > {n} OR {n} < {n})", "{s} ~ 'a'", "b.title IS NULL", "{n} IN (SELECT id FROM fuzz_author)", "{s} = {s}",
)  # fmt: skip
GOOD_SOURCES = (
    "fuzz_book b", "fuzz_book AS b", "public.fuzz_book b", 'ONLY "fuzz_book" b', "fuzz_fine b",
    "(SELECT * FROM fuzz_book WHERE id > 3) b", "fuzz_book b JOIN fuzz_author a ON a.id = b.author_id",
    "fuzz_book b LEFT JOIN LATERAL (SELECT name FROM fuzz_author WHERE id = b.id LIMIT 1) a ON true",
    "fuzz_book b TABLESAMPLE system (50)", "fuzz_book b, generate_series(1, 2) g(i)",
    "fuzz_book b CROSS JOIN (VALUES (1, 'x'), (2, 'y')) v(p, q)",
)  # fmt: skip
BAD_SOURCES = (
    "fuzz_view b", "fuzz_values b", "fuzz_limit b", "fuzz_outer b", "fuzz_next b", "fuzz_book b, fuzz_touch_rows() t",
    "fuzz_book b CROSS JOIN (VALUES (fuzz_touch(), 'x'), (2, 'y')) v(p, q)", "fuzz_book b JOIN fuzz_limit l USING (id)",
    "fuzz_book b, LATERAL (VALUES (b.fuzz_of), (1)) v(p)", "fuzz_book b TABLESAMPLE system (fuzz_touch())",
    "fuzz_book b, ROWS FROM (fuzz_touch_rows(), generate_series(1, 2)) t",
)  # fmt: skip
GOOD_TAILS = (
    "", "", "", " LIMIT 5", " ORDER BY 1 LIMIT 3 OFFSET 2", " ORDER BY {n}", " ORDER BY random()", " OFFSET 1",
    " FETCH FIRST 2 ROWS ONLY", ";", " -- end", " /* ; DELETE */",
)  # fmt: skip
BAD_TAILS = (
    " LIMIT fuzz_touch()", " OFFSET fuzz_liar()", " ORDER BY fuzz_touch(b.id)", " FOR UPDATE", " FOR SHARE OF b",
    " FOR NO KEY UPDATE SKIP LOCKED", " LIMIT (SELECT fuzz_touch())", " FOR/**/KEY SHARE", "; DELETE FROM fuzz_book",
    "; COMMIT; DELETE FROM fuzz_book", " -- x\n; COMMIT; DELETE FROM fuzz_book", " UNION ALL SELECT fuzz_touch()",
    " LIMIT first(2)", " FETCH FIRST (fuzz_touch()) ROWS ONLY",
)  # fmt: skip
WRITES = (
    "UPDATE fuzz_book b SET stars = {n} WHERE {w}", "DELETE FROM fuzz_book b WHERE {w}",
    "INSERT INTO fuzz_log (what) SELECT {s} FROM {f} WHERE {w}", "INSERT INTO fuzz_log (what) VALUES ({s}), ({s})",
    "INSERT INTO fuzz_book AS b (id) VALUES ({i}) ON CONFLICT (id) DO UPDATE SET stars = {n}",
    "WITH x AS (DELETE FROM fuzz_book b WHERE {w} RETURNING id) SELECT * FROM x",
    "WITH x AS (SELECT 1), y AS (UPDATE fuzz_book b SET stars = {n} RETURNING 1) SELECT * FROM x",
    "MERGE INTO fuzz_book b USING fuzz_author a ON a.id = b.id WHEN MATCHED AND {w} THEN DELETE",
    "CREATE TABLE fuzz_made AS SELECT {n} FROM {f}", "EXPLAIN ANALYZE DELETE FROM fuzz_book b WHERE {w}",
    "SELECT {n} AS n INTO fuzz_made FROM {f}", "CALL fuzz_do()", "DO $$ BEGIN PERFORM fuzz_touch(); END $$",
    "COPY (SELECT fuzz_touch()) TO STDOUT", "TRUNCATE fuzz_book", "LOCK TABLE fuzz_book", "PREPARE x AS DELETE FROM fuzz_book",
)  # fmt: skip
SHAPES = (
    "SELECT {n}, {s} FROM {f} WHERE {w}{t}",
    "SELECT DISTINCT {n} FROM {f} WHERE {w}{t}",
    "SELECT count(*), sum({n}) FROM {f} WHERE {w} GROUP BY {c}{u}",
    "SELECT {n}, rank() OVER (PARTITION BY {c} ORDER BY {n}) FROM {f}{t}",
    "SELECT sum({c}) OVER (ORDER BY {c} ROWS {i} PRECEDING) FROM {f}{t}",
    "SELECT (SELECT count(*) FROM fuzz_author x WHERE x.id > {n}), {s} FROM {f} WHERE {w}{t}",
    "WITH x AS (SELECT {n} AS n FROM {f} WHERE {w}) SELECT n FROM x",
    "WITH x(n, m) AS MATERIALIZED (SELECT {n}, {s} FROM {f}) SELECT n, m FROM x",
    "(SELECT {n} FROM {f} WHERE {w}) UNION (SELECT {n} FROM {f})",
    "SELECT count(*) FILTER (WHERE {w}), array_agg({c} ORDER BY {n}) FROM {f}",
    "SELECT v.p FROM {f}, LATERAL (VALUES ({n}, {s}), ({n}, {s})) v(p, q){u}",
)  # fmt: skip
_HOLE = re.compile(r"\{([a-z])\}")


@dataclass(frozen=True)
class Statement:
    """A text, and whether it holds anything that may not run again."""

    sql: str
    is_bad: bool


class Maker:
    """Makes statements; one in so many holes is filled with something bad."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.is_bad = False
        self.badness = 0.0

    def statement(self) -> Statement:
        self.is_bad = False
        self.badness = self.random.choice((0.0, 0.0, 0.08, 0.25))
        if self.badness and self.random.random() < 0.2:
            self.is_bad = True
            sql = self._fill(self.random.choice(WRITES), 3)
        else:
            sql = self._fill(self.random.choice(SHAPES), 3)
        return Statement(self._noise(sql), self.is_bad)

    def _fill(self, text: str, depth: int) -> str:
        return _HOLE.sub(lambda match: self._hole(match[1], depth), text)

    def _pick(self, good: tuple[str, ...], bad: tuple[str, ...]) -> str:
        if self.random.random() < self.badness:
            self.is_bad = True
            return self.random.choice(bad)
        return self.random.choice(good)

    def _hole(self, name: str, depth: int) -> str:
        if name == "c":
            return self.random.choice(("b.id", "b.stars", 'b."id"', "B.ID"))
        if name == "i":
            return str(self.random.randint(1, 9))
        if name == "s":
            return self.random.choice((*GOOD_STRINGS, "b.title", "upper(b.title)", "b.title || 'x'"))
        if name in ("t", "u"):
            return self._fill(self._pick(GOOD_TAILS if name == "t" else ("", ";"), BAD_TAILS), depth - 1)
        if name == "f":
            return self._pick(GOOD_SOURCES, BAD_SOURCES)
        if name in ("b", "w"):
            return self._fill(self.random.choice(BOOLEANS), depth - 1)
        return self._fill("{c}" if depth <= 0 else self._pick(GOOD_INTS, BAD_INTS), depth - 1)

    def _noise(self, sql: str) -> str:
        """Comments, breaks and capitals where they change nothing: between words outside of strings."""
        if "'" in sql or "$" in sql or '"' in sql or "--" in sql:
            return sql if self.random.random() < 0.5 else f"/* ' \" $$ */ {sql}"
        words = sql.split(" ")
        gaps = (" ", " ", " ", "\n", "\t", " /* ; */ ", " -- ' \n", "  ", " /* /* ' */ */ ")
        return "".join(self._case(word) + self.random.choice(gaps) for word in words[:-1]) + words[-1]

    def _case(self, word: str) -> str:
        return word.lower() if self.random.random() < 0.3 else word
