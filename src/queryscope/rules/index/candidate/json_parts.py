"""Keys of JSON that have a value of the source, or are there at all, as the predicate of a partial index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from queryscope.fixes.index_code import quote
from queryscope.rules.index.candidate.fixed import items_of, python_literal, sql_literal
from queryscope.rules.index.candidate.part import Part
from queryscope.rules.index.candidate.scan import Scan
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Predicate

_KEY = re.compile(r'KeyTransform\("(\w+)", ')
_KEYS = re.compile(r'(?:KeyTransform\("\w+", )+"(?P<field>\w+)"\)+')


def json_parts(scan: Scan, literals: Sequence[Predicate]) -> Iterator[Part]:
    """`data__kind="x"`, `data__kind__in=["x", "y"]`, `data__kind__isnull=False` and `data__has_key="x"`."""
    for term in scan.terms:
        if term.type != "jsonb" or term.is_join:
            continue
        key = _lookup(term)
        if key and term.operator == "is not null":
            yield _part(scan, term, f"{term.key.expression} IS NOT NULL", f"{key}__isnull=False")
        for one in literals:
            made = _of_presence(scan, term, one) if one.column else _of_key(scan, term, one)
            if made is not None:
                yield made


def _lookup(term: Term) -> str:
    """`data__owner__city` of `KeyTransform("city", KeyTransform("owner", "data"))`."""
    names = _KEYS.fullmatch(term.key.django)
    return "__".join([names["field"], *reversed(_KEY.findall(term.key.django))]) if names is not None else ""


def _of_key(scan: Scan, term: Term, one: Predicate) -> Part | None:
    # A list of one value is printed as that value.
    is_single = one.operator == "in" and len(items_of(one.literal)) == 1
    asked = {one.operator, "="} if is_single else {one.operator}
    lookup = _lookup(term)
    if not lookup or term.key.django != one.expression or term.operator not in asked:
        return None
    if one.operator == "in" and not is_single:
        values = ", ".join(map(_as_json, items_of(one.literal)))
        sql, django = f"{term.key.expression} IN ({values})", f"{lookup}__in={python_literal(one.literal)}"
    else:
        literal = items_of(one.literal)[0] if is_single else one.literal
        sql = f"{term.key.expression} = {_as_json(literal)}"
        django = f"{lookup}={python_literal(literal)}"
    return _part(scan, term, sql, django)


def _part(scan: Scan, term: Term, sql: str, django: str) -> Part:
    field = scan.model.field(django.partition("__")[0])
    return Part(
        column=field.column if field is not None else "",
        sql=sql,
        django=django,
        is_literal=True,  # a key is sent like a value
        expression=term.key.expression,
        operator=term.operator,
    )


def _of_presence(scan: Scan, term: Term, one: Predicate) -> Part | None:
    field = scan.model.field(term.key.column) if term.key.column else None
    is_same = one.operator == "?" == term.operator and one.column == term.key.column
    if field is None or not is_same or not one.literal.startswith("'"):
        return None
    django = f"{field.name}__has_key={python_literal(one.literal)}"
    return Part(
        column=field.column,
        sql=f"{quote(field.column)} ? {one.literal}",
        django=django,
        is_literal=True,
        operator="?",
    )


def _as_json(sql: str) -> str:
    """A literal of SQL as jsonb: `'a'` → `'"a"'::jsonb`."""
    if sql.startswith("'"):
        text = json.dumps(sql[1:-1].replace("''", "'"), ensure_ascii=False)
    else:
        text = sql.lower()
    return f"{sql_literal(text)}::jsonb"
