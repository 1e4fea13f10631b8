"""Rows that are prefetched into a list: its name, the queryset that fills it, and the line that reads it."""

from __future__ import annotations

import ast
import re

from queryscope.errors import EditRefusedError
from queryscope.fixes.arguments import literals
from queryscope.fixes.naming import free_name, snake, word
from queryscope.fixes.reread import Read, Step, step_text, takes_any_list
from queryscope.fixes.source import Replacement
from queryscope.model import AccessKind, Model, ModelRelation

# What neither chooses nor sorts rows, but loads more or less with them.
_LOADING = frozenset({"defer", "only", "select_related"})
_RAISING = {
    "get": "get() raises where there is none, or several: say what should happen then.",
    "latest": "latest() raises where there is none: say what should happen then.",
    "earliest": "earliest() raises where there is none: say what should happen then.",
}


def takes_slices(relation: ModelRelation | None) -> bool:
    """Whether a prefetch may cut rows off: that of a GenericRelation raises TypeError (Django 5.2 to 6.1)."""
    return relation is None or relation.kind != AccessKind.GENERIC_RELATION


def check_slices(read: Read, relation: ModelRelation | None) -> None:
    """Accept rows that a prefetch can give.

    Raises:
        EditRefusedError: it can't cut them.
    """
    if not takes_slices(relation) and any(step.name == "[" for step in read.steps):
        raise EditRefusedError("The prefetch of a GenericRelation takes no slice: cut the prefetched list.")


def only_loads(read: Read) -> bool:
    """Whether a read wants the rows that are prefetched, only loaded in another way."""
    return bool(read.steps) and not read.end and all(step.name in _LOADING for step in read.steps)


def attribute_for(accessor: str, read: Read | None, taken: set[str]) -> str:
    """A name for the list, after what chooses its rows: `paid_orders`. It counts as taken from now on."""
    name = free_name(_name(accessor, read), taken)
    taken.add(name)
    return name


def _name(accessor: str, read: Read | None) -> str:
    if read is None:
        return f"chosen_{accessor}"
    choosing = [step for step in read.steps if step.name not in ("[", "select_related", "prefetch_related")]
    orders = [step for step in choosing if step.name == "order_by"]
    choosing = [step for step in choosing if step.name != "order_by"]
    if not choosing:
        key = _sort_key(orders[0]) if orders else ""
        return f"{accessor}_by_{key}" if key else f"chosen_{accessor}"
    if len(choosing) > 1:
        return f"chosen_{accessor}"
    call = choosing[0].node
    assert isinstance(call, ast.Call)
    if choosing[0].name == "filter":
        return _filtered(accessor, call)
    if choosing[0].name in ("exclude", "annotate", "alias", "only", "defer", "distinct", "reverse", "extra"):
        return f"{'other' if choosing[0].name == 'exclude' else 'chosen'}_{accessor}"
    return f"{choosing[0].name}_{accessor}"


def _sort_key(step: Step) -> str:
    first = step.node.args[0] if isinstance(step.node, ast.Call) and step.node.args else None
    text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    return word(text.lstrip("-").rpartition("__")[2])


def _filtered(accessor: str, call: ast.Call) -> str:
    """`paid_orders` of `filter(status="paid")`, `votes_with_value_1` of `filter(value=1)`."""
    if len(call.keywords) != 1 or call.args or call.keywords[0].arg is None:
        return f"chosen_{accessor}"
    key, value = call.keywords[0].arg, call.keywords[0].value
    constant = value.value if isinstance(value, ast.Constant) else None
    if isinstance(constant, bool) and not key.endswith("__isnull"):
        told = re.sub(r"^(is|has)_", "", key).replace("__", "_")
        return f"{told}_{accessor}" if constant else f"not_{told}_{accessor}"
    if isinstance(constant, str) and word(constant) and "__" not in key:
        return f"{word(constant)}_{accessor}"
    plain = key.replace("__", "_")
    if isinstance(constant, int) and not isinstance(constant, bool) and constant >= 0:
        return f"{accessor}_with_{plain}_{constant}"
    return f"{accessor}_by_{plain}"


def queryset_text(read: Read, model: Model, relation: ModelRelation | None) -> str:
    """The calls that make a queryset give what is read: `.filter(stars=5)[:1]`."""
    text = _every_row(read, model)
    return _cut(text, read) if takes_slices(relation) else text


def _cut(text: str, read: Read) -> str:
    """The same for as many rows as are read."""
    at = 0 if _method(read) in ("first", "last", "latest", "earliest") else None
    at = _index(read) if _method(read) == "[" else at
    is_cut = any(step.name == "[" for step in read.steps)
    return text if at is None or is_cut else f"{text}[:{at + 1}]"


def _method(read: Read) -> str:
    return read.ending.removeprefix("a") if read.ending.startswith("a") else read.ending


