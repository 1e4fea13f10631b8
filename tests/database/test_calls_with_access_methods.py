"""An extension with an access method of its own is no reason against running a query a second time."""

from __future__ import annotations

import pytest
from django.db import connection

import queryscope


@pytest.mark.django_db
def test_queries_are_analyzed_where_pgvector_is_installed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        with queryscope.profile("vectors", explain="all", slow_ms=0.0) as run:
            cursor.execute("SELECT count(*) FROM generate_series(1, 10)")
            cursor.fetchall()
    assert [plan.is_analyzed for plan in run.report.plans] == [True]
