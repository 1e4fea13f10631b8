"""A loop that takes one slice of a queryset after the other: `rows[start : start + n]`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import Built
from queryscope.fixes.chain import Chain, Link
from queryscope.fixes.counting import Numbers, atoms_of, points, value_of
from queryscope.fixes.loops import bound_names, function_around, loop_around
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.fixes.variables import function_around as plain_function_around

Loop = ast.For | ast.While
_SHOWING = frozenset({"tqdm", "track"})  # tqdm's and rich's
_OTHER_LOOPS = ast.AsyncFor | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """The loop, and how it counts. `step` is None where that is the length of each slice."""

    source: Source
    built: Built
    base: ast.expr  # the whole queryset
    node: ast.expr  # a slice of it
    loop: Loop
    scope: ast.FunctionDef
    counter: str
    size: str  # code of how many rows each takes
    first: str  # code of where the first begins; "" at the first row
    increment: ast.stmt | None = None  # of a `while`
    opening: ast.Assign | None = None  # what gives the counter of a `while` its first value
    paginator: ast.stmt | None = None  # that makes a Paginator, of whose pages the slice is one

    @property
    def chains(self) -> tuple[Chain, ...]:
        """What makes the queryset: not what else is asked of its variable."""
        first, *others = self.built.chains
        return (first, *(each for each in others if self._makes_it(each)))

    @property
    def links(self) -> tuple[Link, ...]:
        """The calls that make the queryset."""
        return tuple(link for chain in self.chains for link in chain.links)

    def _makes_it(self, chain: Chain) -> bool:
        statement = self.source.parents[chain.node]
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(each, ast.Name) and each.id == self.built.name for each in targets):
            return True
        return any(each is self.node or each is self.base for each in ast.walk(chain.node))


def find_slices(source: Source, built: Built) -> Slices | None:
    """The slices of a queryset; None where no loop takes any.

    Raises:
        EditRefusedError: the next one doesn't certainly begin where the one before ended.
    """
    found = [(node, loop_around(source, node)) for node in _cut(source, built)]
    looped = [(node, loop) for node, loop in found if loop is not None and _is_within(source, loop, built)]
    if not looped:
        return None
    if len(found) > 1:
        raise EditRefusedError("the queryset is cut at several places.")
    [(node, loop)] = looped
    scope = plain_function_around(source, node)
    if not isinstance(loop, Loop) or not isinstance(scope, ast.FunctionDef):
        raise EditRefusedError("the slices are taken by no plain loop of a function.")
    if function_around(source, loop) is not scope:
        raise EditRefusedError("the slices are taken by no plain loop of a function.")
    assert isinstance(node.slice, ast.Slice)
    if node.slice.step is not None or node.slice.upper is None:
        raise EditRefusedError("the slices take no run of rows.")
    lower = node.slice.lower or ast.Constant(0)
    counter, step, stop, increment = _count_of(source, loop, scope, lower)
    upper, bound = _unbounded(_meant(node.slice.upper, loop, scope), stop)
    _check_steady(source, loop, scope, [lower, upper, *([step] if step else [])], counter)
    size = _size(source, (lower, upper, step), counter)
    if bound is not None:
        size = f"min({size}, {source.text_of(bound)} - {ast.unparse(lower)})"
    opening = _opening(source, loop, scope, counter) if isinstance(loop, ast.While) else None
    return Slices(
        source=source, built=built, base=node.value, node=node, loop=loop, scope=scope, counter=counter,
        size=size, first=_first(source, loop, lower, counter, opening), increment=increment, opening=opening,
    )  # fmt: skip


def _cut(source: Source, built: Built) -> list[ast.Subscript]:
    """Where slices are taken of the chain, or of the variable that holds it."""
    nodes: list[ast.AST] = [_end_of(source, built.first.node)]
    if built.name:
        names = [
            each for each in ast.walk(built.scope) if isinstance(each, ast.Name) and each.id == built.name
        ]
        held = {chain.node for chain in built.chains[1:]}
        nodes += [source.parents[each] for each in names if isinstance(each.ctx, ast.Load)]
        nodes += held
    return [each for each in nodes if isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Slice)]


def _end_of(source: Source, node: ast.AST) -> ast.AST:
    """The end of a chain, also behind `values()`, from which on its rows are no instances."""
    while isinstance(parent := source.parents[node], ast.Attribute | ast.Call | ast.Subscript):
        if node not in (getattr(parent, "value", None), getattr(parent, "func", None)):
            break
        node = parent
    return node


def _is_within(source: Source, loop: ast.AST, built: Built) -> bool:
    """Whether a loop stands in the function that builds the queryset."""
    return isinstance(built.scope, ast.AST) and any(each is loop for each in ast.walk(built.scope))


def _count_of(
    source: Source, loop: Loop, scope: ast.FunctionDef, lower: ast.expr
) -> tuple[str, ast.expr | None, ast.expr | None, ast.stmt | None]:
    """What counts the slices: its name, how far it goes each round, where it ends, and what moves it on."""
    if isinstance(loop, ast.For):
        arguments = _range(loop.iter)
        if not arguments or not isinstance(loop.target, ast.Name) or loop.orelse:
            raise EditRefusedError("the loop doesn't count by range().")
        stop = arguments[0] if len(arguments) == 1 else arguments[1]
        step = arguments[2] if len(arguments) == 3 else ast.Constant(1)
        if loop.target.id in bound_names(ast.Module(body=loop.body, type_ignores=[])):
            raise EditRefusedError(f"{loop.target.id} is changed in the loop.")
        return loop.target.id, step, stop, None
    names = {each.id for each in ast.walk(lower) if isinstance(each, ast.Name)}
    moved = [(name, each) for each in _steps(loop) if (name := _moved(each)) in names]
    if len(moved) != 1 or loop.orelse:
        raise EditRefusedError("how the loop counts, it doesn't say in one place.")
    [(name, statement)] = moved
    stores = [each for each in ast.walk(loop) if isinstance(each, ast.Name) and each.id == name]
    if sum(not isinstance(each.ctx, ast.Load) for each in stores) != 1:
        raise EditRefusedError(f"{name} is changed at several places of the loop.")
    return name, _added(statement, name), None, statement


def _range(node: ast.expr) -> list[ast.expr]:
    """The arguments of `range(…)`, also where a bar shows how far it is."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and last_name(node.func) in _SHOWING:
        node = node.args[0]
    is_range = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"
    return node.args if is_range and isinstance(node, ast.Call) and not node.keywords else []


