"""Rows that are put into a list, of which nothing but the length or the truth is asked."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from queryscope.fixes.chain import node_at
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.unread import FROM_CACHE
from queryscope.fixes.variables import ASKING_METHODS, is_fresh, is_truth, use_of, variable_of
from queryscope.model import Frame

Use = Literal["len", "bool"]
_ASKED: dict[str, Use] = {"len": "len", "truth": "bool"}
_CALLED = {"len": "count", "bool": "exists"}


@dataclass(frozen=True, slots=True)
class Listed:
    """`list(rows)`, and where it is measured: the call itself, or the variable that holds it."""

    call: ast.Call
    rows: ast.expr
    use: Use
    places: tuple[ast.expr, ...]

    def code(self, source: Source) -> str:
        """`rows.count()`, `late.exists()`."""
        first = self.places[0]
        text = source.text_of(self.rows if first is self.call else first)
        return f"{text}.{_CALLED[self.use]}()"

    def replacements(self, source: Source) -> list[Replacement]:
        """The queryset in place of the list, and the question in place of its answer from there."""
        [place] = self.places
        whole = source.parents[place]
        measured = whole if isinstance(whole, ast.Call) else place
        asked = _alone(self.code(source))
        found = [Replacement(source.start(measured), source.end(measured), asked)]
        if place is not self.call:
            rows = _alone(source.text_of(self.rows))
            found.insert(0, Replacement(source.start(self.call), source.end(self.call), rows))
        return found


def find_listed(source: Source, frame: Frame) -> Listed | None:
    """The list that was made at a frame, if its rows can't be read; None where they may be."""
    call = node_at(source, frame)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "list":
        return None
    if len(call.args) != 1 or call.keywords or not _is_own(source, call.args[0]):
        return None
    use = _ASKED.get(use_of(source, call))
    if use is not None:
        return Listed(call, call.args[0], use, (call,))
    statement = source.parents.get(call)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return None
    variable = variable_of(source, statement.targets[0])
    if variable is None or variable.values != (call,) or not variable.loads:
        return None
    uses = [_ASKED.get(use_of(source, load)) for load in variable.loads]
    if None in uses:
        return None
    return Listed(call, call.args[0], "len" if "len" in uses else "bool", variable.loads)


def _is_own(source: Source, rows: ast.expr) -> bool:
    """Whether nobody else holds the queryset, which keeps the rows too."""
    if is_fresh(rows):
        return True
    variable = variable_of(source, rows)
    if variable is None or not all(map(is_fresh, variable.values)):
        return False
    others = [load for load in variable.loads if load is not rows]
    return all(use_of(source, load) in ASKING_METHODS - FROM_CACHE for load in others)


def is_plainly_measured(source: Source, listed: Listed) -> bool:
    """Whether the list is measured once, in a way that an edit can follow."""
    if len(listed.places) != 1:
        return False
    place = listed.places[0]
    parent = source.parents.get(place)
    is_call = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name)
    nodes: Sequence[ast.AST] = (
        (listed.call, parent) if is_call and parent is not None else (listed.call, place)
    )
    if not all(source.holds(node) for node in nodes if isinstance(node, ast.expr)):
        return False
    texts = [source.text_of(node) for node in nodes if isinstance(node, ast.expr)]
    return (is_call or is_truth(source, place)) and not any("#" in text for text in texts)


def _alone(text: str) -> str:
    """A chain over several lines, in brackets."""
    return f"({text})" if "\n" in text else text