def _every_row(read: Read, model: Model) -> str:
    text = read.text()
    ending = _method(read)
    sorts = any(step.name == "order_by" for step in read.steps) or bool(model.ordering)
    if any(step.name == "[" for step in read.steps):
        return text
    if ending == "first":
        return text + ("" if sorts else '.order_by("pk")')
    if ending == "last":
        return text + (".reverse()" if sorts else '.order_by("-pk")')
    if ending in ("latest", "earliest"):
        return text + _order_of(read, ending)
    if ending == "get" and read.end is not None:
        arguments = step_text(read.source, read.end).removeprefix(f".{read.ending}")
        return text + ("" if arguments == "()" else f".filter{arguments}")
    return text


def _order_of(read: Read, ending: str) -> str:
    assert read.end is not None
    node = read.end.node
    keys = literals(node.args) if isinstance(node, ast.Call) else []
    if not keys:
        return ".reverse()" if ending == "latest" else ""
    signed = [key if ending == "earliest" else key[1:] if key.startswith("-") else f"-{key}" for key in keys]
    return f".order_by({', '.join(chr(34) + key + chr(34) for key in signed)})"


def _index(read: Read) -> int | None:
    assert read.end is not None
    at = read.end.node.slice if isinstance(read.end.node, ast.Subscript) else None
    value = at.value if isinstance(at, ast.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def replaced(read: Read, model: Model, attribute: str) -> str:
    """What stands in place of the read: `len(book.paid_orders)`.

    Raises:
        EditRefusedError: a list can't do it, or might not do it in the same way.
    """
    if not attribute:
        return f"{read.source.text_of(read.manager)}.all()"
    rows = f"{read.source.text_of(read.manager.value)}.{attribute}"
    ending = read.ending
    if ending == "first" or ending == "last":
        if any(step.name == "[" for step in read.steps):
            raise EditRefusedError(f"{ending}() of a slice: read the prefetched list by hand.")
        return f"next(iter({rows}), None)"
    if ending == "count":
        return f"len({rows})"
    if ending == "exists":
        is_asked = takes_any_list(read.source, read.node) and not isinstance(
            read.source.parents.get(read.node), ast.Call | ast.BoolOp | ast.Assign
        )
        return rows if is_asked else f"bool({rows})"
    if ending == "[" and _index(read) is not None:
        return f"{rows}[{_index(read)}]"
    if ending in _RAISING:
        raise EditRefusedError(_RAISING[ending])
    if ending not in ("", "iterator", "values", "values_list"):
        raise EditRefusedError(f"{ending}() needs a queryset: read the prefetched list by hand.")
    if not takes_any_list(read.source, read.node):
        raise EditRefusedError("What reads the rows may need a queryset, not a list.")
    return rows if ending in ("", "iterator") else row_values(read, model, rows)


def replacement(read: Read, text: str) -> Replacement:
    """The edit that puts a text in place of a read, and of a `list()` around it where the text is one."""
    node: ast.expr = read.node
    around = read.source.parents.get(node)
    is_list = isinstance(around, ast.Call) and getattr(around.func, "id", "") == "list"
    if isinstance(around, ast.Call) and is_list and len(around.args) == 1 and text.startswith("["):
        node = around
    return Replacement(read.source.start(node), read.source.end(node), text)


def row_values(read: Read, model: Model, rows: str) -> str:
    """`[tag.name for tag in product.tags.all()]` in place of `values_list("name", flat=True)`.

    Raises:
        EditRefusedError: the values are none that a row has as they are.
    """
    assert read.end is not None
    call = read.end.node
    assert isinstance(call, ast.Call)
    changing = {step.name for step in read.steps} & {"alias", "annotate", "distinct", "extra"}
    flat = [keyword for keyword in call.keywords if keyword.arg == "flat"]
    names = [_attribute(item, model) for item in call.args]
    if changing or len(flat) < len(call.keywords) or not names or not all(names):
        raise EditRefusedError(f"{read.ending}() gives what the rows don't have as it is: read it by hand.")
    row = snake(model.name)
    values = [f"{row}.{name}" for name in names]
    if read.ending == "values":
        mark = read.source.quote
        keys = literals(call.args)
        each = ", ".join(f"{mark}{key}{mark}: {value}" for key, value in zip(keys, values, strict=True))
        return f"[{{{each}}} for {row} in {rows}]"
    is_flat = flat and isinstance(flat[0].value, ast.Constant) and flat[0].value.value is True
    if is_flat and len(values) == 1:
        return f"[{values[0]} for {row} in {rows}]"
    every = ", ".join(values) + ("," if len(values) == 1 else "")
    return f"[({every}) for {row} in {rows}]"


def _attribute(item: ast.expr, model: Model) -> str:
    name = item.value if isinstance(item, ast.Constant) and isinstance(item.value, str) else ""
    if name == "pk":
        return name
    known = next((field for field in model.fields if name in (field.name, f"{field.name}_id")), None)
    if known is None or (known.target is None and known.name != name):
        return ""
    return f"{known.name}_id" if known.target is not None else known.name
