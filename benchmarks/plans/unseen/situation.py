"""What a situation is: a query, the settings it runs under, and what a DBA would say of its plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One plan to be judged."""

    name: str
    query: Callable[[], Any]  # a queryset, or (sql, params)
    tells: frozenset[str] = frozenset()  # rules that may tell the fact; none: nothing is to be told
    table: str = ""
    says: str = ""  # a pattern that message and remedy must match
    never: str = ""  # one that no message or remedy may match
    may: frozenset[str] = frozenset()  # what else may be told
    badge: str = ""  # a badge that must stand there
    settings: Mapping[str, str] = field(default_factory=dict)
    since: int = 0  # server version
    until: int = 999999
    statement: str = ""  # "update" or "delete": what runs instead of a SELECT


ALL: list[Situation] = []


def tell(rule: str, table: str, query: Callable[[], Any], says: str = "", **more: Any) -> None:
    """A fact to be told, by one of the rules named."""
    _add(query, tells=frozenset(rule.split()), table=table, says=says, **more)


def quiet(query: Callable[[], Any], **more: Any) -> None:
    """Nothing to be told."""
    _add(query, **more)


def _add(query: Callable[[], Any], *, name: str, may: str = "", **more: Any) -> None:
    assert all(name != situation.name for situation in ALL), name
    for pattern in (more.get("says", ""), more.get("never", "")):
        re.compile(pattern)
    ALL.append(Situation(name=name, query=query, may=frozenset(may.split()), **more))
