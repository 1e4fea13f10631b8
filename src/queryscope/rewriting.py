"""Seam: other ways to ask for the rows of a slow query, each timed beside it."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from queryscope.capture.finish import Slow
from queryscope.database.trial_measure import Select
from queryscope.database.trial_rewrite import MOST_RUNS, fetch_one, time_rewrite
from queryscope.model import IndexAdvice, Model, Models, QueryGroup, Rewrite, Schema, Table
from queryscope.proving import Place, total_ms
from queryscope.remembered import RUN
from queryscope.rules.index.candidate.cover import covering_index
from queryscope.rules.index.candidate.keys import column_keys, index_name
from queryscope.sql.date_range import by_range
from queryscope.sql.json_contains import by_containment
from queryscope.sql.keyset import by_key
from queryscope.sql.statement import read_statement

_MOST_EQUALITIES = 2  # before the column of the range


def rewrites_of(
    connection: Any, slow: Slow, group: QueryGroup, schema: Schema, models: Models, *, place: Place
) -> tuple[Rewrite, ...]:
    """The rewrites that gave the same rows, at least twice as fast and a millisecond sooner.

    Args:
        connection: Django's, in whose transaction the query ran, or a copy to open a session for.
        slow: the query, which was explained by running it.
        group: what it belongs to.
        schema: of its tables.
        models: of the project.
        place: where indexes may be tried, and what is left of the time for it.
    """
    if slow.alias not in place.config.trial_indexes and not place.is_test_database:
        return ()
    left_ms = float("inf") if place.is_repeated else RUN.trial_left_ms(place.config)
    if MOST_RUNS * slow.max_ms > min(total_ms(place), left_ms):
        return ()
    began = perf_counter()
    found = [
        _range(connection, slow, schema, models, place),
        _containment(connection, slow, schema),
        _keyset(connection, slow, group, schema, models),
    ]
    if not place.is_repeated:
        RUN.spend_on_trials((perf_counter() - began) * 1000.0)
    return tuple(each for each in found if each is not None)


def _range(connection: Any, slow: Slow, schema: Schema, models: Models, place: Place) -> Rewrite | None:
    changed = by_range(slow.sql, slow.params)
    if changed is None:
        return None
    columns = tuple(dict.fromkeys(column for _, column in changed.columns))
    new = Select(sql=changed.sql, params=changed.params)
    outcome = time_rewrite(
        connection,
        Select(sql=slow.sql, params=slow.params),
        lambda _: new,
        index=_index(slow, columns, schema, models) if len(columns) == 1 else None,
        build_ms=place.config.trial_budget_ms,
        is_alone=place.is_test_database,
    )
    if outcome is None:
        return None
    evidence, index = outcome
    is_aware = " AT TIME ZONE " in slow.sql
    return Rewrite(
        kind="range",
        columns=columns,
        evidence=evidence,
        index=index,
        is_aware=is_aware,
        is_month=changed.has_months,
    )


def _containment(connection: Any, slow: Slow, schema: Schema) -> Rewrite | None:
    """Only where a GIN index is there: of one for each key, or one for all, the rules of indexes speak."""
    changed = by_containment(slow.sql, slow.params)
    if changed is None or not any(_has_gin(schema, column) for _, column in changed.columns):
        return None
    new = Select(sql=changed.sql, params=changed.params)
    old = Select(sql=slow.sql, params=slow.params)
    outcome = time_rewrite(connection, old, lambda _: new, index=None, build_ms=0.0)
    columns = tuple(dict.fromkeys(column for _, column in changed.columns))
    return Rewrite(kind="containment", columns=columns, evidence=outcome[0]) if outcome else None


def _has_gin(schema: Schema, column: str) -> bool:
    """Without one the containment may still be quicker to compare; that is no reason to ask for it."""
    indexes = (index for table in schema.tables for index in table.indexes)
    return any(index.method == "gin" and index.is_valid and column in index.keys for index in indexes)


def _index(slow: Slow, columns: tuple[str, ...], schema: Schema, models: Models) -> IndexAdvice | None:
    """An index for the range: the equalities of the same table first; None where one is there."""
    [column] = columns
    owners = [table for table in schema.tables if table.column(column) is not None]
    statement = read_statement(slow.sql)
    if len(owners) != 1 or statement is None or owners[0].is_partitioned:
        return None
    [table] = owners
    model = models.by_table(table.name)
    if model is None or not model.is_managed:
        return None
    equal = [each.column for each in statement.predicates if _is_equality(each, table)]
    first = [each for each in dict.fromkeys(equal) if each != column][:_MOST_EQUALITIES]
    keys = column_keys(model, [*first, column])
    if not keys or covering_index(table, equal=[key.column for key in keys]) is not None:
        return None
    return IndexAdvice(
        relation=table.name,
        model=model.label,
        method="btree",
        keys=keys,
        name=index_name(table.name, keys=keys, method="btree"),
        reason="A range of the column is asked for.",
        serves=(slow.fingerprint,),
    )


def _is_equality(predicate: Any, table: Table) -> bool:
    return bool(predicate.operator == "=" and predicate.column and predicate.table == table.name)


def _keyset(connection: Any, slow: Slow, group: QueryGroup, schema: Schema, models: Models) -> Rewrite | None:
    model = models.get(group.site.model) if group.site is not None else None
    table = schema.table(model.table) if model is not None else None
    if model is None or table is None or not group.offset or not isinstance(slow.params, list | tuple):
        return None
    page = by_key(
        slow.sql, is_null=_may_be_null(table, model), unique=_unique(table), row_key=_row_key(table, model)
    )
    if page is None:
        return None
    params = tuple(slow.params)

    def way(cursor: Any) -> Select | None:
        key = fetch_one(cursor, Select(sql=page.key_sql, params=params))
        if key is None:
            return None
        return Select(sql=page.page_sql, params=(*params, *(key[at] for at in page.key_params)))

    outcome = time_rewrite(
        connection,
        Select(sql=slow.sql, params=slow.params),
        way,
        index=None,
        build_ms=0.0,
        same=Select(sql=page.whole_sql, params=params) if page.whole_sql else None,
    )
    return Rewrite(kind="keyset", columns=page.columns, evidence=outcome[0]) if outcome else None


def _row_key(table: Table, model: Model) -> str:
    """The primary key as Django writes it."""
    key = next((field.column for field in model.fields if field.is_primary), "")
    return f'"{table.name}"."{key}"' if key else ""


def _may_be_null(table: Table, model: Model) -> frozenset[str]:
    nullable = {column.name for column in table.columns if column.is_null}
    return frozenset(nullable | {field.column for field in model.fields if field.is_null})


def _unique(table: Table) -> frozenset[str]:
    """Columns of which a valid unique index holds each value once."""
    return frozenset(
        index.keys[0]
        for index in table.indexes
        if index.is_unique and index.is_valid and not index.predicate and len(index.keys) == 1
    )
