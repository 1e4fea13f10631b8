"""A lookup of a date as a range of the timestamp: `created__date=day` asks no index of `created`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import find_built
from queryscope.fixes.imports import Imports
from queryscope.fixes.index_code import django_index
from queryscope.fixes.root import Target
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Evidence, Fix, IndexAdvice, Model, QuerySetSite

TITLE = "Compare the column itself, with a half-open range"
_LOOKUP = re.compile(r"^(?P<path>\w+?)__date(?:__(?P<way>gte|gt|lte|lt))?$")
_METHODS = frozenset({"filter", "get", "aget"})  # below exclude() and in a Q two keywords mean something else
# (lookup, whether it is the midnight after that day) of `__date`, `__date__gte` …
_BOUNDS = {
    None: (("gte", False), ("lt", True)),
    "gte": (("gte", False),),
    "gt": (("gte", True),),
    "lt": (("lt", False),),
    "lte": (("lt", True),),
}
_SIMPLE = ast.Assign | ast.AnnAssign | ast.Return | ast.Expr | ast.AugAssign
_DEFERRED = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.IfExp | ast.BoolOp


@dataclass(frozen=True, slots=True)
class _Names:
    """How the file says what the edit needs."""

    datetime: str
    timedelta: str
    timezone: str  # "" without time zones

    def midnight(self, day: str, *, is_next: bool) -> str:
        at = f"{day} + {self.timedelta}(days=1)" if is_next else day
        text = f"{self.datetime}.combine({at}, {self.datetime}.min.time())"
        return f"{self.timezone}.make_aware({text})" if self.timezone else text


def date_range_fix(
    site: QuerySetSite,
    model: Model,
    source: Source | None,
    *,
    columns: tuple[str, ...],
    is_aware: bool,
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
            code=_said(model, columns, is_aware=is_aware),
            caveat=f"No diff: {refused} {caveat}".strip(),
            evidence=evidence,
        )
    assert source is not None
    return Fix(
        kinds=("range",),
        title=TITLE,
        code="\n".join(each.text.strip(" \r\n") for each in edits if "combine(" in each.text),
        diff=source.diff(edits),
        edits=source.edits(edits),
        caveat=caveat,
        evidence=evidence,
    )


def _said(model: Model, columns: tuple[str, ...], *, is_aware: bool) -> str:
    names = _Names("datetime", "timedelta", "timezone" if is_aware else "")
    field = next((each.name for each in model.fields if each.column in columns), columns[0])
    bounds = (f"{field}__{way}={names.midnight('day', is_next=late)}" for way, late in _BOUNDS[None])
    return f".filter({', '.join(bounds)})"


def _edits(
    site: QuerySetSite, model: Model, source: Source | None, columns: tuple[str, ...], *, is_aware: bool
) -> list[Replacement]:
    built = find_built(source, site, Target(model=model))
    assert source is not None
    fields = {each.name for each in model.fields if each.column in columns and each.type == "DateTimeField"}
    found = [
        (link.call, keyword, match)
        for link in built.links
        if link.name in _METHODS
        for keyword in link.call.keywords
        if (match := _LOOKUP.match(keyword.arg or "")) is not None
    ]
    if not found or any(match["path"].rpartition("__")[2] not in fields for _, _, match in found):
        raise EditRefusedError("no filter() at that line says which date is meant.")
    imports = Imports(source)
    names = _names(source, imports, is_aware=is_aware)
    edits: list[Replacement] = []
    for call, keyword, match in found:
        bounds = [(f"{match['path']}__{way}", is_next) for way, is_next in _BOUNDS[match["way"]]]
        if {name for name, _ in bounds} & {each.arg for each in call.keywords}:
            raise EditRefusedError(f"{match['path']} is compared beside it.")
        day, before = _day(source, keyword, built.scope)
        edits += before
        text = ", ".join(f"{name}={names.midnight(day, is_next=is_next)}" for name, is_next in bounds)
        start = source.offset(keyword.lineno, keyword.col_offset)
        edits.append(Replacement(start, source.end(keyword.value), text))
    edits += imports.replacements()
    if len({edit.start for edit in edits}) < len(edits):
        raise EditRefusedError("several dates are made at one place.")
    return edits


def _names(source: Source, imports: Imports, *, is_aware: bool) -> _Names:
    """`import datetime` or `from datetime import datetime`: as the file has it."""
    whole = next(
        (
            alias.asname or alias.name
            for node in source.tree.body
            if isinstance(node, ast.Import)
            for alias in node.names
            if alias.name == "datetime"
        ),
        "",
    )
    timezone = imports.of_django("timezone", "django.utils") if is_aware else ""
    if whole:
        return _Names(f"{whole}.datetime", f"{whole}.timedelta", timezone)
    return _Names(
        imports.of_django("datetime", "datetime"), imports.of_django("timedelta", "datetime"), timezone
    )


def _day(source: Source, keyword: ast.keyword, scope: ast.AST) -> tuple[str, list[Replacement]]:
    """Code of the day that may stand twice, and what has to be said before it."""
    value = keyword.value
    if isinstance(value, ast.Name) and _is_date_name(value.id, scope):
        return value.id, []
    if not _is_date(value):
        raise EditRefusedError("whether the day is a date, and not a text, the source doesn't tell.")
    statement: ast.AST = value
    while not isinstance(statement, ast.stmt):
        statement = source.parents[statement]
        if isinstance(statement, _DEFERRED):
            raise EditRefusedError("the day is worked out within a part of the statement.")
    is_plain = isinstance(statement, _SIMPLE) and source.starts_line(statement)
    name = next((each for each in ("day", "on_day", "wanted_day") if each not in source.names), "")
    if not is_plain or not name or not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        raise EditRefusedError("there is no line before it on which the day could get a name.")
    at = source.start(statement)
    line = f"{name} = {source.text_of(value)}{source.newline}{source.indent_of(statement.lineno)}"
    return name, [Replacement(at, at, line)]


def _is_date(node: ast.expr | None) -> bool:
    """`date(…)`, `date.today()`, `timezone.localdate()`, `….date()`."""
    if not isinstance(node, ast.Call):
        return False
    function = ast.unparse(node.func)
    if function in ("date", "datetime.date"):
        return True
    last = function.rpartition(".")[2]
    if last == "date":
        return not node.args and not node.keywords
    return last == "localdate" or function in ("date.today", "datetime.date.today")


def _is_date_name(name: str, scope: ast.AST) -> bool:
    """Whether every value that the function gives a name is a date."""
    values = list(_values(name, scope))
    return bool(values) and all(values)


def _values(name: str, scope: ast.AST) -> Iterator[bool]:
    for node in ast.walk(scope):
        if isinstance(node, ast.arg) and node.arg == name:
            annotation = ast.unparse(node.annotation) if node.annotation is not None else ""
            yield annotation.strip("'\"") in ("date", "datetime.date")
        elif isinstance(node, ast.Assign) and any(_is_named(each, name) for each in node.targets):
            yield len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) and _is_date(node.value)
        elif isinstance(node, ast.AnnAssign) and _is_named(node.target, name):
            yield _is_date(node.value)
        elif isinstance(node, ast.AugAssign | ast.NamedExpr | ast.For | ast.AsyncFor | ast.comprehension):
            if _is_named(node.target, name):
                yield False
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            if _is_named(node.optional_vars, name):
                yield False
        elif isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
            yield False


def _is_named(target: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))
