"""The house rules that a machine can check, and the page that describes the house."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "queryscope"
MOST_LINES_OF_A_MODULE = 400
MOST_LINES_OF_A_FUNCTION = 50
VAGUE_NAMES = {"utils", "helpers", "common", "misc", "tools"}


def modules() -> Iterator[Path]:
    yield from sorted(PACKAGE.rglob("*.py"))


def top_level_names() -> set[str]:
    """The rooms and doors: every module and package right below queryscope."""
    names = {path.stem if path.suffix == ".py" else path.name for path in PACKAGE.iterdir()}
    return {name for name in names if name.isidentifier() and not name.startswith("__")}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_every_floor_of_the_contract_has_a_place_for_every_module() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip().removeprefix("queryscope.") for layer in layers for name in layer.split("|")}
    assert top_level_names() - placed == set()


def test_the_architecture_page_names_every_module() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    floors = page.split("## Floors")[1].split("## ")[0]
    missing = {name for name in top_level_names() if f"`{name}`" not in floors and f"`{name}/" not in floors}
    assert missing == set()


def test_modules_stay_short_and_say_what_they_are_for() -> None:
    for path in modules():
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= MOST_LINES_OF_A_MODULE, path
        assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring."


def test_functions_fit_on_a_screen() -> None:
    for path in modules():
        for function in functions(ast.parse(path.read_text(encoding="utf-8"))):
            length = (function.end_lineno or 0) - function.lineno + 1
            assert length <= MOST_LINES_OF_A_FUNCTION, f"{path}:{function.lineno} {function.name} ({length})"


def test_model_types_are_frozen() -> None:
    for path in sorted((PACKAGE / "model").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            bases = {ast.unparse(base) for base in node.bases} if isinstance(node, ast.ClassDef) else set()
            if not isinstance(node, ast.ClassDef) or bases & {"Enum", "IntEnum", "StrEnum", "NamedTuple"}:
                continue
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            assert "dataclass(frozen=True, slots=True, kw_only=True)" in decorators, f"{path} {node.name}"


def test_nothing_is_called_by_a_vague_name() -> None:
    assert [path for path in modules() if path.stem in VAGUE_NAMES or path.parent.name in VAGUE_NAMES] == []


def test_no_exception_is_swallowed_without_a_word() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                is_bare = [type(statement) for statement in node.body] == [ast.Pass]
                assert not is_bare, f"{path}:{node.lineno}"


def test_no_group_of_an_expression_is_repeated_possessively() -> None:
    """Python 3.11.0 to 3.11.4 match `(a|b)*+` wrongly or raise SystemError; `(?>(a|b)*)` is the same."""
    for path in modules():
        found = re.findall(r"\)(?:[*+?]|\{\{?\d*,?\d*\}\}?)\+|\w\}[*+?]\+", path.read_text(encoding="utf-8"))
        assert found == [], path


def test_tests_have_the_shape_of_the_source() -> None:
    folders = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if (path / "__init__.py").is_file()}
    missing = {str(folder) for folder in folders if not (ROOT / "tests" / folder).is_dir()}
    assert missing - {"management/commands", "rules/index/candidate"} == set()
