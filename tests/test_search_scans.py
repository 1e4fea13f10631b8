"""The search of a write beside the write itself, on the real server: the same rows, by the same scans."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat

from catalog.models import Brand, Company
from queryscope.sql.search import search_of
from tests.test_examine import run

HOSTILE = """
    CREATE TEMP TABLE "set" ("where" int, "from" text, "Using" int, k serial PRIMARY KEY) ON COMMIT DROP;
    INSERT INTO "set" SELECT n % 50, 'WHERE ' || n % 7, n % 3 FROM generate_series(1, 3000) n;
    CREATE TEMP TABLE returning_ (id int PRIMARY KEY, set_k int, n int) ON COMMIT DROP;
    INSERT INTO returning_ SELECT n, n, n % 10 FROM generate_series(1, 500) n;
    CREATE INDEX ON returning_ (n);
    ANALYZE "set"; ANALYZE returning_;
"""
# What is looked up for two columns at once is left out of the search.
SEVERAL = (
    'UPDATE "set" SET ("where", "Using") = (SELECT n, n FROM returning_ WHERE id = %s) WHERE k < %s',
    [1, 9],
)
WRITES: list[tuple[str, Any]] = [
    ('UPDATE "set" SET "where" = %s WHERE "where" = %s', [1, 7]),
    (
        'UPDATE "set" AS "where" SET "from" = %s WHERE "where"."where" < %s AND "from" <> %s',
        ["a", 9, "WHERE 1"],
    ),
    ('DELETE FROM "set" WHERE "from" = \'WHERE 3\' AND "Using" IN (%s, %s)', [0, 1]),
    ('DELETE FROM "set" t USING returning_ r WHERE t.k = r.set_k AND r.n = %s', [4]),
    (
        'UPDATE "set" SET "where" = r.n FROM returning_ r WHERE r.id = "set".k AND r.n = %s RETURNING %s',
        [3, "x"],
    ),
    ('DELETE FROM "set" WHERE k IN (SELECT U0.set_k FROM returning_ U0 WHERE U0.n >= %s)', [8]),
    (
        'DELETE FROM "set" t WHERE NOT EXISTS (SELECT 1 FROM returning_ r WHERE r.set_k = t.k) AND t.k < %s',
        [900],
    ),
    (
        'UPDATE "set" SET "from" = %s || \' WHERE \' /* WHERE %s */ WHERE "Using" = %s -- FROM x',
        ["a", "b", 2],
    ),
    ('UPDATE "set" SET "where" = (SELECT max(n) FROM returning_ r WHERE r.set_k = k) WHERE k = %s', [5]),
    (
        'WITH few AS (SELECT set_k FROM returning_ WHERE n = %s) DELETE FROM "set" USING few WHERE k = set_k',
        [2],
    ),
    ('UPDATE "set" SET "where" = 0 WHERE "from" LIKE %(like)s AND k %% 2 = 0', {"like": "%3", "unused": 1}),
    ('UPDATE ONLY ("set") SET "where" = 0 WHERE k % 7 = 3', None),
]


class TestSameScans:
    """The search is run beside the write on a real server."""

    @pytest.fixture(autouse=True)
    def tables(self, db: None) -> None:
        run(HOSTILE)

    @pytest.mark.parametrize(("sql", "params"), [*WRITES, SEVERAL])
    def test_it_finds_the_rows_that_are_written(self, sql, params):
        found = search_of(sql, params)
        assert found is not None
        with connection.cursor() as cursor:
            cursor.execute(found.sql, found.params)
            rows = len(set(cursor.fetchall()))
            cursor.execute(sql, params)
            assert cursor.rowcount == rows > 0

    @pytest.mark.parametrize(("sql", "params"), WRITES)
    def test_its_scans_are_those_of_the_write(self, sql, params):
        found = search_of(sql, params)
        assert found is not None
        assert scans(found.sql, found.params) == scans(sql, params)


PREPARED = """
    INSERT INTO catalog_company (name, country)
    SELECT 'Company ' || n, CASE WHEN n % 9 = 0 THEN 'ZZ' ELSE 'AA' END FROM generate_series(1, 300) n;
    INSERT INTO catalog_brand (name, slug, company_id)
    SELECT 'Brand ' || c.id || n, 'b' || c.id || '-' || n, c.id
    FROM catalog_company c, generate_series(1, 3) n;
    ANALYZE catalog_company; ANALYZE catalog_brand;
