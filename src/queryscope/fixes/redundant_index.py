"""An index that another one replaces, taken out of the source: of `Meta.indexes`, or a field's `db_index`."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.cutting import cut_items, with_comma
from queryscope.fixes.meta_indexes import MetaFacts, model_class
from queryscope.fixes.source import Replacement, Source


def without_entry(source: Source, facts: MetaFacts, name: str) -> list[Replacement]:
    """The replacements that take the entry of that name out of `Meta.indexes`; another one stays.

    Raises:
        EditRefusedError: it isn't written there as one entry of a list or tuple, or it is the only one.
    """
    for node in ast.walk(model_class(source, facts)):
        if not isinstance(node, ast.List | ast.Tuple):
            continue
        at = [index for index, each in enumerate(node.elts) if _is_named(each, name)]
        if len(at) != 1 or len(node.elts) < 2:
            continue
        cut = cut_items(source, node.elts, at)
        kept = [each for index, each in enumerate(node.elts) if index not in at]
        return with_comma(source, node, kept, cut) if isinstance(node, ast.Tuple) else cut
    raise EditRefusedError(
        f"{name} isn't an entry of a list in the Meta of {facts.name}: take it out by hand."
    )


def without_db_index(source: Source, facts: MetaFacts, field: str, *, by_default: bool) -> list[Replacement]:
    """The replacements after which a field makes no index of its own.

    Args:
        source: the file that defines the model.
        facts: of the model.
        field: its name.
        by_default: fields of its kind make one unless they are told not to: foreign keys.

    Raises:
        EditRefusedError: the class doesn't define the field by one call.
    """
    calls = [
        node.value
        for node in model_class(source, facts).body
        if isinstance(node, ast.Assign)
        and [ast.unparse(target) for target in node.targets] == [field]
        and isinstance(node.value, ast.Call)
    ]
    if len(calls) != 1 or any(each.arg is None for each in calls[0].keywords):
        raise EditRefusedError(
            f"{facts.name} doesn't define {field} by one call: write db_index=False there."
        )
    [call] = calls
    given = next((each for each in call.keywords if each.arg == "db_index"), None)
    if given is not None:
        start = source.offset(given.lineno, given.col_offset)
        return [Replacement(start, source.end(given.value), "db_index=False")]
    last = max([*call.args, *(each.value for each in call.keywords)], key=source.end, default=None)
    if not by_default or last is None:
        raise EditRefusedError(f"{field} of {facts.name} has no db_index.")
    return [Replacement(source.end(last), source.end(last), ", db_index=False")]


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and any(
        each.arg == "name" and isinstance(each.value, ast.Constant) and each.value.value == name
        for each in node.keywords
    )
