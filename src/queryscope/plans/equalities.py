"""What the conditions of a plan compare with one value, and never otherwise.

Read by signs, not by grammar: a run has thousands of conditions, and the parser takes a millisecond for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from queryscope.model import Plan
from queryscope.plans.conditions import MAX_TEXT, outer, split_and, unwrapped
from queryscope.plans.metrics import walk
from queryscope.plans.redact import VALUE, redact

_NAME = r'(?:"(?:[^"]|"")*"|[^\W\d][\w$]*)'
_CAST = r'::(?:"[^"]*"|[^\W\d][\w.]*(?: varying| precision)?)(?:\(\d+(?:,\d+)?\))?(?:\[\])*'
_CAST += r"(?: with(?:out)? time zone)?"
_PATH = rf"(?:(?P<table>{_NAME})\.)?(?P<column>{_NAME})"
_OPERAND = re.compile(rf"\(*{_PATH}(?:\)|{_CAST})*")
_NO_NAMES = re.compile(rf"'(?:[^']|'')*'|{_CAST}")
_COLUMN = re.compile(rf"{_PATH}(?![\w$\".]|\()")
_SIGNS = re.compile(r'[\s"()…]')
_EQUALS = " = "


class _Sorted:
    """What the conditions of a table's scans compare, by how they do."""

    def __init__(self) -> None:
        self.equal: set[str] = set()
        self.others: set[str] = set()
        self.other_texts: list[str] = []

    def add(self, text: str, names: frozenset[str]) -> None:
        """One condition that stands by itself under AND."""
        places = list(outer(text, _EQUALS))
        sides = (text[: places[0]], text[places[0] + len(_EQUALS) :]) if len(places) == 1 else (text, "")
        own = [frozenset(_columns(side, names)) for side in sides]
        is_list = sides[1].startswith(("ANY ", "ALL "))
        if not places or is_list or (own[0] and own[1]):
            self.others |= own[0] | own[1]
            self.other_texts.append(_signless(text, names))
            return
        side = (sides[0] if own[0] else sides[1]).strip()
        if len(own[0] | own[1]) == 1 and _OPERAND.fullmatch(side):
            self.equal |= own[0] | own[1]
            return
        self.others |= own[0] | own[1]
        self.equal.add(expression_operand(side, names))


def equal_operands(plan: Plan, relation: str) -> frozenset[str]:
    """Columns and expressions that may stand in any order in an index: all that compares them is `=`.

    An expression is told as `expression_operand` spells it.
    """
    found = _Sorted()
    for node in walk(plan.root):
        if node.relation_name != relation:
            continue
        names = frozenset({"", node.alias or relation})
        for text in (node.filter, node.index_cond, node.recheck_cond):
            if 0 < len(text) <= MAX_TEXT:
                for part in split_and(text):
                    found.add(unwrapped(part), names)
    kept = found.equal - found.others - {""}
    return frozenset(
        each for each in kept if not (each.startswith("(") and _is_within(each, found.other_texts))
    )


def shared_conditions(plan: Plan, relation: str) -> frozenset[str]:
    """What every scan of a table tests by itself under AND, in one spelling."""
    scans: list[set[str]] = []
    for node in walk(plan.root):
        if node.relation_name == relation:
            names = frozenset({"", node.alias or relation})
            texts = [text for text in (node.filter, node.index_cond, node.recheck_cond) if text]
            parts = (part for text in texts if len(text) <= MAX_TEXT for part in split_and(text))
            scans.append({_signless(unwrapped(part), names) for part in parts if VALUE not in part})
    return frozenset(set.intersection(*scans)) if scans else frozenset()


def conditions_in(predicate: str) -> frozenset[str] | None:
    """The conditions of a partial index in the same spelling; None where values are in them."""
    if redact(predicate) != predicate:
        return None
    return frozenset(_signless(unwrapped(part), frozenset({""})) for part in split_and(predicate))


def expression_operand(text: str, names: frozenset[str] = frozenset({""})) -> str:
    """`upper((o.email)::text)`, and `UPPER("email")` of an index, as `(upperemail)`.

    With a value in it nobody knows whether it is the same expression: "".
    """
    return "" if VALUE in text or "'" in text else f"({_signless(text, names)})"


def _signless(text: str, names: frozenset[str]) -> str:
    """Names and operators alone, without tables, types and values."""
    bare = _COLUMN.sub(
        lambda found: _plain(found["column"]) if _plain(found["table"]) in names else found.group(),
        _NO_NAMES.sub("", text),
    )
    return _SIGNS.sub("", bare).lower()


def _is_within(operand: str, texts: list[str]) -> bool:
    return any(operand[1:-1] in text for text in texts)


def _columns(text: str, names: frozenset[str]) -> Iterator[str]:
    """The table's columns that a text names; where no tables are written, keywords are among them."""
    for match in _COLUMN.finditer(_NO_NAMES.sub("", text)):
        if _plain(match["table"]) in names:
            yield _plain(match["column"])


def _plain(name: str | None) -> str:
    """As the catalog has it."""
    if name is None:
        return ""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
