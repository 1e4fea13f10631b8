"""A lookup of a date as a range of the timestamp: `created__date=day` asks no index of `created`."""

from __future__ import annotations

import ast
import re
from functools import partial

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import find_built
from queryscope.fixes.date_bounds import BOUNDS, Names, ranges, written_midnight
from queryscope.fixes.date_conditions import date_conditions
from queryscope.fixes.imports import Imports
from queryscope.fixes.index_code import django_index
from queryscope.fixes.root import Target
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Evidence, Fix, IndexAdvice, Model, QuerySetSite

TITLE = "Compare the column itself, with a half-open range"
_BOUND = re.compile(r"__(?:gte|lt)=")
_TYPES = frozenset({"DateField", "DateTimeField"})


def date_range_fix(
    site: QuerySetSite,
    model: Model,
    source: Source | None,
    *,
    columns: tuple[str, ...],
    is_aware: bool,
    is_month: bool = False,
    evidence: Evidence,
    index: IndexAdvice | None = None,
) -> Fix:
    """The range, with an edit where the source tells that the day is a date.

    Args:
        site: where the queryset is built.
        model: of the queryset.
        source: the file of that place.
        columns: whose dates the statement compares.
        is_aware: whether Django has time zones on (USE_TZ).
        is_month: whether it compares a month of a year, not days.
        evidence: what the rewritten statement gained.
        index: that was built for it; None where those that are there serve.
    """
    caveat = f"It needs the index {django_index(index)}." if index is not None else ""
    try:
        edits = _edits(site, model, source, columns, is_aware=is_aware)
    except EditRefusedError as refused:
        return Fix(
            kinds=("range",),
            title=TITLE,
            code=_said(model, columns, is_aware=is_aware, is_month=is_month),
            caveat=f"No diff: {refused} {caveat}".strip(),
            evidence=evidence,
        )
    assert source is not None
    return Fix(
        kinds=("range",),
        title=TITLE,
        code="\n".join(each.text.strip(" \r\n") for each in edits if _BOUND.search(each.text)),
        diff=source.diff(edits),
        edits=source.edits(edits),
        caveat=caveat,
        evidence=evidence,
    )


def _said(model: Model, columns: tuple[str, ...], *, is_aware: bool, is_month: bool) -> str:
    midnight = partial(written_midnight, "datetime", "timedelta", "timezone" if is_aware else "")
    field = next((each.name for each in model.fields if each.column in columns), columns[0])
    if is_month:
        start, end = (midnight(day, is_next=False) for day in ("first", "first_of_next"))
        return f".filter({field}__gte={start}, {field}__lt={end})"
    bounds = (f"{field}__{way}={midnight('day', is_next=late)}" for way, late in BOUNDS[""])
    return f".filter({', '.join(bounds)})"


def _edits(
    site: QuerySetSite, model: Model, source: Source | None, columns: tuple[str, ...], *, is_aware: bool
) -> list[Replacement]:
    built = find_built(source, site, Target(model=model))
    assert source is not None
    fields = {each.name: each for each in model.fields if each.column in columns and each.type in _TYPES}
    moments = {name for name, field in fields.items() if field.type == "DateTimeField"}
    found = date_conditions(built, fields)
    if not found:
        raise EditRefusedError("no filter() at that line says which date is meant.")
    imports = Imports(source)
    edits: list[Replacement] = []
    asked: dict[ast.Call, set[str]] = {}
    for each in found:
        names = Names(source, imports, has_time=each.path.rpartition("__")[2] in moments, is_aware=is_aware)
        bounds, before = ranges(source, built.scope, each, names)
        written = [(f"{each.path}__{way}", text) for way, text in bounds]
        known = asked.setdefault(each.call, set(each.others))
        if any(name in known for name, _ in written):
            raise EditRefusedError(f"{each.path} is compared beside it.")
        known |= {name for name, _ in written}
        edits += before
        start = source.offset(each.keywords[0].lineno, each.keywords[0].col_offset)
        end = source.end(each.keywords[-1].value)
        if "#" in source.text[start:end]:
            raise EditRefusedError("a comment stands between the year and the month.")
        edits.append(Replacement(start, end, ", ".join(f"{name}={text}" for name, text in written)))
    edits += imports.replacements()
    if len({edit.start for edit in edits}) < len(edits):
        raise EditRefusedError("several dates are made at one place.")
    return edits