"""
BRANDS = Brand.objects.filter(company=OuterRef("pk"))
ORM: list[Callable[[], Any]] = [
    lambda: Company.objects.filter(Q(name="Company 7") | Q(country="ZZ", name__lt="Company 5")).update(
        country="X"
    ),
    lambda: Company.objects.exclude(country="ZZ").exclude(name__contains="1").update(country="X"),
    lambda: Company.objects.filter(brands__slug__endswith="-2").update(country="X"),
    lambda: Company.objects.filter(brands__name__in=["Brand 1", "x"], country="AA").update(country="X"),
    lambda: Company.objects.filter(Exists(BRANDS.filter(slug__endswith="7-1"))).update(
        name=Concat("name", Value("%s"))
    ),
    lambda: Company.objects.filter(~Exists(BRANDS), country="ZZ").update(country="X"),
    lambda: Company.objects.filter(country="ZZ").update(
        name=Subquery(BRANDS.order_by("-slug").values("name")[:1])
    ),
    lambda: Company.objects.filter(pk__in=Company.objects.filter(country="ZZ").order_by("name")[:5]).update(
        name="x"
    ),
    lambda: Company.objects.filter(name__regex=r"[0-9]{2}%?").update(country="X"),
    lambda: Brand.objects.filter(company__country="ZZ").update(name=F("slug")),
    lambda: Brand.objects.filter(company__country="ZZ")._raw_delete("default"),
    lambda: Brand.objects.filter(slug__endswith="-1").delete(),
    lambda: Company.objects.filter(country="ZZ").delete(),
    lambda: Brand.objects.bulk_update([Brand(pk=n, name=f"n{n}") for n in range(9)], ["name"]),
]


class TestStatementsOfDjango:
    """Each UPDATE and DELETE that the ORM sends: its search finds as many rows, by the same scans."""

    @pytest.mark.parametrize("at", range(len(ORM)))
    def test_they_are_searched_as_they_are_written(self, db, at):
        run(PREPARED)
        seen: list[str] = []

        def compare(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if not sql.startswith(("UPDATE", "DELETE")):
                return execute(sql, params, many, context)
            found = search_of(sql, params)
            assert found is not None
            raw = connection.connection.cursor()
            assert plan_of(raw, found.sql, found.params) == plan_of(raw, sql, params)
            rows = len(set(raw.execute(found.sql, found.params).fetchall()))
            result = execute(sql, params, many, context)
            assert context["cursor"].rowcount == rows
            seen.append(sql)
            return result

        with connection.execute_wrapper(compare):
            ORM[at]()
        assert seen


def plan_of(raw: Any, sql: str, params: Any) -> list[tuple[Any, ...]]:
    """Of tables in subqueries a write takes the rows too, where its search is content with an index."""
    found = scans_in(raw.execute(f"EXPLAIN (FORMAT JSON) {sql}", params).fetchone()[0])
    return sorted(((node.replace("Index Only", "Index"), *names) for node, *names in found), key=str)


def scans(sql: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        [(document,)] = cursor.fetchall()
    return scans_in(document)


def scans_in(document: Any) -> list[tuple[Any, ...]]:
    tree = json.loads(document) if isinstance(document, str) else document
    waiting, found = [tree[0]["Plan"]], []
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if node["Node Type"] != "ModifyTable":
            found.append((node["Node Type"], node.get("Relation Name"), node.get("Index Name")))
    return sorted(found, key=str)
