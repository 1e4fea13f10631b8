"""Models whose `db_table` names a schema that the search path doesn't have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from catalog.models import Brand, Company
from queryscope.capture.state import FAULTS
from queryscope.examine import models_of
from queryscope.model import Level
from queryscope.remembered import RUN
from tests.test_examine import look

SCHEMA = """
    CREATE SCHEMA elsewhere;
    CREATE TABLE elsewhere.firm (LIKE public.catalog_company INCLUDING ALL);
    ALTER TABLE elsewhere.firm SET (fillfactor = 40);
    INSERT INTO elsewhere.firm (name, country)
    SELECT 'Company ' || n, CASE WHEN n % 1000 = 0 THEN 'ZZ' ELSE chr(65 + n % 20) || 'A' END
    FROM generate_series(1, 60000) n;
    ANALYZE elsewhere.firm;
"""
INDEXES = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'elsewhere'"


def forget_tables() -> None:
    """Fields remember the table of their model, queryscope all models."""
    for field in (*Company._meta.fields, *Brand._meta.fields):
        field.__dict__.pop("cached_col", None)
    models_of.cache_clear()


@pytest.fixture(autouse=True)
def elsewhere(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    FAULTS.clear()
    RUN.forget()
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS elsewhere CASCADE")
        cursor.execute(SCHEMA)
    monkeypatch.setattr(Company._meta, "db_table", '"elsewhere"."firm"')
    forget_tables()
    yield
    monkeypatch.undo()
    forget_tables()
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA elsewhere CASCADE")
    assert FAULTS.count == 0


def by_name() -> None:
    name = "Company 777"
    list(Company.objects.filter(name=name))


def by_upper() -> None:
    list(Company.objects.filter(name__iexact="company 777"))


@pytest.mark.parametrize("work", [by_name, by_upper])
def test_an_index_is_timed_where_the_table_is(work):
    capture = look(work, is_test_database=True)
    [advice] = capture.indexes
    assert (advice.schema, advice.relation, advice.evidence.level) == ("elsewhere", "firm", Level.TIMED)
    with connection.cursor() as cursor:
        cursor.execute(INDEXES)
        assert cursor.fetchone() == (1,)


def test_where_none_may_be_built_it_is_known_to_be_usable():
    [advice] = look(by_name).indexes
    assert (advice.schema, advice.evidence.level) == ("elsewhere", Level.USABLE)


def test_in_a_test_that_wrote_its_rows_it_is_timed_on_a_copy():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE elsewhere.firm SET name = name || '!' WHERE id < 300")
        [advice] = look(by_name, in_place=True, is_test_database=True).indexes
        assert "on a temporary copy of the table" in advice.evidence.note
        transaction.set_rollback(True)


def test_a_raw_statement_on_another_schemas_table_says_nothing_of_the_models(monkeypatch):
    monkeypatch.setattr(Company._meta, "db_table", "firm")
    forget_tables()
    assert look(raw, is_test_database=True).indexes == ()


def raw() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM elsewhere.firm WHERE name = %s", ["Company 777"])


def test_of_two_tables_of_one_name_none_is_told_apart(monkeypatch):
    monkeypatch.setattr(Brand._meta, "db_table", "firm")
    forget_tables()
    capture = look(by_name, is_test_database=True)
    assert capture.indexes == ()
    [refusal] = capture.refusals
    assert (refusal.relation, refusal.kind) == ("firm", "ambiguous-table")
    assert '("elsewhere"."firm", firm): none is advised' in refusal.reason
