"""The cases and what is known of them: answers/*.toml of a set, one file for each application."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from project_database import FIRST, CaseSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A page, and the sets of indexes that are known to help it most; of a negative those that may tempt."""

    slug: str
    why: str
    is_negative: bool
    arguments: tuple[Any, ...]
    alternatives: tuple[tuple[str, ...], ...]
    needs: str  # an extension that the server must have
    writes: bool  # the page changes rows for good: its queries aren't timed

    def page(self) -> Callable[[], object]:
        """The page with its arguments."""
        app, _, function = self.slug.partition(".")
        return partial(getattr(import_module(f"{app}.pages"), function), *self.arguments)


def load_all(only: Sequence[str] = (), *, of: CaseSet = FIRST) -> list[Case]:
    """All, or those whose slugs are named; an application's name stands for all its cases."""
    found = [case for path in sorted(of.answers.glob("*.toml")) for case in read(path)]
    known = {case.slug for case in found} | {case.slug.partition(".")[0] for case in found}
    if unknown := set(only) - known:
        raise SystemExit(f"cases: there is no case {sorted(unknown)[0]!r}.")
    return [case for case in found if not only or {case.slug, case.slug.partition(".")[0]} & set(only)]


def read(path: Path) -> list[Case]:
    """Positives are tables of `helped`, negatives of `left`."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        _case(f"{path.stem}.{name}", fields, is_negative=kind == "left")
        for kind in ("helped", "left")
        for name, fields in told.get(kind, {}).items()
    ]


def _case(slug: str, fields: dict[str, Any], *, is_negative: bool) -> Case:
    key = "tempting" if is_negative else "best"
    if unknown := set(fields) - {"why", "arguments", "needs", "writes", key}:
        raise SystemExit(f"cases: {slug} has {sorted(unknown)[0]!r}, which means nothing.")
    return Case(
        slug=slug,
        why=fields["why"],
        is_negative=is_negative,
        arguments=tuple(fields.get("arguments", ())),
        alternatives=tuple(tuple(one) for one in fields.get(key, ())),
        needs=fields.get("needs", ""),
        writes=fields.get("writes", False),
    )
