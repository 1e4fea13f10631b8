"""A comparison with a value in a JSON document as containment, which a GIN index of the column serves."""

from __future__ import annotations

import re
from typing import Any

from queryscope.sql.date_range import Rewritten, count_placeholders
from queryscope.sql.polarity import is_negated

# As Django writes `data__key="v"` and `data__a__b="v"`: the keys and the value are parameters.
_CONDITION = re.compile(
    r'\((?P<operand>(?:(?P<table>"[^"]+"|\w+)\.)?"(?P<column>[^"]+)")'
    r" (?:->|#>) %s\) = %s(?!::)"
)
_TELLS_NULL_FROM_FALSE = re.compile(r"\bCASE\b|\) IS (?:NOT )?(?:NULL|TRUE|FALSE|UNKNOWN)\b")


def by_containment(sql: str, params: Any) -> Rewritten | None:
    """The statement that finds the same rows by `@>`; None where that might find others.

    `data -> key = value` and `data @> {key: value}` agree where the value is a text, a number or a boolean:
    an object or an array is contained in larger ones, and null is left alone. A key of digits may be a place
    in an array. Where the key is missing the one is NULL and the other false, which below NOT isn't the same:
    there it stays as it is. https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT
    """
    if not isinstance(params, list | tuple) or _TELLS_NULL_FROM_FALSE.search(sql):
        return None
    pieces: list[str] = []
    values: list[Any] = []
    columns = []
    at = taken = 0
    for match in _CONDITION.finditer(sql):
        if is_negated(sql, match.start()):
            continue
        before = count_placeholders(sql[at : match.start()])
        path, value = params[taken + before : taken + before + 2]
        document = _document(path, value)
        if document is None:
            return None
        pieces += [sql[at : match.start()], f"{match['operand']} @> %s"]
        values += [*params[taken : taken + before], document]
        columns.append(((match["table"] or "").strip('"'), match["column"]))
        at, taken = match.end(), taken + before + 2
    if not columns:
        return None
    return Rewritten(
        sql="".join([*pieces, sql[at:]]), params=(*values, *params[taken:]), columns=tuple(columns)
    )


def _document(path: Any, value: Any) -> Any:
    """The driver's wrapper around the nested document."""
    keys = [path] if isinstance(path, str) else path
    wrapped = getattr(value, "obj", None)
    is_scalar = isinstance(wrapped, str | int | float)
    if not is_scalar or not isinstance(keys, list) or not hasattr(value, "dumps"):
        return None
    if not keys or any(not isinstance(key, str) or key.lstrip("-").isdigit() for key in keys):
        return None
    for key in reversed(keys):
        wrapped = {key: wrapped}
    return type(value)(wrapped, dumps=value.dumps)
