"""From stack keys to frames."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from queryscope.capture.codes import Codes
from queryscope.capture.frames import (
    attribute_line,
    chained_spans,
    class_lines,
    class_site,
    python_frame,
    resolve_stack,
    template_frame,
)
from queryscope.capture.project import Project
from queryscope.model import ClassSite, Frame
from tests.capture import shop_views
from tests.capture.recording import CODES, text_at


def make_codes(root: Path) -> Codes:
    return Codes(Project(str(root.resolve())), is_blind=True)


def write(folder: Path, source: str) -> Path:
    path = folder / "shop.py"
    path.write_text(source, encoding="utf-8")
    return path


def run_until_told(path: Path) -> tuple[CodeType, int]:
    """Run a file that calls `tell()`, and say where it was then."""
    told: list[tuple[CodeType, int]] = []

    def tell(*_: Any, **__: Any) -> Any:
        frame = sys._getframe(1)
        told.append((frame.f_code, frame.f_lasti))
        return Chain()

    class Chain:
        def __getattr__(self, name: str) -> Any:
            return tell

    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {"objects": Chain(), "tell": tell})
    return told[-1]


def frame_of(path: Path) -> Frame:
    codes = make_codes(path.parent)
    code, lasti = run_until_told(path)
    codes.judge(code)
    return python_frame(id(code), lasti, codes)


def test_a_frame_spans_the_expression_under_execution(tmp_path: Path) -> None:
    frame = frame_of(write(tmp_path, "x = 1\ny = (tell(x), 2)\n"))
    assert (frame.path, frame.function) == ("shop.py", "<module>")
    assert (frame.line, frame.column, frame.end_line, frame.end_column) == (2, 5, 2, 12)


@pytest.mark.parametrize(
    "chain",
    [
        "objects.filter(1)",
        "objects\\\n    .filter(1)",
        "(\n    objects\n    .filter(1)\n)",
        "(\n    objects\n    # why\n    .filter(\n        1,\n    )\n)",
        "(\n    objects.\n    filter(1)\n)",
        '(\n    "ä" and objects\n    .filter(1)\n)',
    ],
)
def test_a_chain_over_many_lines_starts_at_its_root(tmp_path: Path, chain: str) -> None:
    path = write(tmp_path, f"x = {chain}\n")
    frame = frame_of(path)
    lines = path.read_bytes().splitlines(keepends=True)
    assert lines[frame.line - 1][frame.column :].startswith(b"objects")
    last = lines[(frame.end_line or 0) - 1][: frame.end_column]
    assert last.endswith(b")")
    assert last.decode().count("(") <= 1


def test_the_last_link_of_a_longer_chain_is_the_whole_chain(tmp_path: Path) -> None:
    path = write(tmp_path, "x = (\n    objects\n    .filter(1)\n    .order_by(2)\n)\n")
    frame = frame_of(path)
    assert (frame.line, frame.end_line) == (2, 4)


def test_names_with_more_bytes_than_letters_are_counted_in_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, "x = (\n    objects\n    .größe(1)\n)\n")
    frame = frame_of(path)
    assert (frame.line, frame.column, frame.end_line) == (2, 4, 3)


def test_a_file_that_changed_meanwhile_does_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path, "x = (\n    objects\n    .filter(1)\n)\n")
    code, lasti = run_until_told(path)
    codes = make_codes(tmp_path)
    codes.judge(code)
    path.write_text("class Other:\n", encoding="utf-8")
    assert python_frame(id(code), lasti, codes).line == 3
    path.unlink()
    codes.frames.clear()
    assert python_frame(id(code), lasti, codes).line == 3


def test_frames_are_resolved_once(tmp_path: Path) -> None:
    path = write(tmp_path, "tell()\n")
    code, lasti = run_until_told(path)
    codes = make_codes(tmp_path)
    codes.judge(code)
    assert python_frame(id(code), lasti, codes) is python_frame(id(code), lasti, codes)


def test_an_instruction_without_a_position_stands_at_the_functions_line(tmp_path: Path) -> None:
    codes = make_codes(tmp_path)
    code = compile("\n\nx = 1", str(tmp_path / "shop.py"), "exec").replace(co_linetable=b"")
    codes.judge(code)
    frame = python_frame(id(code), 10_000, codes)
    assert (frame.line, frame.column) == (code.co_firstlineno, None)


def test_files_outside_the_project_keep_their_whole_path(tmp_path: Path) -> None:
    path = write(tmp_path, "tell()\n")
    code, lasti = run_until_told(path)
    codes = make_codes(tmp_path / "elsewhere")
    codes.judge(code)
    codes.kept[id(code)] = code
    assert python_frame(id(code), lasti, codes).path == str(path)


@pytest.mark.parametrize(
    ("what", "contents", "source"),
    [
        ("VAR", "book.author.name", "{{ book.author.name }}"),
        ("BLOCK", "for book in books", "{% for book in books %}"),
    ],
)
def test_template_lines_are_written_as_in_the_template(
    tmp_path: Path, what: str, contents: str, source: str
) -> None:
    entry = (str(tmp_path / "books" / "list.html"), 12, what, contents)
    assert template_frame(entry, make_codes(tmp_path)) == Frame(
        path="books/list.html", line=12, function="list.html", is_template=True, source=source
    )


@pytest.mark.parametrize(("python_line", "line"), [(3, 1), (10, 1), (13, 1), (14, 4), (99, 7), (20, 7)])
def test_compiled_jinja_lines_are_led_back(tmp_path: Path, python_line: int, line: int) -> None:
    path = tmp_path / "list.html"
    path.write_text("\n".join(f"  line {number}  " for number in range(1, 9)), encoding="utf-8")
    entry = (str(path), python_line, "1=10&4=14&7=20", "jinja")
    frame = template_frame(entry, make_codes(tmp_path))
    assert (frame.line, frame.source, frame.is_template) == (line, f"line {line}", True)


def test_jinja_templates_without_debug_information_stand_at_their_first_line(tmp_path: Path) -> None:
    frame = template_frame((str(tmp_path / "gone.html"), 5, "", "jinja"), make_codes(tmp_path))
    assert (frame.line, frame.source) == (1, "")


def test_a_stack_key_is_read_in_pairs(tmp_path: Path) -> None:
    codes = make_codes(tmp_path)
    path = write(tmp_path, "tell()\n")
    code, lasti = run_until_told(path)
    codes.judge(code)
    entry = (str(tmp_path / "list.html"), 1, "VAR", "x")
    frames = resolve_stack((entry, 0, id(code), lasti), codes)
    assert [frame.path for frame in frames] == ["list.html", "shop.py"]
    assert resolve_stack((), codes) == ()


def test_class_lines_name_nested_classes(tmp_path: Path) -> None:
    path = write(tmp_path, "class A:\n    class B: ...\n\n\nclass C: ...\n")
    assert class_lines(str(path)) == {"A": 1, "A.B": 2, "C": 5}


@pytest.mark.parametrize("source", ["class A:\n", "x = \x00"])
def test_files_that_cannot_be_read_have_no_classes_and_no_chains(tmp_path: Path, source: str) -> None:
    path = write(tmp_path, source)
    assert class_lines(str(path)) == {}
    assert chained_spans(str(path)) == {}
    assert class_lines(str(tmp_path / "gone.py")) == {}


def test_a_class_that_inherits_its_queryset_is_told_by_the_class_that_has_it() -> None:
    site = class_site(shop_views.CheapList, CODES)
    assert site is not None
    assert (site.name, site.kind) == ("ProductQueryList", "view")


@pytest.mark.parametrize(
    ("holder", "kind"),
    [
        (shop_views.ProductViewSet, "view"),
        (shop_views.ProductAdmin, "admin"),
        (shop_views.ChoiceForm, "form"),
        (shop_views.ProductSerializer, "serializer"),
        (shop_views.Catalogue, "other"),
    ],
)
def test_the_kind_of_a_class_is_read_from_its_ancestors(holder: type, kind: str) -> None:
    site = class_site(holder, CODES)
    assert isinstance(site, ClassSite)
    assert (site.kind, site.name, site.path) == (kind, holder.__qualname__, "tests/capture/shop_views.py")
    source = Path(shop_views.__file__).read_text(encoding="utf-8").splitlines()[site.line - 1]
    assert source.startswith(f"class {holder.__name__}")


def test_a_class_without_a_file_has_no_site() -> None:
    assert class_site(type("Lost", (), {"__module__": "nowhere"}), CODES) is None


def test_the_span_of_a_frame_can_be_read_back() -> None:
    line = (
        Path(__file__).read_text(encoding="utf-8").splitlines().index("def make_codes(root: Path) -> Codes:")
    )
    frame = Frame(
        path="tests/capture/test_frames.py", line=line + 1, function="", end_line=line + 1, column=4
    )
    assert text_at(frame).startswith("make_codes(")


def test_the_line_that_gives_an_attribute_its_value(tmp_path):
    file = tmp_path / "serializers.py"
    file.write_text(
        "class Outer:\n"
        "    plain = 1\n"
        "    typed: Field = 2\n"
        "    declared: Field\n"
        "    one = other = 3\n"
        "    class Inner:\n"
        "        typed: Field = 4\n"
    )
    lines = [
        attribute_line(str(file), "Outer", name) for name in ("plain", "typed", "declared", "other", "no")
    ]
    assert lines == [2, 3, 0, 5, 0]
    assert attribute_line(str(file), "Outer.Inner", "typed") == 7
