"""Keyset pages: `Q(created__lt=t) | Q(created=t, id__lt=n)`, how users of Django compare rows."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.model import IndexKey
from queryscope.rules.index.candidate.scan import RANGES, Scan
from queryscope.rules.index.candidate.term import Term


def is_keyset(scan: Scan, order: Sequence[IndexKey]) -> bool:
    """Whether all that is asked is a place in this order: an OR of its columns, and bounds of the first."""
    columns = {key.column for key in order}
    if not _pages(scan, order):
        return False
    others = [term for term in scan.terms if term.operator != "or"]
    known = len(others) + len(_pages(scan, order))
    return known == len(scan.conditions) and all(term.key.column in columns for term in others)


def missing_bound(scan: Scan, order: Sequence[IndexKey]) -> str:
    """The lookup that lets a page begin at its place in the index, as Django writes it; "" if it is there."""
    pages = _pages(scan, order)
    first = order[0]
    if not pages or any(term.key.column == first.column and term.operator in RANGES for term in scan.terms):
        return ""
    operator = next(
        term.operator
        for arm in pages[0].arms
        for term in arm
        if term.key.column == first.column and term.operator in RANGES
    )
    return f"{first.django}__{'lte' if operator.startswith('<') else 'gte'}"


def _pages(scan: Scan, order: Sequence[IndexKey]) -> list[Term]:
    """ORs in which one arm bounds the first column of the order, and the others hold it equal."""
    return [term for term in scan.terms if term.operator == "or" and _is_page(term, order)]


def _is_page(term: Term, order: Sequence[IndexKey]) -> bool:
    columns = {key.column for key in order}
    own = [{one.key.column: one.operator for one in arm} for arm in term.arms]
    if len(own) < 2 or not all(set(arm) <= columns for arm in own):
        return False
    heads = [arm.get(order[0].column, "") for arm in own]
    return sum(head in RANGES for head in heads) == 1 and heads.count("=") == len(heads) - 1
