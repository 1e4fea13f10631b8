"""What an expression says, whoever wrote it: Django, a plan, or the definition of an index."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.plans.redact import VALUE, digests
from queryscope.rules.index.candidate.operand import type_name
from queryscope.sql.scalar import Node, conjuncts, read_scalar

_TEXTS = ("text", "character varying")
_ARITHMETIC = frozenset("+-*/%")
_FRACTIONS = ("numeric", "double precision")
# These have no form for whole numbers.
_OF_FRACTIONS = frozenset(
    ("sqrt", "power", "exp", "ln", "log", "round", "ceiling", "ceil", "floor", "sign", "degrees", "radians")
)


def bare(node: Node) -> Node:
    """Without tables, casts to text, and casts of constants: PostgreSQL writes some that Django doesn't."""
    args = tuple(bare(arg) for arg in node.args)
    if node.kind == "cast":
        wanted = _type(node.text)
        is_idle = args[0].kind in ("value", "hidden") or wanted in _TEXTS
        return args[0] if is_idle else Node("cast", wanted, args)
    if node.kind == "value" and node.text == VALUE:
        return Node("hidden")
    if node.kind == "call" and node.text in _OF_FRACTIONS:
        args = tuple(_uncast(arg) for arg in args)
    if node.kind == "operator" and node.text == "-" and len(args) == 1 and args[0].kind == "value":
        return Node("value", f"'-{args[0].text}'")
    listed = _listed(node)
    if listed is not None:
        return Node("in", args=(args[0], *map(bare, listed)))
    return Node(node.kind, node.text, args)


def _type(text: str) -> str:
    """`varchar(8)` → `character varying(8)`, as PostgreSQL prints it."""
    head, bracket, modifier = text.partition("(")
    return type_name(head) + (bracket + modifier.replace(" ", "")).lower()


def _uncast(node: Node) -> Node:
    """What a function of fractions is given: a whole number is cast, which only PostgreSQL writes."""
    return node.args[0] if node.kind == "cast" and node.text in _FRACTIONS else node


def _widened(node: Node) -> Node:
    """With the casts of whole numbers that arithmetic with a decimal constant has in the catalog."""
    args = tuple(_widened(arg) for arg in node.args)
    if node.kind == "operator" and len(args) == 2 and any(_is_decimal(arg) for arg in args):
        args = tuple(
            arg if arg.kind in ("value", "cast") or _is_decimal(arg) else Node("cast", "numeric", (arg,))
            for arg in args
        )
    return Node(node.kind, node.text, args)


def _is_decimal(node: Node) -> bool:
    """A decimal constant, or arithmetic with one."""
    if node.kind == "operator" and node.text in _ARITHMETIC:
        return any(_is_decimal(arg) for arg in node.args)
    return node.kind == "value" and "." in node.text


def _listed(node: Node) -> tuple[Node, ...] | None:
    """The elements of `x = ANY (ARRAY[1, 2])`, as PostgreSQL prints `x IN (1, 2)`."""
    if node.kind != "operator" or node.text != "= any" or len(node.args) != 2:
        return None
    held = node.args[1]
    while held.kind == "cast" and held.text.endswith("[]"):
        held = held.args[0]
    return held.args if held.kind == "array" else None


def is_same(written: str, printed: str, constants: Sequence[str] = ()) -> bool:
    """Whether an expression with its values is one that the catalog printed, whose values were taken out.

    Args:
        written: 'UPPER("name")', as an advised index has it.
        printed: "upper((name)::text)", as the catalog does.
        constants: digests of the values that were taken out of it; without them what has any is not known.
    """
    wanted, found = bare(read_scalar(written)), bare(read_scalar(printed))
    if wanted.kind == "column" and "::" not in printed:
        return False  # the text of a number is not the number
    return _is_equal(wanted, found, tuple(constants))


def is_same_condition(written: str, printed: str, constants: Sequence[str] = ()) -> bool:
    """The same of conditions under AND, in whatever order."""
    wanted = [bare(node) for node in conjuncts(read_scalar(written))]
    found = [bare(node) for node in conjuncts(read_scalar(printed))]
    left = list(constants)
    for one in found:
        count = sum(node.kind == "hidden" for node in one.walk())
        own, left = tuple(left[:count]), left[count:]
        same = next((other for other in wanted if _is_equal(other, one, own)), None)
        if same is None:
            return False
        wanted.remove(same)
    return not wanted and not left


def _is_equal(wanted: Node, found: Node, constants: tuple[str, ...]) -> bool:
    if "other" in {node.kind for node in (*wanted.walk(), *found.walk())}:
        return False  # of which nothing is known but its columns
    if wanted != (widened := _widened(wanted)) and _is_equal_to(widened, found, constants):
        return True
    return _is_equal_to(wanted, found, constants)


def _is_equal_to(wanted: Node, found: Node, constants: tuple[str, ...]) -> bool:
    if any(node.kind == "hidden" for node in found.walk()):
        values = (node.text for node in wanted.walk() if node.kind == "value")
        told = tuple(digest for value in values for digest in digests(value))
        return told == constants and _without_values(wanted) == found
    return wanted == found


def _without_values(node: Node) -> Node:
    if node.kind == "value" and digests(node.text):
        return Node("hidden")
    return Node(node.kind, node.text, tuple(_without_values(arg) for arg in node.args))
