"""A lookup of a key of a JSON field as `__contains`, which a GIN index of the field serves."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import find_built
from queryscope.fixes.root import Target
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Evidence, Fix, Model, QuerySetSite

TITLE = "Ask whether the document contains it: the GIN index serves that"
_METHODS = frozenset({"filter", "get", "aget"})  # exclude() treats missing keys in another way
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
    for link in built.links:
        names = [each.arg or "" for each in link.call.keywords]
        for keyword in link.call.keywords if link.name in _METHODS else ():
            field, *keys = (keyword.arg or "").split("__")
            if field not in fields or not keys or keys[-1] in _LOOKUPS:
                continue
            if f"{field}__contains" in names or sum(name.startswith(f"{field}__") for name in names) > 1:
                raise EditRefusedError(f"{field} is asked for beside it.")
            if not _is_scalar(keyword.value):
                raise EditRefusedError("whether the value is a scalar, the source doesn't tell.")
            edits.append(_edit(source, keyword, field, keys))
    if not edits:
        raise EditRefusedError("no filter() at that line says which key is meant.")
    return edits


def _edit(source: Source, keyword: ast.keyword, field: str, keys: list[str]) -> Replacement:
    text, mark = source.text_of(keyword.value), source.quote
    for key in reversed(keys):
        text = f"{{{mark}{key}{mark}: {text}}}"
    start = source.offset(keyword.lineno, keyword.col_offset)
    return Replacement(start, source.end(keyword.value), f"{field}__contains={text}")


def _is_scalar(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | int | float)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _SCALARS
    return isinstance(node, ast.JoinedStr)
