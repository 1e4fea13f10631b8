"""Edits of two fixes at one place, made as one: each adds something, and neither takes anything away."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from textwrap import dedent

from queryscope.fixes.imports import joined_statements, order_of_name
from queryscope.model import Edit

# Calls of which the order among each other is no matter, in the order in which they are written.
_CALLS = ("select_related", "prefetch_related", "annotate")
_FIRST_CALL = re.compile(rf"\.(?:{'|'.join(_CALLS)})\(")
_GIVES_WAY = len(".all()")
_FIRST_LINE, _LAST_LINE = re.compile(r"\r?\n\s*"), re.compile(r",\r?\n\s*\Z")
_ITEMS = re.compile(r"(?P<before>,?\s*)(?P<items>\S.*?)(?P<after>(?:,\s*)?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Calls:
    """`    queryset = Book.objects`, `.select_related("author")`, and the line break behind it."""

    head: str
    arguments: dict[str, list[str]]  # of each call, as they stand in the text
    tail: str

    @property
    def text(self) -> str:
        between = self.tail or (self.head if not self.head.strip("\\ \t\r\n") else "")
        parts = [f".{name}({', '.join(self.arguments[name])})" for name in _CALLS if name in self.arguments]
        return f"{self.head}{between.join(parts)}{self.tail}"


def joined(one: Edit, other: Edit) -> Edit | None:
    """One edit that does what both do; None where they can't be told to stand beside each other.

    Both put calls into one chain (or class) that don't mind each other, names into one list, import
    statements at one place, or what has a name of its own.
    """
    first, second = sorted((one, other), key=lambda each: each.start)
    if continues(first, second):
        return replace(first, text=_continued(first.text, second.text))
    if (one.path, one.start, one.end, one.source_sha256) != (
        other.path,
        other.start,
        other.end,
        other.source_sha256,
    ):
        return None
    text = None
    if one.end == one.start:
        joins = (_joined_calls, joined_statements, _joined_items, _joined_names)
        text = next(filter(None, (join(one.text, other.text) for join in joins)), None)
    elif one.end - one.start == _GIVES_WAY and one.text.startswith(".") and other.text.startswith("."):
        text = _joined_calls(one.text, other.text)
    return replace(one, text=text) if text is not None else None


def continues(one: Edit, other: Edit) -> bool:
    """Whether an edit adds items right behind others that one wrote on lines of their own."""
    is_behind = one.path == other.path and one.start < one.end == other.start == other.end
    return is_behind and other.text.startswith(",") and _LAST_LINE.search(one.text) is not None


def _continued(text: str, more: str) -> str:
    end = _LAST_LINE.search(text)
    first = _FIRST_LINE.match(text)
    assert end is not None
    between = f",{first.group()}" if first is not None else ", "
    return f"{text[: end.start()]}{between}{more[1:].lstrip()}{end.group()}"


def _joined_calls(one: str, other: str) -> str | None:
    first, second = _calls_of(one), _calls_of(other)
    if first is None or second is None or (first.head, first.tail) != (second.head, second.tail):
        return None
    both = first.arguments.keys() & second.arguments.keys()
    # Two joins of one query would multiply each other's rows.
    if "annotate" in both and first.arguments["annotate"] != second.arguments["annotate"]:
        return None
    if "prefetch_related" in both and not _stand_apart(first, second):
        return None
    names = {**first.arguments, **second.arguments}
    for name in both - {"annotate"}:
        names[name] = sorted({*first.arguments[name], *second.arguments[name]}, key=_plain_first)
    return replace(first, arguments=names).text


def _plain_first(argument: str) -> tuple[bool, str]:
    return ("(" in argument, argument)


def _stand_apart(first: _Calls, second: _Calls) -> bool:
    """Whether no prefetch loads what another loads in another way: those with rows of their own are named."""
    names: list[str] = []
    for argument in {*first.arguments["prefetch_related"], *second.arguments["prefetch_related"]}:
        node = ast.parse(argument, mode="eval").body
        if isinstance(node, ast.Constant):
            continue
        given = {each.arg: each.value for each in node.keywords} if isinstance(node, ast.Call) else {}
        to_attr = given.get("to_attr")
        if not isinstance(to_attr, ast.Constant):
            return False
        names.append(str(to_attr.value))
    return len(set(names)) == len(names)


def _calls_of(text: str) -> _Calls | None:
    """A text as calls on something, or on nothing; None if there is anything else in it."""
    at = _FIRST_CALL.search(text)
    if at is None:
        return None
    calls = text[at.start() :].rstrip("\\ \t\r\n")
    head, tail = text[: at.start()], text[at.start() + len(calls) :]
    code = f"(x{calls}\n)"
    node = _parsed(code)
    found: dict[str, list[str]] = {}
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        parts = [ast.get_source_segment(code, each) for each in (*node.args, *node.keywords)]
        if node.func.attr not in _CALLS or node.func.attr in found or None in parts:
            return None
        found[node.func.attr] = [part for part in parts if part is not None]
        node = node.func.value
    return _Calls(head, found, tail) if isinstance(node, ast.Name) else None


def _joined_items(one: str, other: str) -> str | None:
    """Two texts that add items to one list: `, "tags"` at its end, or `Count, ` in front of one."""
    first, second = _ITEMS.fullmatch(one), _ITEMS.fullmatch(other)
    if first is None or second is None:
        return None
    before, after = first["before"], first["after"]
    if (before, after) != (second["before"], second["after"]) or before.startswith(",") is bool(after):
        return None
    items = list(dict.fromkeys([*_split(first["items"]), *_split(second["items"])]))
    if all(item.isidentifier() for item in items):
        items.sort(key=order_of_name)
    # Names that are given twice, and positions behind names, are no arguments.
    if _parsed(f"f({', '.join(items)})") is None or not all(items):
        return None
    return "".join(f"{before}{item}{after}" for item in items)


def _joined_names(one: str, other: str) -> str | None:
    """Two texts that each give one new name its meaning: an attribute and a method, two sets of keys."""
    found = {name: text for text in (one, other) if (name := _name_given(text))}
    ends = {
        (text[: len(text) - len(text.lstrip())] != "", text[len(text.rstrip()) :]) for text in (one, other)
    }
    if len(found) < 2 or len(ends) > 1:
        return None
    is_in_front, behind = ends.pop()
    if is_in_front == bool(behind):
        return None
    return "".join(sorted(found.values(), key=lambda text: (" def " in text, text)))


def _name_given(text: str) -> str:
    try:
        statements = ast.parse(dedent(text.lstrip("\r\n")).strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    match statements:
        case [ast.FunctionDef(name=name)] | [ast.Assign(targets=[ast.Name(id=name)])]:
            return name
    return ""


def _split(items: str) -> list[str]:
    code = f"f({items})"
    node = _parsed(code)
    if not isinstance(node, ast.Call):
        return [""]
    return [ast.get_source_segment(code, each) or "" for each in (*node.args, *node.keywords)]


def _parsed(code: str) -> ast.expr | None:
    try:
        compile(code, "", "eval")
        return ast.parse(code, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
