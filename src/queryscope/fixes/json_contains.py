"""A lookup of a key of a JSON field as `__contains`, which a GIN index of the field serves."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import find_built
from queryscope.fixes.date_conditions import asking_calls
from queryscope.fixes.held import holds
from queryscope.fixes.root import Target
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Evidence, Fix, Model, QuerySetSite

TITLE = "Ask whether the document contains it: the GIN index serves that"
_SCALARS = frozenset({"str", "int", "float", "bool"})
# What stands behind a field or a key and is none.
_LOOKUPS = frozenset({
    "contained_by", "contains", "endswith", "exact", "gt", "gte", "has_any_keys", "has_key", "has_keys",
    "icontains", "iendswith", "iexact", "in", "iregex", "isnull", "istartswith", "lt", "lte", "range",
    "regex", "startswith",
})  # fmt: skip
_CAVEAT = (
    "The same rows for a text, a number or a boolean: an object or a list would be found within larger ones."
)


def json_contains_fix(
    site: QuerySetSite,
    model: Model,
    source: Source | None,
    *,
    columns: tuple[str, ...],
    evidence: Evidence,
) -> Fix:
    """The containment, with an edit where the source tells that the value is a scalar.

    Args:
        site: where the queryset is built.
        model: of the queryset.
        source: the file of that place.
        columns: of the JSON fields.
        evidence: what the rewritten statement gained.
    """
    field = next((each.name for each in model.fields if each.column in columns), columns[0])
    said = f'.filter({field}__contains={{"key": value}})'
    try:
        edits = _edits(site, model, source, columns)
    except EditRefusedError as refused:
        caveat = f"No diff: {refused} {_CAVEAT}"
        return Fix(kinds=("containment",), title=TITLE, code=said, caveat=caveat, evidence=evidence)
    assert source is not None
    return Fix(
        kinds=("containment",),
        title=TITLE,
        code=", ".join(each.text for each in edits),
        diff=source.diff(edits),
        edits=source.edits(edits),
        evidence=evidence,
    )


def _edits(
    site: QuerySetSite, model: Model, source: Source | None, columns: tuple[str, ...]
) -> list[Replacement]:
    built = find_built(source, site, Target(model=model))
    assert source is not None
    fields = {each.name for each in model.fields if each.column in columns and each.type == "JSONField"}
    edits = []
    for asking in asking_calls(built):
        names = [each.arg or "" for each in asking.call.keywords]
        for field in sorted(fields):
            found = [each for each in asking.call.keywords if _keys(each, field)]
            if not found or asking.is_negated:
                continue
            if f"{field}__contains" in names or len(found) < sum(
                each.startswith(f"{field}__") for each in names
            ):
                raise EditRefusedError(f"{field} is asked for beside it.")
            if any(key.lstrip("-").isdigit() for each in found for key in _keys(each, field)):
                raise EditRefusedError("a key of digits may be a place in a list.")
            if not all(_is_scalar(each.value, built.scope) for each in found):
                raise EditRefusedError("whether the value is a scalar, the source doesn't tell.")
            edits.append(_edit(source, asking.call, field, found))
    if not edits:
        raise EditRefusedError("no filter() at that line says which key is meant.")
    return edits


def _keys(keyword: ast.keyword, field: str) -> list[str]:
    """The keys that `data__a__b=…` leads through; none of another lookup."""
    name, *keys = (keyword.arg or "").split("__")
    return keys if name == field and keys and keys[-1] not in _LOOKUPS else []


def _edit(source: Source, call: ast.Call, field: str, found: list[ast.keyword]) -> Replacement:
    """One document of the values of several keys."""
    paths = [_keys(each, field) for each in found]
    at = [call.keywords.index(each) for each in found]
    if len({path[0] for path in paths}) < len(paths) or at != list(range(at[0], at[0] + len(at))):
        raise EditRefusedError(f"{field} is asked for beside it.")
    parts = [_written(source, keyword, path) for keyword, path in zip(found, paths, strict=True)]
    start = source.offset(found[0].lineno, found[0].col_offset)
    end = source.end(found[-1].value)
    if "#" in source.text[start:end] and len(found) > 1:
        raise EditRefusedError(f"a comment stands between the keys of {field}.")
    return Replacement(start, end, f"{field}__contains={{{', '.join(parts)}}}")


def _written(source: Source, keyword: ast.keyword, path: list[str]) -> str:
    text, mark = source.text_of(keyword.value), source.quote
    for key in reversed(path[1:]):
        text = f"{{{mark}{key}{mark}: {text}}}"
    return f"{mark}{path[0]}{mark}: {text}"


def _is_scalar(node: ast.expr | None, scope: ast.AST, known: frozenset[str] = frozenset()) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | int | float)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _SCALARS
    if isinstance(node, ast.Name) and node.id not in known:
        more = known | {node.id}
        return holds(node.id, scope, lambda value: _is_scalar(value, scope, more), _SCALARS)
    return isinstance(node, ast.JoinedStr)
