"""Which columns of a table the conditions of a plan compare with one value, and never otherwise.

Read by signs, not by grammar: a run has thousands of conditions, and the parser takes a millisecond for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from queryscope.model import Plan
from queryscope.plans.conditions import MAX_TEXT, outer, split_and, unwrapped
from queryscope.plans.metrics import walk

_NAME = r'(?:"(?:[^"]|"")*"|[^\W\d][\w$]*)'
_CAST = r'::(?:"[^"]*"|[^\W\d][\w.]*(?: varying| precision)?)(?:\(\d+(?:,\d+)?\))?(?:\[\])*'
_CAST += r"(?: with(?:out)? time zone)?"
_PATH = rf"(?:(?P<table>{_NAME})\.)?(?P<column>{_NAME})"
_OPERAND = re.compile(rf"\(*{_PATH}(?:\)|{_CAST})*")
_NO_NAMES = re.compile(rf"'(?:[^']|'')*'|{_CAST}")
_COLUMN = re.compile(rf"{_PATH}(?![\w$\".]|\()")
_EQUALS = " = "


def equal_columns(plan: Plan, relation: str) -> frozenset[str]:
    """Columns that may stand in any order in an index for this plan: all that compares them is `=`."""
    equal: set[str] = set()
    others: set[str] = set()
    for node in walk(plan.root):
        if node.relation_name != relation:
            continue
        names = frozenset({"", node.alias or relation})
        for text in (node.filter, node.index_cond, node.recheck_cond):
            if not 0 < len(text) <= MAX_TEXT:
                continue
            for part in split_and(text):
                _sort(unwrapped(part), names, equal, others)
    return frozenset(equal - others)


def _sort(text: str, names: frozenset[str], equal: set[str], others: set[str]) -> None:
    """Put each column of one condition where it belongs."""
    places = list(outer(text, _EQUALS))
    sides = (text[: places[0]], text[places[0] + len(_EQUALS) :]) if len(places) == 1 else (text, "")
    own = [frozenset(_columns(side, names)) for side in sides]
    is_list = sides[1].startswith(("ANY ", "ALL "))
    if places and not is_list and len(own[0] | own[1]) == 1 and not (own[0] and own[1]):
        side = sides[0] if own[0] else sides[1]
        if _OPERAND.fullmatch(side.strip()):
            equal |= own[0] | own[1]
            return
    others |= own[0] | own[1]


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
