"""Keys, names and advice: what every index rule yields is built here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b

from queryscope.model import IndexAdvice, IndexKey, Model
from queryscope.plans.conditions import PlanSortKey
from queryscope.rules.index.candidate.cover import replaced_indexes
from queryscope.rules.index.candidate.scan import Scan

MAX_NAME = 30  # Django's own limit for the names of indexes


def column_key(model: Model, column: str) -> IndexKey | None:
    """A plain key; None if the model has no such column."""
    field = model.field(column)
    return None if field is None else IndexKey(column=field.column, django=field.name)


def order_key(model: Model, key: PlanSortKey) -> IndexKey | None:
    """A key that sorts as ORDER BY asks."""
    field = model.field(key.column) if key.column else None
    if field is None:
        return None
    return IndexKey(column=field.column, django=field.name, is_descending=key.is_descending, nulls=key.nulls)


def column_keys(model: Model, columns: Sequence[str]) -> tuple[IndexKey, ...]:
    """Plain keys for the columns that the model knows."""
    return tuple(key for column in columns if (key := column_key(model, column)) is not None)


def make_advice(
    scan: Scan,
    *,
    rule: str,
    keys: Sequence[IndexKey],
    reason: str,
    serves: str,
    **more: str | tuple[str, ...],
) -> IndexAdvice:
    """Advice without evidence, named after its table and keys."""
    method = str(more.pop("method", "btree"))
    predicate = str(more.get("predicate", ""))
    include = tuple(more.get("include", ()))
    replaces = () if predicate or method != "btree" else replaced_indexes(scan.table, keys, include)
    if scan.table.is_partitioned:
        reason += " The table is partitioned: each partition gets the index, and not CONCURRENTLY."
    return IndexAdvice(
        relation=scan.table.name,
        schema="" if scan.table.is_visible else scan.table.schema,
        model=scan.model.label,
        method=method,
        keys=tuple(keys),
        name=index_name(scan.table.name, keys=keys, method=method, predicate=predicate, include=include),
        reason=reason,
        rule=rule,
        serves=(serves,),
        replaces=replaces,
        **more,  # type: ignore[arg-type]
    )


def as_set(advices: Iterable[IndexAdvice]) -> Iterator[IndexAdvice]:
    """Indexes of which one alone helps little, each with the names of the others."""
    found = list(advices)
    names = [advice.name for advice in found]
    for advice in found:
        yield replace(advice, together=tuple(name for name in names if name != advice.name))


def index_name(
    table: str, *, keys: Sequence[IndexKey], method: str, predicate: str = "", include: Sequence[str] = ()
) -> str:
    """A name of at most 30 characters that depends on nothing but the index itself."""
    text = "|".join([table, method, predicate, *(repr(key) for key in keys)])
    if include:
        text += f"|INCLUDE {', '.join(include)}"
    digest = blake2b(text.encode(), digest_size=3).hexdigest()
    readable = f"{_word(table)[:13]}_{_word(keys[0].column or _inner(keys[0]))[:8]}".strip("_")
    # Django refuses names that begin with an underscore or a digit.
    readable = readable if readable[:1].isalpha() else f"i{readable}"
    return f"{readable[: MAX_NAME - 7]}_{digest}"


def _inner(key: IndexKey) -> str:
    """`Upper("name")` → `name`."""
    return key.django.partition('"')[2].partition('"')[0] or key.django


def _word(text: str) -> str:
    return re.sub(r"\W+", "", text, flags=re.ASCII).strip("_").lower()
