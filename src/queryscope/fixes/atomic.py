"""One transaction around a loop: `with transaction.atomic():` put in front, or taken out of it."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.imports import Imports
from queryscope.fixes.loops import Function, Loop, function_around
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Replacement, Source

_UNSURE = (
    ast.Try, ast.TryStar, ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncWith, ast.AsyncFor, ast.FunctionDef,
    ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip


def atomic_code(loop: Loop | None, alias: str) -> str:
    """The two lines as they should stand."""
    if loop is None or not isinstance(loop.node, ast.For | ast.While):
        return f"with {_opens(alias)}: …"
    return f"with {_opens(alias)}:\n    {_head(loop.source, loop.node)} …"


def atomic_edit(loop: Loop, alias: str) -> list[Replacement]:
    """The replacements.

    Raises:
        EditRefusedError: why there are none.
    """
    source, node = loop.source, loop.node
    if not isinstance(node, ast.For):
        raise EditRefusedError("Only a plain for loop is certain to end.")
    if isinstance(function_around(source, node), ast.AsyncFunctionDef):
        raise EditRefusedError("transaction.atomic() works in synchronous code only.")
    for part in [*node.body, *node.orelse]:
        for each in ast.walk(part):
            if isinstance(each, _UNSURE):
                raise EditRefusedError(
                    f"The loop holds {type(each).__name__.lower()}: an error inside of a transaction ends it."
                )
    inner = _only_with(node)
    if inner is not None:
        return _swapped(source, node, inner)
    if any(_opens_one(each) for part in node.body for each in ast.walk(part)):
        raise EditRefusedError("The loop opens a transaction around a part of what it does.")
    return _wrapped(source, node, alias)


def _only_with(node: ast.For) -> ast.With | None:
    """The `with transaction.atomic():` that is all a loop does."""
    [first, *others] = node.body
    if others or node.orelse or not isinstance(first, ast.With) or len(first.items) != 1:
        return None
    return first if _opens_one(first) and first.items[0].optional_vars is None else None


def _opens_one(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(
        last_name(each.context_expr.func if isinstance(each.context_expr, ast.Call) else each.context_expr)
        == "atomic"
        for each in node.items
    )


def _swapped(source: Source, node: ast.For, inner: ast.With) -> list[Replacement]:
    """The heads of loop and `with` change places; what they hold stays where it is."""
    heads = [(source.start(each), _head_end(source, each)) for each in (node, inner)]
    texts = [source.text[start:end] for start, end in heads]
    if any("\n" in text or "#" in text for text in texts) or not source.starts_line(inner):
        raise EditRefusedError("The heads of loop and transaction are written over several lines.")
    return [Replacement(*heads[0], texts[1]), Replacement(*heads[1], texts[0])]


def _wrapped(source: Source, node: ast.For, alias: str) -> list[Replacement]:
    if not isinstance(function_around(source, node), Function):
        raise EditRefusedError("The loop stands outside of any function.")
    if not source.starts_line(node):
        raise EditRefusedError("The loop shares its line with something else.")
    first, last = node.lineno, node.end_lineno or node.lineno
    for each in ast.walk(node):
        is_text = isinstance(each, ast.JoinedStr) or (
            isinstance(each, ast.Constant) and isinstance(each.value, str | bytes)
        )
        if is_text and isinstance(each, ast.expr) and each.end_lineno != each.lineno:
            raise EditRefusedError("A text over several lines stands in the loop: indenting would change it.")
    indent, newline = source.indent_of(first), source.newline
    step = "\t" if "\t" in indent or source.indent_of(node.body[0].lineno).endswith("\t") else "    "
    imports = Imports(source)
    opens = _opens(alias, imports.of_django("transaction", "django.db"))
    found = [Replacement(source.offset(first, 0), source.offset(first, 0), f"{indent}with {opens}:{newline}")]
    for number in range(first, last + 1):
        if source.line(number).strip():
            at = source.offset(number, 0)
            found.append(Replacement(at, at, step))
    merged = Replacement(found[0].start, found[0].start, found[0].text + step)
    return [*imports.replacements(), merged, *found[2:]]


def _opens(alias: str, transaction: str = "transaction") -> str:
    return f"{transaction}.atomic()" if alias == "default" else f'{transaction}.atomic(using="{alias}")'


def _head(source: Source, node: ast.For | ast.While) -> str:
    text = source.text[source.start(node) : _head_end(source, node)]
    return text if "\n" not in text else text.partition("\n")[0] + " …:"


def _head_end(source: Source, node: ast.For | ast.While | ast.With) -> int:
    """Behind the colon of a compound statement."""
    if isinstance(node, ast.For):
        at = source.end(node.iter)
    elif isinstance(node, ast.While):
        at = source.end(node.test)
    else:
        at = source.end(node.items[-1].optional_vars or node.items[-1].context_expr)
    return source.text.index(":", at) + 1
