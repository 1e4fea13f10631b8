"""Edits of template tags."""

from __future__ import annotations

from queryscope.fixes.sources import Sources
from queryscope.fixes.templates import template_diff, template_fix
from tests.builders import make_frame
from tests.fixes.running import applied, git_apply

PATH = "templates/list.html"
PAGE = "<h1>Ω</h1>\r\n{{ books.count }} of them\n{{ books.count }} {{ books.count }}\n"


def fix_of(line: int, text: str | None = PAGE):
    frame = make_frame(PATH, line, "list.html", is_template=True, source="{{ books.count }}")
    return template_fix(Sources({PATH: text}.get), frame, "books.count", "books|length")


def test_a_piece_of_a_line_gives_way(tmp_path):
    fix = fix_of(2)
    assert fix.code == "{{ books|length }}"
    changed = applied(fix, PAGE)
    assert changed == PAGE.replace("books.count", "books|length", 1)
    assert git_apply(tmp_path, PATH, PAGE, fix.diff) == changed


def test_a_line_that_holds_it_twice_or_no_more_is_left_alone():
    for fix in (fix_of(3), fix_of(1), fix_of(9), fix_of(2, None)):
        assert not fix.edits
        assert not fix.diff
        assert fix.caveat.startswith("No diff")


def test_several_edits_make_one_diff():
    edits = (*fix_of(2).edits,)
    assert template_diff(PATH, PAGE, edits) == fix_of(2).diff
