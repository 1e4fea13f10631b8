"""An entry for `Meta.indexes` in the source of a model, whatever its `Meta` looks like."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.imports import DJANGO_MODELS, Imports
from queryscope.fixes.source import Replacement, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaFacts:
    """A model's class, and what only the running project knows of its `Meta`."""

    name: str  # of the class
    line: int = 0  # where it begins; 0: not known
    has_indexes: bool = False  # its Meta has `indexes`, be they written there or inherited
    heir_of: int | None = None  # without a Meta of its own: the position of the base that has one
    bases: int = 0  # how many the class has


def add_entry(source: Source, facts: MetaFacts, entry: str) -> list[Replacement]:
    """The replacements that put an entry into the `Meta.indexes` of a model.

    Args:
        source: the file that defines the model.
        facts: of the model.
        entry: code of one index, its names as this file says them.

    Raises:
        EditRefusedError: the class, or its `Meta`, isn't written in a way that an edit could follow.
    """
    node = model_class(source, facts)
    metas = [each for each in _within(node) if isinstance(each, ast.ClassDef) and each.name == "Meta"]
    if any(isinstance(each, ast.Name) and each.id == "Meta" for each in _targets(node.body)) or (
        metas and (len(metas) > 1 or metas[0] not in node.body)
    ):
        raise EditRefusedError(f"The Meta of {facts.name} isn't one class statement.")
    if not metas:
        return _with_new_meta(source, node, facts, entry)
    [meta] = metas
    assigned = [target for target in _targets(_within(meta)) if getattr(target, "id", "") == "indexes"]
    if not assigned:
        return _in_block(source, meta, _new_list(source, meta, _inherited(source, meta, facts), entry))
    value = next((value for target, value in _assignments(meta.body) if target is assigned[0]), None)
    if len(assigned) > 1 or value is None:
        raise EditRefusedError(f"Meta.indexes of {facts.name} isn't given by one assignment.")
    return _extended(source, value, entry)


def spelled(code: str, import_lines: Sequence[str], imports: Imports) -> str:
    """Code of an index with each name as a file says it; the names that it lacks are asked of `imports`.

    Args:
        code: as for a file that has all the imports.
        import_lines: `from module import Name, …`.
        imports: of the file.

    Raises:
        EditRefusedError: the file uses one of the names for something else.
    """
    modules: dict[str, str] = {"Q": DJANGO_MODELS, "F": DJANGO_MODELS}
    whole = {"models": DJANGO_MODELS}
    for line in import_lines:
        for node in ast.parse(line).body:
            if isinstance(node, ast.ImportFrom):
                modules.update((alias.name, node.module or "") for alias in node.names)
            elif isinstance(node, ast.Import):
                whole.update((alias.name, alias.name) for alias in node.names)
    text = Source("", f"({code})")
    found = []
    for each in ast.walk(text.tree):
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in whole:
            name = imports.of_django(each.attr, whole[each.value.id])
            found.append(Replacement(text.start(each), text.end(each), name))
        elif isinstance(each, ast.Name) and each.id in modules and each.id not in whole:
            name = imports.of_django(each.id, modules[each.id])
            found.append(Replacement(text.start(each), text.end(each), name))
    return text.apply(found)[1:-1]


def named_indexes(source: Source, facts: MetaFacts) -> frozenset[str]:
    """The names that are written as `name="…"` in the class."""
    return frozenset(
        keyword.value.value
        for node in ast.walk(model_class(source, facts))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "name"
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    )


def model_class(source: Source, facts: MetaFacts) -> ast.ClassDef:
    """The class statement of a model.

    Raises:
        EditRefusedError: there is none, or several and not one at the line that is known, or a function
            makes it.
    """
    found = [
        node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef) and node.name == facts.name
    ]
    at_line = [
        node for node in found if facts.line in (node.lineno, *(each.lineno for each in node.decorator_list))
    ]
    found = at_line if len(found) > 1 and at_line else found
    if not found:
        raise EditRefusedError(f"No class statement of {facts.name} was found in {source.path}.")
    if len(found) > 1:
        raise EditRefusedError(f"Several class statements of {facts.name} stand in {source.path}.")
    node: ast.AST = found[0]
    while (node := source.parents.get(node, source.tree)) is not source.tree:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            raise EditRefusedError(f"{facts.name} is made by a function, maybe once for several models.")
    return found[0]


