"""Whether an expression stands in a loop, and speaks of what the loop gives: in Python and in templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from queryscope.fixes.chain import node_at
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.model import Frame

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_MAPPING = frozenset({"filter", "map", "starmap"})
_BY_NAME = frozenset({"getattr", "hasattr", "setattr"})
# What calls a function that it is handed once for each row.
_CALL_EACH = frozenset({"filter", "groupby", "map", "max", "min", "sort", "sorted", "starmap", "takewhile"})
_TAG = re.compile(r"\{%-?\s*(for|endfor|with|endwith)\b(.*?)-?%\}", re.DOTALL)
# These read of every row themselves.
_EACH_ROW = re.compile(
    r"\{%-?\s*regroup\b|\|\s*(dictsort|dictsortreversed|groupby|join|map|sort|unordered_list)\b"
)
_HANDING_ON = re.compile(r"\{%-?\s*(include|block|call|import)\b")


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop around an expression."""

    node: ast.AST  # a for or while statement, a comprehension, or a function that is called for each row
    names: frozenset[str]  # what differs from one round to the next


def loops_around(source: Source, frame: Frame) -> Iterator[Loop]:
    """The loops around the expression at a frame, from the inside out, within its function."""
    inner = _node(source, frame)
    node = source.parents.get(inner) if inner is not None else None
    while inner is not None and node is not None and not isinstance(node, _Function | ast.ClassDef):
        names = _names_of(source, node, inner)
        if names is not None:
            yield Loop(node, frozenset(names))
        inner, node = node, source.parents.get(node)


def is_of_each_row(source: Source, frame: Frame, loaded: Frame | None = None) -> bool:
    """Whether the expression at a frame runs in a loop and speaks of what the loop gives.

    Args:
        source: the file.
        frame: the expression that reads.
        loaded: the expression that loads the rows, if it stands in that file: a loop around both goes over
            something else.
    """
    node = _node(source, frame)
    load = _node(source, loaded) if loaded is not None else None
    if node is None:
        return False
    calls = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
    if any(isinstance(each, ast.Name) and each.id in _MAPPING for each in calls):
        return True  # what it hands to map() runs in there
    spoken = _names_in(_object_of(node))
    return any(
        spoken & loop.names and not _repeats(source, loop, load) and not _leaves(source, loop, node)
        for loop in loops_around(source, frame)
    )


def _leaves(source: Source, loop: Loop, node: ast.AST) -> bool:
    """Whether a loop ends behind an expression: `if book.slug == slug: return book.author`."""
    while node is not loop.node:
        outer = source.parents.get(node)
        if outer is None or isinstance(node, ast.Return):
            return outer is not None
        if isinstance(outer, ast.If):
            block = outer.body if node in outer.body else outer.orelse
            if node in block and isinstance(block[-1], ast.Break | ast.Return | ast.Raise):
                return True
        node = outer
    return False


def _repeats(source: Source, loop: Loop, node: ast.AST | None) -> bool:
    """Whether an expression runs in each round of a loop, rather than once in front of it."""
    while node is not None:
        outer = source.parents.get(node)
        if outer is loop.node:
            return not isinstance(node, ast.comprehension) and node is not getattr(outer, "iter", None)
        node = outer
    return False


def _object_of(node: ast.AST) -> ast.AST:
    """What an expression reads from: the attribute's name may differ in each round without it."""
    is_call = isinstance(node, ast.Call) and node.args
    return node.args[0] if is_call and last_name(node.func) in _BY_NAME else node  # type: ignore[attr-defined]


