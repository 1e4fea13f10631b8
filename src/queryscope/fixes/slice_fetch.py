"""The statement of a loop that fetches a slice, and what it becomes: a list, and the rest behind it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.slices import Slices, is_atomic
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.variables import use_of

_STEADY = frozenset({"len", "truth", "iterate", "item"})  # what a list answers as a queryset does
_NO_PLACE = (
    ast.Await, ast.BoolOp, ast.FormattedValue, ast.IfExp, ast.Lambda,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """The statement: `batch = list(rows[a:b])`, `for row in rows[a:b]:`, `while batch := …`."""

    slices: Slices
    statement: ast.stmt
    whole: ast.expr  # the slice, or the list() around it
    name: str  # that the rows get there; "" of none

    @classmethod
    def of(cls, slices: Slices) -> Fetch:
        """
        Raises:
            EditRefusedError: not every round fetches, or somebody asks a queryset of what a list can't do.
        """
        source, loop = slices.source, slices.loop
        whole: ast.expr = slices.node
        whole = rows_of(source, whole) if slices.paginator is not None else whole
        node, parent = whole, source.parents[whole]
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "list":
            whole, parent = parent, source.parents[parent]
        is_list = whole is not node
        statement: ast.AST = whole
        while not isinstance(statement, ast.stmt):
            statement = source.parents[statement]
        name = _bound(parent, whole, statement)
        if name and not is_list:
            _check_uses(slices, name)
        elif not name:
            _check_plain(source, whole, statement, is_list=is_list)
        if statement is not loop:
            _check_reached(slices, statement)
        elif not (isinstance(loop, ast.While) and name and source.starts_line(loop.body[0])):
            raise EditRefusedError("the slice is no statement of its own.")
        if isinstance(loop, ast.While) and any(True for _ in _continues(loop)):
            raise EditRefusedError("a round that ends early would fetch the same slice again.")
        return cls(slices=slices, statement=statement, whole=whole, name=name)

    def edits(self, code: str, batch: str, behind: list[str]) -> Iterator[Replacement]:
        """The slice by key, and what makes the rest."""
        source, statement, whole = self.slices.source, self.statement, self.whole
        start, end = source.start(whole), source.end(whole)
        if statement is self.slices.loop:
            yield Replacement(start, end, f"list({code})")
            yield in_front(source, self.slices.loop.body[0], behind)
            return
        indent = source.indent_of(statement.lineno)
        step = self._step()
        guarded = [f"if {batch}:", *(f"{step}{line}" for line in behind)]
        if not self.name:
            yield in_front(source, statement, [f"{batch} = list({code})", *guarded])
            yield Replacement(start, end, batch)
            return
        yield Replacement(start, end, f"list({code})")
        for each in _loads(self.slices, self.name) if self.slices.paginator is not None else ():
            rows = rows_of(source, each)
            if rows is not each:
                yield Replacement(source.start(rows), source.end(rows), self.name)
        follower = self._stops()
        after, lines = (follower, behind) if follower is not None else (statement, guarded)
        at = _line_end(source, after)
        yield Replacement(at, at, "".join(f"{source.newline}{indent}{line}" for line in lines))

    def _step(self) -> str:
        """One more level of indentation, as the loop's body has it."""
        outer, inner = self.slices.loop, self.slices.loop.body[0]
        indent = self.slices.source.indent_of
        return indent(inner.lineno).removeprefix(indent(outer.lineno)) or "    "

    def _stops(self) -> ast.stmt | None:
        """`if not batch: break` behind the statement, after which there is a last row."""
        block = _block(self.slices.source, self.statement)
        following = block[block.index(self.statement) + 1 :][:1]
        for each in following:
            test = each.test if isinstance(each, ast.If) and not each.orelse else None
            is_empty = (
                isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
                and isinstance(test.operand, ast.Name) and test.operand.id == self.name
            )  # fmt: skip
            if is_empty and isinstance(each, ast.If) and isinstance(each.body[-1], ast.Break | ast.Return):
                return each
        return None


def _bound(parent: ast.AST, whole: ast.expr, statement: ast.stmt) -> str:
    target: ast.expr | None = None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and parent.value is whole:
        target = parent.targets[0]
    elif isinstance(parent, ast.NamedExpr) and isinstance(statement, ast.While) and statement.test is parent:
        target = parent.target
    return target.id if isinstance(target, ast.Name) else ""


