"""Constants of the project's source: `filter(status="pending")`. Only they may reach an artefact."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from queryscope.rules.index.candidate.arguments import seen_from_within
from queryscope.rules.index.candidate.followed import followed
from queryscope.rules.index.candidate.imported import parsed
from queryscope.rules.index.candidate.named import Names, Value, names_of
from queryscope.rules.index.candidate.sums import duration, operands

FILTERS = frozenset({"filter", "get", "afilter", "aget", "Q", "get_object_or_404", "get_list_or_404"})
EXCLUDES = frozenset({"exclude", "aexclude"})
LISTS = frozenset({"in", "contains", "overlap"})
RANGES = frozenset({"lt", "lte", "gt", "gte"})
COMPARED = RANGES | {"exact"}
LOOKUPS = COMPARED | LISTS | {"has_key"}
COMPUTED = " computed"  # by this lookup, with an expression that has these values in it
EITHER = "either"  # two values of one field under OR, as no lookup has them

IsSent = Callable[[Value], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A field compared with a literal in the code that builds a queryset."""

    field: str  # "status", or the path of a related one: "order__status"
    value: Value  # of "in", and of arrays ("contains", "overlap"), a tuple
    lookup: str = "exact"
    is_excluded: bool = False  # by `exclude()` or `~Q()`


def read_constants(
    source: str, *, line: int, definitions: Sequence[str] = (), is_sent: IsSent | None = None
) -> tuple[Constant, ...]:
    """Constants in the function (or statement) around a line; a field that gets unknown values is left out.

    Args:
        source: the text of a file.
        line: in it, where a queryset is built, or where the class begins that holds one.
        definitions: further files of the project, in which `Order.Status.PENDING` may be spelled out, or the
            methods of querysets that the function calls.
        is_sent: whether the statement has a value among its parameters, by which of several values of a
            field the one is known that was meant. Without it no field with several is told.
    """
    tree = parsed(source)
    scope = _scope(tree, line) if tree is not None else None
    if tree is None or scope is None:
        return ()
    others = [other for text in dict.fromkeys(definitions) if (other := parsed(text)) is not None]
    trees = tuple(dict.fromkeys([tree, *others]))
    around = seen_from_within([scope, *followed(scope, trees)], names_of(trees))
    own, *called = [_found(one, names) for one, names in around]
    further: dict[tuple[str, str, bool], set[Value | None]] = {}
    for told in called:
        for key, values in told.items():
            further.setdefault(key, set()).update(values)
    # What the function itself says of a field counts more than what a method says that it calls.
    found = further | own
    return tuple(constant for key, values in found.items() for constant in _meant(key, values, is_sent))


def _meant(
    key: tuple[str, str, bool], values: set[Value | None], is_sent: IsSent | None
) -> Iterator[Constant]:
    """The value that is compared; of several the one that the statement sends, or two at once under OR."""
    field, lookup, is_excluded = key
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return
    if len(known) > 1:
        known = _longest([value for value in known if is_sent is not None and is_sent(value)])
    if len(known) == 1:
        yield Constant(field=field, value=known[0], lookup=lookup, is_excluded=is_excluded)
    elif known and lookup == "exact" and not is_excluded:
        either = tuple(sorted((one for one in known if isinstance(one, str | int | float)), key=repr))
        yield Constant(field=field, value=either, lookup=EITHER)


def _longest(values: Sequence[Value]) -> list[Value]:
    """Without the lists that another one holds whole: their values are sent with it."""
    lists = [frozenset(value) for value in values if isinstance(value, tuple)]
    return [
        value
        for value in values
        if not (isinstance(value, tuple) and any(frozenset(value) < other for other in lists))
    ]


def _found(scope: ast.AST, names: Names) -> dict[tuple[str, str, bool], set[Value | None]]:
    """Field, lookup and whether it is excluded → the values that a function compares it with."""
    found: dict[tuple[str, str, bool], set[Value | None]] = {}
    for keyword, is_excluded in _comparisons(scope, is_excluded=False):
        field, lookup = _path(keyword.arg or "")
        read = names.lists if lookup in LISTS else names.scalars
        values: frozenset[Value] | None = read(keyword.value)
        if values is None and lookup in RANGES and (lasting := duration(keyword.value, names)) is not None:
            values = frozenset([lasting])
        elif values is None and lookup in COMPARED and (inner := operands(keyword.value, names)):
            found.setdefault((field, lookup + COMPUTED, is_excluded), set()).add(inner)
        if lookup not in RANGES and any(_has_fraction(one) for one in values or ()):
            values = None  # what is equal to one is no state
        found.setdefault((field, lookup, is_excluded), set()).update({None} if values is None else values)
    return found


def _has_fraction(value: Value) -> bool:
    return any(isinstance(one, float) for one in (value if isinstance(value, tuple) else (value,)))


def _path(keyword: str) -> tuple[str, str]:
    """`order__status__in` → `order__status`, `in`."""
    field, _, last = keyword.rpartition("__")
    return (field, last) if field and last in LOOKUPS else (keyword, "exact")


def _scope(tree: ast.Module, line: int) -> ast.AST | None:
    """The innermost function around a line, else the innermost plain statement; of a class its queryset."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    functions = [node for node in around if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    plain = [node for node in around if not isinstance(node, ast.ClassDef)]
    own = [
        one for node in around if isinstance(node, ast.ClassDef) and node.lineno == line for one in node.body
    ]
    held = [
        one.value for one in own if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "queryset"
    ]
    return max([*(functions or plain), *held], key=lambda node: node.lineno, default=None)


def _comparisons(node: ast.AST, *, is_excluded: bool) -> Iterator[tuple[ast.keyword, bool]]:
    """The keywords of every `filter()`, and whether their sense is turned round.

    Of `exclude(a=1, b=2)` neither stands by itself: its keywords are told only where there is one.
    """
    inner = is_excluded
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        inner = not is_excluded
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        is_turned = name in EXCLUDES
        inside = is_excluded != is_turned
        for keyword in node.keywords:
            is_alone = len(node.keywords) + len(node.args) == 1
            if keyword.arg is not None and (name in FILTERS or is_turned) and (is_alone or not inside):
                yield keyword, inside
            yield from _comparisons(keyword.value, is_excluded=inside)
        for argument in node.args:
            yield from _comparisons(argument, is_excluded=inside)
        yield from _comparisons(node.func, is_excluded=is_excluded)
        return
    for child in ast.iter_child_nodes(node):
        yield from _comparisons(child, is_excluded=inner)