def _names_in(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


# The same lines are asked about in every trace of a run.
@lru_cache(maxsize=1024)
def _node(source: Source, frame: Frame) -> ast.AST | None:
    """The expression at a frame; without columns the statement of its line."""
    node = node_at(source, frame)
    if node is not None or frame.column is not None:
        return node
    found = (
        each for each in ast.walk(source.tree) if isinstance(each, ast.stmt) and each.lineno == frame.line
    )
    return next(found, None)


def _names_of(source: Source, node: ast.AST, inner: ast.AST) -> set[str] | None:
    """What differs in each round of a loop that `inner` stands in; None if `node` is no loop around it."""
    if isinstance(node, ast.For | ast.AsyncFor):
        if any(isinstance(each, ast.Break | ast.Return) for each in node.body):
            return None  # it takes the first
        return _grown(node.body, _names_in(node.target)) if inner in node.body else None
    if isinstance(node, ast.While):
        return _assigned(node.body) if inner in (*node.body, node.test) else None
    if isinstance(node, _Comprehension):
        is_first = inner is node.generators[0]
        return None if is_first else {name for each in node.generators for name in _names_in(each.target)}
    if isinstance(node, ast.comprehension):
        return _names_in(node.target) if inner in node.ifs else None
    if isinstance(node, ast.Lambda) and _is_called_for_each(source, node):
        return {argument.arg for argument in node.args.args}
    return None


def _grown(body: list[ast.stmt], names: set[str]) -> set[str]:
    """Names, with those that a loop's body makes of them: `author = book.author`."""
    values = [(target, value) for statement in body for target, value in _bindings(statement)]
    for _ in values:
        more = {name for target, value in values if names & _names_in(value) for name in _names_in(target)}
        if more <= names:
            break
        names = names | more
    return names


def _assigned(body: list[ast.stmt]) -> set[str]:
    return {name for statement in body for target, _ in _bindings(statement) for name in _names_in(target)}


def _bindings(statement: ast.stmt) -> Iterator[tuple[ast.AST, ast.AST]]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Assign):
            yield from (
                (target, node.value) for target in node.targets if not isinstance(target, ast.Attribute)
            )
        elif isinstance(node, ast.NamedExpr | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            yield node.target, node.value
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield node.target, node.iter


def _is_called_for_each(source: Source, function: ast.Lambda) -> bool:
    parent = source.parents.get(function)
    call = source.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    return isinstance(call, ast.Call) and last_name(call.func) in _CALL_EACH


def is_of_each_row_in_template(text: str, frame: Frame) -> bool:
    """Whether a template's tag or variable stands in a loop and speaks of what the loop gives."""
    if _EACH_ROW.search(frame.source):
        return True
    scopes = _open_scopes(text, frame)
    if _HANDING_ON.search(frame.source):
        return is_in_for(text, frame)
    names: set[str] = set()
    for is_loop, bound, value in scopes:
        if is_loop or any(_mentions(value, name) for name in names):
            names |= bound
    return any(_mentions(frame.source, name) for name in names)


def is_in_for(text: str, frame: Frame) -> bool:
    """Whether a template's tag or variable stands between `for` and `endfor`, whatever it speaks of."""
    return any(is_loop for is_loop, _, _ in _open_scopes(text, frame))


def _open_scopes(text: str, frame: Frame) -> list[tuple[bool, set[str], str]]:
    """The `for` and `with` tags around a tag, from the outside in: (is a loop, what it names, of what)."""
    scopes: list[tuple[bool, set[str], str]] = []
    for match in _TAG.finditer(text[: _position(text, frame)]):
        tag, rest = match[1], match[2].strip()
        if tag.startswith("end"):
            del scopes[-1:]
        elif tag == "for":
            names, _, rows = rest.partition(" in ")
            scopes.append((True, set(re.findall(r"\w+", names)), rows))
        else:
            names_given = set(re.findall(r"(\w+)\s*=", rest)) | set(re.findall(r"\bas\s+(\w+)", rest))
            scopes.append((False, names_given, rest))
    return scopes


def _position(text: str, frame: Frame) -> int:
    """Where a tag stands: its text is looked for on its line."""
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: frame.line - 1]))
    line = lines[frame.line - 1] if frame.line <= len(lines) else ""
    words = [re.escape(word) for word in frame.source.strip("{%-+ }").split()]
    found = re.search(r"\{[{%][-+]?\s*" + r"\s+".join(words), line) if words and line else None
    return start + (found.start() if found else len(line))


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.\"']){re.escape(name)}\b", text) is not None