def _within(node: ast.ClassDef) -> Iterator[ast.stmt]:
    """The statements of a class, those in its conditions too, but not what functions and classes hold."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, ast.stmt):
            yield each
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            waiting += ast.iter_child_nodes(each)


def _assignments(body: Sequence[ast.stmt] | Iterator[ast.stmt]) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    for node in body:
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign):
            yield node.target, node.value
        elif isinstance(node, ast.AugAssign):
            yield node.target, None


def _targets(body: Sequence[ast.stmt] | Iterator[ast.stmt]) -> list[ast.expr]:
    return [target for target, _ in _assignments(body)]


def _with_new_meta(source: Source, node: ast.ClassDef, facts: MetaFacts, entry: str) -> list[Replacement]:
    base = ""
    if facts.heir_of is not None:
        if facts.bases != len(node.bases) or any(isinstance(each, ast.Starred) for each in node.bases):
            raise EditRefusedError(f"{facts.name} inherits its Meta from a class that isn't written there.")
        base = f"{source.text_of(node.bases[facts.heir_of])}.Meta"
    inherited = f"*{base}.indexes" if base and facts.has_indexes else ""
    indent, step = _indents(source, node)
    head = f"{indent}class Meta({base}):" if base else f"{indent}class Meta:"
    lines = [head, *(step + line for line in _list_lines(indent, step, inherited, entry))]
    return _in_block(source, node, lines, is_class=True)


def _inherited(source: Source, meta: ast.ClassDef, facts: MetaFacts) -> str:
    """`*Base.Meta.indexes`, where a Meta that has none of its own inherits some."""
    if not facts.has_indexes:
        return ""
    if len(meta.bases) != 1 or isinstance(meta.bases[0], ast.Starred):
        raise EditRefusedError(f"The Meta of {facts.name} inherits indexes: write `indexes` there first.")
    return f"*{source.text_of(meta.bases[0])}.indexes"


def _new_list(source: Source, node: ast.ClassDef, inherited: str, entry: str) -> list[str]:
    indent, step = _indents(source, node)
    return _list_lines(indent, step, inherited, entry)


def _list_lines(indent: str, step: str, inherited: str, entry: str) -> list[str]:
    entries = [each for each in (inherited, entry) if each]
    return [f"{indent}indexes = [", *(f"{indent}{step}{each}," for each in entries), f"{indent}]"]


def _indents(source: Source, node: ast.ClassDef) -> tuple[str, str]:
    """How the statements of a class are indented, and by how much more than the class itself."""
    outer = source.indent_of(node.lineno)
    first = node.body[0]
    if not source.starts_line(first):
        return f"{outer}    ", "    "
    inner = source.indent_of(first.lineno)
    return inner, inner.removeprefix(outer) or "    "


def _in_block(
    source: Source, node: ast.ClassDef, lines: Sequence[str], *, is_class: bool = False
) -> list[Replacement]:
    """Lines as a new statement: at the end of a `Meta`; a `Meta` itself before the methods of its model."""
    end = source.newline
    text = end.join(lines)
    last = _statement_before(node) if is_class else node.body[-1]
    if last is None:  # the class begins with a method
        first = min([node.body[0], *getattr(node.body[0], "decorator_list", ())], key=lambda at: at.lineno)
        at = source.offset(first.lineno, 0)
        return [Replacement(at, at, f"{text}{end}{end}")]
    is_alone = len(node.body) == 1
    if is_alone and isinstance(last, ast.Pass):
        start = source.start(last)
        while source.text[start - 1] in " \t\f":
            start -= 1
        before = "" if source.starts_line(last) else end
        return [Replacement(start, source.end(last), before + text)]
    moved = []
    if not source.starts_line(node.body[0]):  # `class Meta: ordering = ["name"]`
        start = source.start(node.body[0])
        behind = start
        while source.text[behind - 1] in " \t\f":
            behind -= 1
        moved.append(Replacement(behind, start, end + _indents(source, node)[0]))
    at = _line_end(source, source.end(node.body[-1] if moved else last))
    return [*moved, Replacement(at, at, f"{end * (2 if is_class else 1)}{text}")]


def _statement_before(node: ast.ClassDef) -> ast.stmt | None:
    """The last statement before the first method; of a class that begins with one its docstring, or None."""
    found = None
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            break
        found = each
    return found


def _line_end(source: Source, at: int) -> int:
    while at < len(source.text) and source.text[at] not in "\r\n":
        at += 1
    return at


def _extended(source: Source, value: ast.expr, entry: str) -> list[Replacement]:
    """One more entry in what `indexes` is: a list, a sum with a list in it, or anything to be unpacked."""
    literal = _literal(source, value)
    if literal is not None:
        return _appended(source, literal, entry)
    text = source.text_of(value)
    if isinstance(value, ast.BinOp | ast.BoolOp | ast.IfExp | ast.Lambda | ast.Tuple):
        text = f"({text})"
    return [Replacement(source.start(value), source.end(value), f"[*{text}, {entry}]")]


def _literal(source: Source, value: ast.expr) -> ast.List | ast.Tuple | None:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _literal(source, value.right) or _literal(source, value.left)
    if isinstance(value, ast.List):
        return value
    return value if isinstance(value, ast.Tuple) and _is_bracketed(source.text_of(value)) else None


def _is_bracketed(text: str) -> bool:
    """Whether brackets stand around all of a tuple, and not around its first element only."""
    if not text.startswith("("):
        return False
    try:
        ast.parse(f"[{text[1:-1]}\n]")
    except SyntaxError:
        return False
    return True


def _appended(source: Source, node: ast.List | ast.Tuple, entry: str) -> list[Replacement]:
    end = source.newline
    close = source.end(node) - 1
    outer = source.indent_of(node.lineno)
    on_line = source.text.rfind("\n", 0, close) + 1
    closes_line = not source.text[on_line:close].strip() and on_line > source.start(node)
    if not node.elts:
        comma = "," if isinstance(node, ast.Tuple) or closes_line else ""
        if closes_line:  # comments may stand within
            step = source.text[on_line:close]
            return [Replacement(on_line, on_line, f"{step}    {entry}{comma}{end}")]
        return [Replacement(source.start(node) + 1, close, f"{entry}{comma}")]
    last = node.elts[-1]
    after, has_comma = _after(source, last, close)
    if not closes_line:
        between = ", "
        if source.starts_line(last):
            between = f",{end}{source.indent_of(last.lineno)}"
        return [Replacement(after, after, f"{between}{entry}")]
    indent = source.indent_of(last.lineno) if source.starts_line(last) else f"{outer}    "
    new = Replacement(on_line, on_line, f"{indent}{entry},{end}")
    return [new] if has_comma else [Replacement(after, after, ","), new]


def _after(source: Source, last: ast.expr, close: int) -> tuple[int, bool]:
    """Where the last element ends, brackets around it included, and whether a comma follows."""
    at = after = source.end(last)
    while at < close:
        char = source.text[at]
        if char == "#":
            at = _line_end(source, at)
        elif char == ")":
            at = after = at + 1
        elif char == ",":
            return after, True
        else:
            at += 1
    return after, False
