"""Joins that begin with a pattern, a prefix or an expression: the indexes of both tables as one set."""

from __future__ import annotations

import datetime as dt

import pytest

from queryscope.fixes.index_code import create_sql
from queryscope.rules.index import propose_indexes
from queryscope.sql.resolve import Known
from queryscope.sql.statement import read_executed
from tests.builders import make_query_group, make_site
from tests.database.archive import explained
from tests.database.bazaar import MODELS, TABLES, Piece, Sale, bazaar, schema_of

__all__ = ["bazaar"]

TOLD = Known(time_zone="UTC")
BEGIN = {
    "prefix": (Piece.objects.filter(sale__code__startswith="S777"), {"bazaar_piece", "bazaar_sale"}),
    "pattern": (Piece.objects.filter(sale__letter__contains="abcd"), {"bazaar_piece", "bazaar_sale"}),
    "pattern, any case": (
        Sale.objects.filter(buyer__email__icontains="r777@"),
        {"bazaar_buyer", "bazaar_sale"},
    ),
    "expression": (
        Piece.objects.filter(sale__placed__date=dt.date(2024, 5, 1)),
        {"bazaar_piece", "bazaar_sale"},
    ),
}


@pytest.mark.parametrize("shape", BEGIN)
def test_both_tables_get_their_index_in_one_set_that_is_used(bazaar, shape):
    queryset, tables = BEGIN[shape]
    sql, params = queryset.query.sql_with_params()
    plan = explained(bazaar, sql, params)
    group = make_query_group(sql=sql, fingerprint="f0", site=make_site(queryset.model._meta.label))
    statement, schema = read_executed(sql, params, TOLD), schema_of(bazaar, TABLES)
    candidates, _ = propose_indexes(group, plan, statement, schema, MODELS)
    whole = [one for one in candidates if one.together]
    assert {one.relation for one in whole} == tables
    assert all({one.name, *one.together} == {each.name for each in whole} for one in whole)
    extensions = {name for one in whole for name in one.extensions}
    before = [f"CREATE EXTENSION IF NOT EXISTS {name}" for name in sorted(extensions)]
    before += [create_sql(one, concurrently=False) for one in whole]
    before += [f"ANALYZE {name}" for name in sorted(tables)]
    for _ in range(5):  # ANALYZE looks at rows by chance: with some samples a hash of all rows seems cheaper
        after = explained(bazaar, sql, params, before="; ".join(before))
        if all(one.name in repr(after) for one in whole):
            break
    assert all(one.name in repr(after) for one in whole)
    assert after.execution_time_ms * 2 < plan.execution_time_ms