def _steps(loop: ast.While) -> Iterator[ast.stmt]:
    """The statements that every full round comes to; one in `with transaction.atomic():` counts."""
    for each in loop.body:
        yield each
        if is_atomic(each):
            yield from each.body


def is_atomic(statement: ast.AST) -> TypeGuard[ast.With]:
    """Whether that is `with transaction.atomic():`, which lets no round go on behind an error."""
    return isinstance(statement, ast.With) and all(
        ast.unparse(item.context_expr).split("(")[0] in ("transaction.atomic", "atomic")
        for item in statement.items
    )


def _moved(statement: ast.stmt) -> str:
    """The name that `name += …` or `name = name + …` moves on."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add):
        return statement.target.id if isinstance(statement.target, ast.Name) else ""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Name) and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            operands = [ast.unparse(value.left), ast.unparse(value.right)]
            return target.id if operands.count(target.id) == 1 else ""
    return ""


def _added(statement: ast.stmt, name: str) -> ast.expr | None:
    """What is added; None where that is the length of what was fetched."""
    value = statement.value if isinstance(statement, ast.AugAssign | ast.Assign) else None
    if isinstance(statement, ast.Assign) and isinstance(value, ast.BinOp):
        is_left = isinstance(value.left, ast.Name) and value.left.id == name
        value = value.right if is_left else value.left
    is_length = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "len"
    return None if is_length else value


def _meant(upper: ast.expr, loop: Loop, scope: ast.FunctionDef) -> ast.expr:
    """What a name stands for that the loop gives its value in each round: `end = start + size`."""
    if not isinstance(upper, ast.Name):
        return upper
    stores = [each for each in ast.walk(scope) if isinstance(each, ast.Name) and each.id == upper.id]
    if sum(not isinstance(each.ctx, ast.Load) for each in stores) != 1:
        return upper
    for each in loop.body:
        if isinstance(each, ast.Assign) and len(each.targets) == 1 and each.lineno < upper.lineno:
            target = each.targets[0]
            if isinstance(target, ast.Name) and target.id == upper.id:
                return each.value
    return upper


def _unbounded(upper: ast.expr, stop: ast.expr | None) -> tuple[ast.expr, ast.expr | None]:
    """`start + size` of `min(start + size, total)`, and the total, which only the last slice comes to."""
    is_min = isinstance(upper, ast.Call) and isinstance(upper.func, ast.Name) and upper.func.id == "min"
    if not is_min or not isinstance(upper, ast.Call) or len(upper.args) != 2 or upper.keywords:
        return upper, None
    total = [each for each in upper.args if stop is not None and ast.dump(each) == ast.dump(stop)]
    if len(total) != 1:
        raise EditRefusedError("the slices may end early.")
    return upper.args[1 - upper.args.index(total[0])], total[0]


def _check_steady(
    source: Source, loop: Loop, scope: ast.FunctionDef, sums: list[ast.expr], counter: str
) -> None:
    """Accept sums of names that mean the same in every round."""
    used = [atom for each in sums for atom in atoms_of(each)]
    names = {each.id for atom in used for each in ast.walk(atom) if isinstance(each, ast.Name)} - {counter}
    attributes = {atom.attr for atom in used if isinstance(atom, ast.Attribute)}
    changed = set(bound_names(loop) & names)
    declared = [each for each in ast.walk(scope) if isinstance(each, ast.Global | ast.Nonlocal)]
    changed |= {name for each in declared for name in each.names if name in names | {counter}}
    changed |= {each.attr for each in _changed_later(source) if each.attr in attributes}
    items = (each for each in ast.walk(loop) if isinstance(each, ast.Subscript))
    changed |= {
        each.value.id
        for each in items
        if not isinstance(each.ctx, ast.Load) and isinstance(each.value, ast.Name) and each.value.id in names
    }
    if changed:
        raise EditRefusedError(f"{min(changed)} may change from one slice to the next.")


def _changed_later(source: Source) -> Iterator[ast.Attribute]:
    """Attributes that get a value elsewhere than in `__init__`."""
    for each in ast.walk(source.tree):
        if isinstance(each, ast.Attribute) and not isinstance(each.ctx, ast.Load):
            around = plain_function_around(source, each)
            if around is None or around.name != "__init__":
                yield each


def _size(source: Source, bounds: tuple[ast.expr, ast.expr, ast.expr | None], counter: str) -> str:
    """Code of how many rows each slice takes, the next of which begins where it ends.

    `bounds` are where a slice begins, where it ends, and how far the counter goes on (None: to its end).
    """
    lower, upper, step = bounds
    counted = [lower, upper, ast.Name(counter), *([step] if step is not None else [])]
    every = list(points(*counted))
    sizes = [value_of(upper, at) - value_of(lower, at) for at in every]
    for at, size in zip(every, sizes, strict=True):
        further = value_of(step, at) if step is not None else size
        if value_of(lower, _moved_on(at, counter, further)) != value_of(upper, at):
            raise EditRefusedError("the next slice doesn't begin where the one before ends.")
    for atom in (each for node in counted for each in atoms_of(node)):
        if [value_of(atom, at) for at in every] == sizes:
            return source.text_of(atom) if hasattr(atom, "lineno") else ast.unparse(atom)
    raise EditRefusedError("how many rows a slice takes has no name.")


def _moved_on(numbers: Numbers, counter: str, further: int) -> Numbers:
    return {**numbers, counter: numbers[counter] + further}


def _opening(source: Source, loop: Loop, scope: ast.FunctionDef, counter: str) -> ast.Assign | None:
    """The statement before the loop that gives the counter its value; None of an argument."""
    inside = set(ast.walk(loop))
    stores = [
        each
        for each in ast.walk(scope)
        if isinstance(each, ast.Name) and each.id == counter and not isinstance(each.ctx, ast.Load)
        if each not in inside
    ]
    if not stores:
        return None
    block = _block_of(source, loop)
    before = [each for each in block[: block.index(loop)] if isinstance(each, ast.Assign)]
    found = [each for each in before if any(store in ast.walk(each) for store in stores)]
    if len(stores) > 1 or not found or first_value(found[0], counter) is None:
        raise EditRefusedError(f"{counter} gets its first value at several places.")
    return found[0]


def first_value(statement: ast.Assign, counter: str) -> ast.expr | None:
    """What `counter = 0` or `counter, size = 0, 100` gives a name."""
    target, value = statement.targets[0], statement.value
    if len(statement.targets) != 1:
        return None
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        pairs = list(zip(target.elts, value.elts, strict=True))
    else:
        pairs = [(target, value)]
    if any(isinstance(each, ast.Starred) for pair in pairs for each in pair):
        return None
    return next((value for name, value in pairs if isinstance(name, ast.Name) and name.id == counter), None)


def _block_of(source: Source, statement: ast.stmt) -> list[ast.stmt]:
    parent = source.parents[statement]
    blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
    return next(block for block in blocks if isinstance(block, list) and statement in block)


def _first(source: Source, loop: Loop, lower: ast.expr, counter: str, opening: ast.Assign | None) -> str:
    """Code of where the first slice begins, that means the same in front of the loop; "" at the first row."""
    if isinstance(loop, ast.For):
        arguments = _range(loop.iter)
        value: ast.expr | None = arguments[0] if len(arguments) > 1 else ast.Constant(0)
    else:
        value = first_value(opening, counter) if opening is not None else None
    if isinstance(value, ast.Constant) and type(value.value) is int:
        at = [{**each, counter: value.value} for each in points(lower, ast.Name(counter))]
        if all(value_of(lower, each) == 0 for each in at):
            return ""
    if ast.unparse(lower) != counter:
        raise EditRefusedError("the first slice doesn't begin at the first row.")
    if isinstance(loop, ast.While):
        return counter if opening is not None or counter in _arguments(loop, source) else _refuse(counter)
    assert value is not None
    list(atoms_of(value))
    return source.text_of(value)


def _arguments(loop: Loop, source: Source) -> set[str]:
    scope = plain_function_around(source, loop)
    every = [each.arg for each in ast.walk(scope.args) if isinstance(each, ast.arg)] if scope else []
    return set(every)


def _refuse(counter: str) -> str:
    raise EditRefusedError(f"{counter} gets its first value elsewhere.")
