"""Names that new code needs: how a file says them already, or the import that is missing."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from queryscope.errors import EditRefusedError
from queryscope.fixes.source import Replacement, Source

DJANGO_MODELS = "django.db.models"
FUNCTIONS = f"{DJANGO_MODELS}.functions"
# Modules that hold all of `django.db.models` under one name.
_WHOLE = {
    DJANGO_MODELS: (("django.db", "models"), ("django.contrib.gis.db", "models")),
    FUNCTIONS: ((DJANGO_MODELS, "functions"),),
}
_STATEMENT = re.compile(r"from (\S+) import (\w+(?:, \w+)*)")
_STATEMENTS = re.compile(
    rf"(?P<before>[\r\n]*)(?P<lines>{_STATEMENT.pattern}(?:\r?\n{_STATEMENT.pattern})*)(?P<after>[\r\n]*)"
)
# Where a file asks for another application's models, it may be asked for by it.
_CIRCULAR = ("models", "managers", "querysets")


class Imports:
    """What a file can name, and the replacements that let it name more."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._wanted: dict[str, list[str]] = {}  # names by module, in order of asking

    def of_django(self, name: str, module: str = DJANGO_MODELS) -> str:
        """How `django.db.models.<name>` is written in this file.

        Raises:
            EditRefusedError: the file uses that name for something else.
        """
        for bound, there, original in _imported(self._source.tree):
            # Aggregates and expressions have modules of their own too.
            if original == name and (there == module or there.startswith(f"{module}.")):
                return bound
            # Django's modules say in __all__ what a star gives.
            if (there, original) == (module, "*") and name not in _bound(self._source.tree):
                return name
        for bound, there, original in _imported(self._source.tree):
            if (there, original) in _WHOLE.get(module, ()):
                return f"{bound}.{name}"
        return self._want(module, name)

    def of_model(self, name: str, module: str, *, beside: str = "") -> str:
        """How a model is written in this file.

        Args:
            name: its class.
            module: where that is defined.
            beside: a class of the same module, which this file may import from a shorter one.

        Raises:
            EditRefusedError: importing it here may go round in a circle, or its module isn't known.
        """
        for bound, _, original in _imported(self._source.tree):
            if original == name:
                return bound
        if any(isinstance(node, ast.ClassDef) and node.name == name for node in self._source.tree.body):
            return name
        near = next((there for _, there, original in _imported(self._source.tree) if original == beside), "")
        if near:
            return self._want(near, name)
        if not module:
            raise EditRefusedError(f"Import {name} here first: where it is defined isn't known.")
        stem = self._source.path.rpartition("/")[2].removesuffix(".py")
        if stem in _CIRCULAR or "/models/" in self._source.path:
            raise EditRefusedError(f"{name} isn't imported here, and importing it may go round in a circle.")
        return self._want(self._written_module(module), name)

    def knows(self, name: str) -> bool:
        """Whether the file gives that name a meaning at its top level."""
        blocks = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        return any(
            node.name == name if isinstance(node, blocks) else name in _bound(node)
            for node in self._source.tree.body
        )

    def replacements(self) -> list[Replacement]:
        """The imports that are missing, of which no two stand at one place."""
        found: dict[int, Replacement] = {}
        for module, names in self._wanted.items():
            for each in self._added(module, names):
                known = found.get(each.start)
                text = joined_statements(known.text, each.text) if known is not None else each.text
                assert text is not None
                found[each.start] = Replacement(each.start, each.end, text)
        return list(found.values())

    def _want(self, module: str, name: str) -> str:
        if name in _bound(self._source.tree):
            raise EditRefusedError(f"{name} is something else in {self._source.path}.")
        names = self._wanted.setdefault(module, [])
        if name not in names:
            names.append(name)
        return name

    def _written_module(self, module: str) -> str:
        """The module as this file names it: `.models` where that is how it asks for its own models."""
        for node in self._source.tree.body:
            if isinstance(node, ast.ImportFrom) and node.level:
                package = self._source.path.removesuffix(".py").split("/")[: -node.level]
                parts = [*package, *(node.module or "").split(".")]
                if node.module and f".{'.'.join(parts)}".endswith(f".{module}"):
                    return "." * node.level + node.module
        return module

    def _added(self, module: str, names: Sequence[str]) -> list[Replacement]:
        source = self._source
        for node in source.tree.body:
            if isinstance(node, ast.ImportFrom) and _module(node) == module:
                return _extended(source, node, names)
        line = f"from {module} import {', '.join(sorted(names, key=order_of_name))}"
        return [_new(source, line, module)]


def said(code: str, names: Mapping[str, str]) -> str:
    """Code with its names as a file says them: `models.Count("tags")` of `Count("tags")`.

    Args:
        code: arguments of a call.
        names: how the file says each.
    """
    changed = {name: text for name, text in names.items() if name != text}
    if not changed:
        return code
    front = "f("
    text = f"{front}{code})"
    found = [
        node
        for node in ast.walk(ast.parse(text, mode="eval"))
        if isinstance(node, ast.Name) and node.id in changed
    ]
    lines = Source("", text)
    places = [Replacement(lines.start(node), lines.end(node), changed[node.id]) for node in found]
    return lines.apply(places)[len(front) : -1]