def rows_of(source: Source, page: ast.expr) -> ast.expr:
    """`page.object_list`, where that is what is read of a page."""
    parent = source.parents[page]
    return parent if isinstance(parent, ast.Attribute) and parent.attr == "object_list" else page


def _loads(slices: Slices, name: str) -> list[ast.expr]:
    every = [each for each in ast.walk(slices.scope) if isinstance(each, ast.Name) and each.id == name]
    return [each for each in every if isinstance(each.ctx, ast.Load)]


def _check_uses(slices: Slices, name: str) -> None:
    """Accept a variable that is asked for nothing but its rows."""
    source, loads = slices.source, _loads(slices, name)
    every = [each for each in ast.walk(slices.scope) if isinstance(each, ast.Name) and each.id == name]
    rows = [rows_of(source, each) for each in loads] if slices.paginator is not None else loads
    if len(every) - len(loads) != 1 or any(use_of(source, each) not in _STEADY for each in rows):
        raise EditRefusedError(f"{name} is used as a queryset, or for something else too.")


def _check_plain(source: Source, whole: ast.expr, statement: ast.stmt, *, is_list: bool) -> None:
    """Accept a slice that the statement asks for once, whatever else is in it."""
    if not is_list and not (use_of(source, whole) == "iterate" or _extends(source, whole)):
        raise EditRefusedError("the slice is handed on as a queryset.")
    node: ast.AST = whole
    while node is not statement:
        outer = source.parents[node]
        if isinstance(outer, ast.comprehension):
            holder = source.parents[outer]
            if (
                outer.iter is not node
                or outer.is_async
                or getattr(holder, "generators", [None])[0] is not outer
            ):
                raise EditRefusedError("the slice is fetched within a part of a statement.")
            outer = holder
        elif isinstance(outer, _NO_PLACE):
            raise EditRefusedError("the slice is fetched within a part of a statement.")
        node = outer
    is_head = isinstance(statement, ast.For) and any(each is whole for each in ast.walk(statement.iter))
    if not is_head and not isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign):
        raise EditRefusedError("the slice is fetched within a part of a statement.")


def _extends(source: Source, whole: ast.expr) -> bool:
    """`found += rows[a:b]`, `found.extend(rows[a:b])`, `yield from rows[a:b]`."""
    parent = source.parents[whole]
    if isinstance(parent, ast.YieldFrom):
        return True
    if isinstance(parent, ast.AugAssign):
        return isinstance(parent.op, ast.Add)
    is_call = (
        isinstance(parent, ast.Call) and parent.args == [whole] and isinstance(parent.func, ast.Attribute)
    )
    return is_call and parent.func.attr == "extend"  # type: ignore[attr-defined]


def _check_reached(slices: Slices, statement: ast.stmt) -> None:
    """Accept a statement to which every round comes."""
    source, loop = slices.source, slices.loop
    holder = source.parents[statement]
    while is_atomic(holder):
        holder = source.parents[holder]
    if holder is not loop:
        raise EditRefusedError("not every round fetches a slice.")
    if any(each.lineno < statement.lineno for each in _continues(loop)):
        raise EditRefusedError("not every round fetches a slice.")


def _continues(loop: ast.For | ast.While) -> Iterator[ast.Continue]:
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Continue):
            yield node
        elif not isinstance(node, ast.For | ast.While | ast.FunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def in_front(source: Source, statement: ast.stmt, lines: Sequence[str]) -> Replacement:
    """Lines before a statement, indented as it is."""
    at = source.start(statement)
    indent = source.indent_of(statement.lineno)
    return Replacement(at, at, "".join(f"{line}{source.newline}{indent}" for line in lines))


def _block(source: Source, statement: ast.stmt) -> list[ast.stmt]:
    parent = source.parents[statement]
    return next(
        block
        for name in ("body", "orelse", "finalbody")
        if isinstance(block := getattr(parent, name, None), list) and statement in block
    )


def _line_end(source: Source, statement: ast.stmt) -> int:
    end = source.end(statement)
    rest = source.text[end:].partition("\n")[0].rstrip("\r")
    if rest.strip() and not rest.lstrip().startswith("#"):
        raise EditRefusedError("the loop shares its line with something else.")
    return end + len(rest)
