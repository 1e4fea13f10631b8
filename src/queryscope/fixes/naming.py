"""Names for what a fix adds: singular, plural, and free on the model."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from queryscope.fixes.source import Source
from queryscope.model import Model

_ODD = {
    "children": "child", "cookies": "cookie", "data": "datum", "men": "man", "movies": "movie",
    "news": "news", "people": "person", "series": "series", "women": "woman",
}  # fmt: skip


def singular(accessor: str) -> str:
    """`line` of `lines`, `category` of `categories`, `review` of `review_set`."""
    name = accessor.removesuffix("_set")
    head, _, last = name.rpartition("_")
    front = f"{head}_" if head else ""
    if last in _ODD:
        return front + _ODD[last]
    if name != accessor or not last.endswith("s") or last.endswith(("ss", "us", "is")):
        return name
    if last.endswith("ies") and len(last) > 4:
        return f"{front}{last[:-3]}y"
    if last.endswith(("sses", "shes", "ches", "xes", "zes")):
        return front + last[:-2]
    return front + last[:-1]


def snake(name: str) -> str:
    """`order_line` of `OrderLine`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def plural(name: str) -> str:
    """`product_ids` of `product_id`."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"


def free_name(wanted: str, taken: Collection[str]) -> str:
    """That name, or one like it that nothing else has."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def attributes_of(model: Model, source: Source | None) -> set[str]:
    """Fields, relations, and what the class in its file defines, as do bases in that file."""
    names = {field.name for field in model.fields} | {relation.name for relation in model.relations}
    names |= {f"{field.name}_id" for field in model.fields if field.target}
    if source is not None:
        classes = {node.name: node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)}
        waiting, seen = [model.name], set()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in classes:
                continue
            seen.add(name)
            names |= set(_defined(classes[name]))
            waiting += [getattr(base, "id", getattr(base, "attr", "")) for base in classes[name].bases]
    return names


def _defined(holder: ast.ClassDef) -> list[str]:
    found = []
    for item in holder.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(item.name)
        targets = item.targets if isinstance(item, ast.Assign) else [getattr(item, "target", None)]
        found += [target.id for target in targets if isinstance(target, ast.Name)]
    return found


def word(text: str) -> str:
    """A text as a part of a name, where it is one short word."""
    plain = re.sub(r"\W+", "_", text).strip("_").lower()
    return plain if re.fullmatch(r"[a-z]\w{0,19}", plain) else ""