def joined_statements(one: str, other: str) -> str | None:
    """Two texts that add import statements at one place as one text; None if they aren't that.

    One of them may be more names of the statement that ends there.
    """
    found = [_STATEMENTS.fullmatch(text) for text in (one, other)]
    for names_text, match in ((one, found[1]), (other, found[0])):
        if names_text.startswith(",") and match is not None and match["before"]:
            return names_text + match.string
    if found[0] is None or found[1] is None:
        return None
    names: dict[str, set[str]] = {}
    for match in found:
        for module, listed in _STATEMENT.findall(match["lines"] if match else ""):
            names.setdefault(module, set()).update(listed.split(", "))
    lines = [
        f"from {module} import {', '.join(sorted(each, key=order_of_name))}"
        for module, each in sorted(names.items())
    ]
    before, after = (max((match[part] for match in found if match), key=len) for part in ("before", "after"))
    return f"{before}{_newline_of(one + other).join(lines)}{after}"


def _newline_of(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def order_of_name(name: str) -> tuple[int, str]:
    """Constants, classes, the rest: the order of isort and ruff."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return (kind, name)


def _imported(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """(name in the file, module, name there) of what is imported at the top of a file."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, "." * node.level + (node.module or ""), alias.name


def _bound(code: ast.AST) -> set[str]:
    """Every name that some scope in it gives a value."""
    found: set[str] = set()
    for node in ast.walk(code):
        if isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
    return found


def _new(source: Source, line: str, module: str) -> Replacement:
    """A statement of its own, where isort would put it."""
    imports = [node for node in source.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if not imports:
        return _before_code(source, line)
    # In the first block: what stands between two blocks may have to run before the second.
    block = _first_block(source, imports[0])
    package = module.partition(".")[0]
    alike = [node for node in block if _module(node).partition(".")[0] == package]
    earlier = [node for node in alike if _module(node) < module]
    if alike and not earlier:
        at = source.start(alike[0])
        return Replacement(at, at, f"{line}{source.newline}")
    own = next((node for node in block if _is_own(node)), None)
    if not earlier and package == "django" and own is not None:
        at = source.start(own)
        return Replacement(at, at, f"{line}{2 * source.newline}")
    after = earlier[-1] if earlier else block[-1]
    is_apart = not earlier and _module(after).partition(".")[0] in sys.stdlib_module_names
    at = _end_of_line(source, after)
    return Replacement(at, at, f"{(1 + is_apart) * source.newline}{line}")


def _module(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name


def _is_own(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether an import may be of the project: neither the standard library's nor Django's."""
    package = _module(node).partition(".")[0]
    return package != "django" and package not in sys.stdlib_module_names


def _first_block(source: Source, first: ast.stmt) -> list[ast.Import | ast.ImportFrom]:
    """The imports from the first on, up to the first statement that is none."""
    block = []
    for node in source.tree.body[source.tree.body.index(first) :]:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        block.append(node)
    return block


def _extended(source: Source, node: ast.ImportFrom, names: Sequence[str]) -> list[Replacement]:
    """More names of an import: in order where they are in order, else behind the last."""
    known = [alias.name for alias in node.names]
    if known == ["*"]:
        raise EditRefusedError(f"Import {', '.join(names)} from {node.module} first.")
    key = next((key for key in (order_of_name, _by_letters) if known == sorted(known, key=key)), None)
    first, last = node.names[0], node.names[-1]
    is_column = all(not source.line(each.lineno)[: each.col_offset].strip() for each in (first, last))
    between = f",{source.newline}{source.indent_of(first.lineno)}" if is_column else ", "
    behind: dict[ast.alias | None, list[str]] = {}  # new names by the one before which they go
    for name in sorted(names, key=key or order_of_name):
        later = next((alias for alias in node.names if key is not None and key(alias.name) > key(name)), None)
        behind.setdefault(later, []).append(name)
    return [
        _at_end(source, last, between, more) if alias is None else _in_front(source, alias, between, more)
        for alias, more in behind.items()
    ]


def _by_letters(name: str) -> tuple[int, str]:
    return (0, name)


def _in_front(source: Source, alias: ast.alias, between: str, names: list[str]) -> Replacement:
    at = source.offset(alias.lineno, alias.col_offset)
    return Replacement(at, at, "".join(f"{name}{between}" for name in names))


def _at_end(source: Source, last: ast.alias, between: str, names: list[str]) -> Replacement:
    at = source.offset(last.end_lineno or last.lineno, last.end_col_offset or 0)
    rest = source.text[at:].partition("\n")[0].rstrip("\r")
    if rest.lstrip().startswith(",") and "#" in rest:
        # What is said of the last name stays beside it.
        line = between.removeprefix(",")
        return Replacement(at + len(rest), at + len(rest), "".join(f"{line}{name}," for name in names))
    return Replacement(at, at, "".join(f"{between}{name}" for name in names))


def _before_code(source: Source, line: str) -> Replacement:
    first = next(
        (
            node
            for node in source.tree.body
            if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ),
        None,
    )
    if first is None:
        raise EditRefusedError(f"{source.path} holds nothing that an import could stand before.")
    top = next(iter(getattr(first, "decorator_list", ())), first)
    is_block = isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    at = source.offset(top.lineno, 0)
    return Replacement(at, at, f"{line}{(3 if is_block else 2) * source.newline}")


def _end_of_line(source: Source, node: ast.stmt) -> int:
    end = source.end(node)
    rest = source.text[end:].partition("\n")[0].rstrip("\r")
    if rest.strip() and not rest.lstrip().startswith("#"):
        raise EditRefusedError(f"{source.path}:{node.lineno} holds several statements.")
    return end + len(rest)
