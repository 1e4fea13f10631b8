"""Names that new code needs: how a file says them already, or the import that is missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from queryscope.errors import EditRefusedError
from queryscope.fixes.source import Replacement, Source

DJANGO_MODELS = "django.db.models"
# Where a file asks for another application's models, it may be asked for by it.
_CIRCULAR = ("models", "managers", "querysets")


class Imports:
    """What a file can name, and the replacements that let it name more."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._wanted: dict[str, list[str]] = {}  # names by module, in order of asking

    def of_django(self, name: str) -> str:
        """How `django.db.models.<name>` is written in this file.

        Raises:
            EditRefusedError: the file uses that name for something else.
        """
        for bound, module, original in _imported(self._source.tree):
            if module == DJANGO_MODELS and original == name:
                return bound
        for bound, module, original in _imported(self._source.tree):
            if (module, original) == ("django.db", "models"):
                return f"{bound}.{name}"
        return self._want(DJANGO_MODELS, name)

    def of_model(self, name: str, module: str) -> str:
        """How a model is written in this file.

        Raises:
            EditRefusedError: importing it here may go round in a circle, or its module isn't known.
        """
        for bound, _, original in _imported(self._source.tree):
            if original == name:
                return bound
        if any(isinstance(node, ast.ClassDef) and node.name == name for node in self._source.tree.body):
            return name
        if not module:
            raise EditRefusedError(f"Import {name} here first: where it is defined isn't known.")
        stem = self._source.path.rpartition("/")[2].removesuffix(".py")
        if stem in _CIRCULAR or "/models/" in self._source.path:
            raise EditRefusedError(f"{name} isn't imported here, and importing it may go round in a circle.")
        return self._want(self._written_module(module), name)

    def replacements(self) -> list[Replacement]:
        """The imports that are missing."""
        return [_added(self._source, module, names) for module, names in self._wanted.items()]

    def _want(self, module: str, name: str) -> str:
        if name in _bound_anywhere(self._source.tree):
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


def _imported(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """(name in the file, module, name there) of what is imported at the top of a file."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, "." * node.level + (node.module or ""), alias.name


def _bound_anywhere(tree: ast.Module) -> set[str]:
    """Every name that some scope of a file gives a value."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
    return found


def _added(source: Source, module: str, names: Sequence[str]) -> Replacement:
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and _module(node) == module:
            return _extended(source, node, names)
    line = f"from {module} import {', '.join(sorted(names))}"
    imports = [node for node in source.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if not imports:
        return _at_top(source, line)
    # In the first block: what stands between two blocks may have to run before the second.
    block = _first_block(source, imports[0])
    alike = [node for node in block if _module(node).partition(".")[0] == module.partition(".")[0]]
    earlier = [node for node in alike if _module(node) < module]
    if alike and not earlier:
        at = source.start(alike[0])
        return Replacement(at, at, f"{line}{source.newline}")
    at = _end_of_line(source, earlier[-1] if earlier else block[-1])
    return Replacement(at, at, f"{source.newline}{line}")


def _module(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name


def _first_block(source: Source, first: ast.stmt) -> list[ast.Import | ast.ImportFrom]:
    """The imports from the first on, up to the first statement that is none."""
    block = []
    for node in source.tree.body[source.tree.body.index(first) :]:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        block.append(node)
    return block


def _extended(source: Source, node: ast.ImportFrom, names: Sequence[str]) -> Replacement:
    """The names of an import with more of them: in order where they are in order."""
    known = [alias.name for alias in node.names]
    first, last = node.names[0], node.names[-1]
    start = source.offset(first.lineno, first.col_offset)
    end = source.offset(last.end_lineno or last.lineno, last.end_col_offset or 0)
    texts = {alias.name: _alias_text(alias) for alias in node.names} | {name: name for name in names}
    if known == ["*"] or "#" in source.text[start:end]:
        raise EditRefusedError(f"Import {', '.join(names)} from {node.module} first.")
    wanted = [*known, *names]
    if known == sorted(known, key=_isort_key):
        wanted.sort(key=_isort_key)
    elif known == sorted(known):
        wanted.sort()
    is_column = first.lineno != last.lineno and source.indent_of(first.lineno) == source.indent_of(
        last.lineno
    )
    between = f",{source.newline}{source.indent_of(first.lineno)}" if is_column else ", "
    return Replacement(start, end, between.join(texts[name] for name in wanted))


def _alias_text(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _isort_key(name: str) -> tuple[int, str]:
    """Constants, classes, the rest: the order of isort and ruff."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return (kind, name)


def _at_top(source: Source, line: str) -> Replacement:
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
    at = source.offset(top.lineno, 0)
    return Replacement(at, at, f"{line}{3 * source.newline}")


def _end_of_line(source: Source, node: ast.stmt) -> int:
    end = source.end(node)
    rest = source.text[end:].partition("\n")[0].rstrip("\r")
    if rest.strip() and not rest.lstrip().startswith("#"):
        raise EditRefusedError(f"{source.path}:{node.lineno} holds several statements.")
    return end + len(rest)
