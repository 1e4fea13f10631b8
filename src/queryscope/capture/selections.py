"""Numbers for the rows that SELECTs are about: equal for rows, a COUNT and an EXISTS of the same ones.

Parameters are compared here and told to nobody: what leaves is a number that counts within the trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from queryscope.capture.digest import digest
from queryscope.capture.group import Group
from queryscope.sql.selection import Selection, read_selection

Numbers = dict[int, tuple[int, int]]


def number_selections(groups: Iterable[tuple[int, Group]]) -> Numbers:
    """(selection, window) by the index of each group whose executions all had the same parameters."""
    texts: dict[Selection, str] = {}
    selections: dict[Any, int] = {}
    windows: dict[str, int] = {"": 0}
    numbers: Numbers = {}
    for index, group in groups:
        if group.slowest is None or group.error is not None or len(group.params) != 1:
            continue
        sql, params = group.slowest
        found = read_selection(sql) if isinstance(sql, str) else None
        params = () if params is None else params
        if found is None or not isinstance(params, tuple | list):
            continue
        if found not in texts:
            texts[found] = found.text(_is_unique, _is_bound)
        asked = digest(tuple(params[found.first : found.first + found.count]))
        key = (group.alias, texts[found], asked)
        window = windows.setdefault(found.window, len(windows))
        numbers[index] = (selections.setdefault(key, len(selections)), window)
    return numbers


def _is_unique(table: str, column: str) -> bool:
    """Whether at most one row has that value."""
    return (table, column) in _columns()[0]


def _is_bound(table: str, column: str) -> bool:
    """Whether every row has a value, and a row that it leads to."""
    return (table, column) in _columns()[1]


@cache
def _columns() -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """What the models say of their columns, read once: a response waits for this."""
    from django.apps import apps

    unique, bound = set(), set()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            key = (f'"{model._meta.db_table}"', f'"{field.column}"')
            if field.unique:
                unique.add(key)
            if not field.null and getattr(field, "db_constraint", False) is True:
                bound.add(key)
    return frozenset(unique), frozenset(bound)
