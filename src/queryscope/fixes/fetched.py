"""Related rows, the first of them, or columns of them: fetched with the rows."""

from __future__ import annotations

import ast
from dataclasses import replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import Link
from queryscope.fixes.loops import names_read
from queryscope.fixes.naming import free_name
from queryscope.fixes.question import Addition, Question
from queryscope.fixes.used import is_read_at_once, used_attribute
from queryscope.model import Model

FIRST = frozenset({"first", "last", "latest", "earliest", "afirst", "alast", "alatest", "aearliest"})
_ROWS = frozenset({"defer", "exclude", "filter", "only", "order_by", "prefetch_related", "select_related"})
_DATES = ("DateField", "DateTimeField")


def is_first(question: Question) -> bool:
    """Whether it is `[0]`."""
    index = question.asked.subscript
    return isinstance(index, ast.Constant) and index.value == 0


def first(question: Question) -> Addition:
    """The first related row: its only column by a subquery, itself by a prefetch of one."""
    last = question.links[-1] if question.links and question.links[-1].name in FIRST else None
    links = question.links[:-1] if last is not None else question.links
    before = [link for link in links if link.name != "order_by"]
    if any(link.name not in _ROWS for link in before):
        raise EditRefusedError("What is asked first is not told by columns.")
    order = _ordering(last, [link for link in links if link.name == "order_by"], question.way.target)
    name = f"{_which(order, question.way.target)}_{question.one}"
    keys = ", ".join(f'"{key}"' for key in order)
    used = used_attribute(question.asked, question.way.target)
    if used is not None:
        attribute, replaced = used
        full = question.name(f"{name}_{attribute}")
        code = f'Subquery({question.inner(before)}.order_by({keys}).values("{attribute}")[:1])'
        more = tuple((node, text.replace("…", f"{question.row}.{full}")) for node, text in replaced)
        return replace(question.annotation(full, code, access="", imports=("Subquery",)), more=more)
    rows = f"{question.way.manager}{''.join(question.said(link) for link in before)}.order_by({keys})[:1]"
    to_attr = free_name(f"{name}_rows", question.around.taken)
    found = f"{question.owner}.{to_attr}"
    if last is None:
        return _prefetch(question, rows, to_attr, f"{found}[0]", before)
    if last.name in ("first", "last", "afirst", "alast"):
        return _prefetch(question, rows, to_attr, f"next(iter({found}), None)", before)
    made = _prefetch(question, rows, to_attr, "", before)
    return replace(
        made, reason=f"{last.name}() raises DoesNotExist where there is none: {found} is empty then."
    )


def _prefetch(question: Question, rows: str, to_attr: str, access: str, links: list[Link]) -> Addition:
    moved = [p for link in links for p in (*link.call.args, *(k.value for k in link.call.keywords))]
    if any(names_read(part) & names_read(question.owner_node) for part in moved):
        raise EditRefusedError("The condition differs from row to row: no prefetch can have it.")
    path = "__".join((*question.way.hops, question.way.relation.name))
    return Addition(
        "prefetch_related",
        f'Prefetch("{path}", queryset={rows}, to_attr="{to_attr}")',
        ("Prefetch",),
        (question.way.target.name,),
        access,
        "" if access else "What becomes of the rows can't be told from here.",
    )


def rows(question: Question) -> Addition:
    """The related rows, filtered, sorted or cut: under a name of their own."""
    cut = question.asked.subscript
    if any(link.name not in _ROWS for link in question.links):
        raise EditRefusedError(f"{question.links[-1].name}() is asked of the related rows.")
    if not question.links and cut is None:
        raise EditRefusedError("What is done with the rows before they are loaded is not seen here.")
    rows = question.way.manager + "".join(question.said(link) for link in question.links)
    if cut is not None:
        rows = f"{rows if question.links else rows + '.all()'}[{question.asked.source.text_of(cut)}]"
    adjective = question.adjective() or ("first_" if cut is not None else "sorted_")
    to_attr = free_name(f"{adjective}{question.many}", question.around.taken)
    access = f"{question.owner}.{to_attr}" if is_read_at_once(question.asked) else ""
    return _prefetch(question, rows, to_attr, access, question.links)


def values(question: Question) -> Addition:
    """Columns of the related rows, read from a prefetch."""
    last, before = question.links[-1], question.links[:-1]
    names = [_column(each, question.way.target) for each in last.call.args]
    if not names or any(link.name not in _ROWS for link in before) or question.asked.subscript is not None:
        raise EditRefusedError("More than columns are asked for.")
    item = question.one if question.one not in question.owner.split(".") else f"each_{question.one}"
    parts = [f"{item}.{name}" for name, _ in names]
    shown = f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    if any(each.arg == "flat" for each in last.call.keywords):
        shown = parts[0]
    elif last.name == "values":
        shown = (
            "{" + ", ".join(f'"{name}": {part}' for (_, name), part in zip(names, parts, strict=True)) + "}"
        )
    if not before:
        path = "__".join((*question.way.hops, question.way.relation.name))
        access = f"[{shown} for {item} in {question.owner}.{question.way.relation.name}.all()]"
        return Addition("prefetch_related", f'"{path}"', access=access)
    rows = question.way.manager + "".join(question.said(link) for link in before)
    to_attr = free_name(f"{question.adjective() or 'sorted_'}{question.many}", question.around.taken)
    access = f"[{shown} for {item} in {question.owner}.{to_attr}]"
    return _prefetch(question, rows, to_attr, access, before)


def _column(node: ast.expr, target: Model) -> tuple[str, str]:
    """The attribute that holds a column, and the name by which it was asked for."""
    name = node.value if isinstance(node, ast.Constant) else None
    if not isinstance(name, str):
        raise EditRefusedError("The values are not told by their names.")
    field = target.field(name.removesuffix("_id") if target.field(name) is None else name)
    if name != "pk" and field is None:
        raise EditRefusedError(f"{name} is no column of the related rows.")
    return (f"{name}_id" if field is not None and field.target and name == field.name else name), name


def _ordering(last: Link | None, ordered: list[Link], target: Model) -> list[str]:
    """The columns by which the first of the rows is the one that is asked for."""
    method = last.name if last is not None else ""
    source = last if method.endswith(("latest", "earliest")) else ordered[-1] if ordered else None
    arguments = source.call.args if source is not None else []
    keys = [
        each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    if len(keys) < len(arguments):
        raise EditRefusedError("The order is not told by columns.")
    keys = keys or list(target.ordering) or ["pk"]
    if any("(" in key or key == "?" for key in keys):
        raise EditRefusedError("The order is not told by columns.")
    if method.endswith(("last", "latest")):
        return [key[1:] if key.startswith("-") else f"-{key}" for key in keys]
    return keys


def _which(order: list[str], target: Model) -> str:
    column = target.field(order[0].lstrip("-"))
    if column is not None and column.type in _DATES:
        return "latest" if order[0].startswith("-") else "earliest"
    return "first"
