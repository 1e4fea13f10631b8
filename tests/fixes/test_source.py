"""Offsets, line ends, quotation marks, diffs that git takes."""

from __future__ import annotations

import ast
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.fixes.source import Replacement, Source, unified_diff
from tests.fixes.running import git_apply


def name_node(source: Source, name: str) -> ast.Name:
    return next(node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id == name)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1; here = 2\n",
        "x = 'ü€😀'; here = 2\n",
        "\ufeffx = 1; here = 2",
        "x = 1\r\nhere = 2\r\n",
        "x = 1\rhere = 2\r",
        "x = '\x0c\x0b\x85\u2028'\n\x0chere = 2\n",
        "if 1:\n\there = 2",
        "größe = 'ß'; here = größe\n",
    ],
)
def test_a_position_of_the_tree_becomes_a_character_offset(text):
    source = Source("a.py", text)
    node = name_node(source, "here")
    assert source.start(node) == text.index("here")
    assert source.text_of(node) == "here"


@given(
    before=st.text(alphabet="aé€😀\t ", max_size=12),
    lines=st.lists(st.sampled_from(["\n", "\r\n", "\x0c\n"])),
)
def test_offsets_are_right_behind_any_text(before, lines):
    text = "".join(f"# {before}{end}" for end in lines) + f"x = '{before}'; here = 1"
    source = Source("a.py", text)
    assert source.text_of(name_node(source, "here")) == "here"


@pytest.mark.parametrize("text", ["def f(:\n", "x = 'a\n", "\0", "x = (" * 300, "\tx = 1\n  y = 2\n"])
def test_what_does_not_parse_raises_what_callers_catch(text):
    with pytest.raises((SyntaxError, ValueError, MemoryError, RecursionError)):
        Source("a.py", text)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("", '"'),
        ("x = 'a', 'b', \"c\"\n", "'"),
        ('"""It\'s, don\'t, can\'t"""\nx = "a"\n', '"'),
        ("# it's don't\nx = r'a', b\"b\", f'{1}'\n", "'"),
        ("x = 'a', \"b\"\n", '"'),
        ("def f():\n    '''It is'''\n    return \"a\", \"b\", 'c'\n", '"'),
    ],
)
def test_the_preferred_quotation_mark_is_counted_on_strings_alone(text, quote):
    assert Source("a.py", text).quote == quote


@pytest.mark.parametrize(
    ("text", "newline"),
    [
        ("a = 1\nb = 2\n", "\n"),
        ("a = 1\r\nb = 2\r\n", "\r\n"),
        ("a = 1\r\nb = 2\nc = 3\n", "\n"),
        ("a", "\n"),
    ],
)
def test_most_lines_say_how_lines_end(text, newline):
    assert Source("a.py", text).newline == newline


def test_indentation_stops_before_the_text():
    source = Source("a.py", "if 1:\n \t x = 1\n")
    assert source.indent_of(2) == " \t "
    assert source.indent_of(9) == ""


def test_replacements_are_applied_from_the_end_and_told_in_order():
    source = Source("a.py", "a = b\n")
    both = [Replacement(4, 5, "é"), Replacement(0, 1, "long")]
    assert source.apply(both) == "long = é\n"
    edits = source.edits(both)
    assert [edit.start for edit in edits] == [0, 4]
    assert {edit.source_sha256 for edit in edits} == {hashlib.sha256(b"a = b\n").hexdigest()}
    assert {edit.path for edit in edits} == {"a.py"}


def test_a_result_that_does_not_parse_has_no_diff():
    assert Source("a.py", "a = b\n").diff([Replacement(2, 3, "")]) == ""


def test_a_node_holds_its_own_text_only():
    source = Source("a.py", "here = 1 + 2\n")
    value = source.tree.body[0].value
    assert source.holds(value)
    assert not Source("a.py", "other = 'a text'\n").holds(value)
    node = source.tree.body[0].targets[0]
    node.col_offset, node.end_col_offset = 5, 8
    assert not source.holds(node)


TEXTS = [
    ("a\nb\nc\n", "a\nB\nc\n"),
    ("a", "b"),
    ("a\n", "a"),
    ("a", "a\n"),
    ("a\r\nb\r\n", "a\r\nB\r\n"),
    ("a\x0cb\rc\u2028d\n", "a\x0cb\rC\u2028d\n"),
    ("".join(f"{n}\n" for n in range(40)), "".join(f"{n if n not in (3, 30) else 'é'}\n" for n in range(40))),
]


@pytest.mark.parametrize(("before", "after"), TEXTS)
def test_git_applies_the_diff(tmp_path, before, after):
    assert git_apply(tmp_path, "shop/a.py", before, unified_diff("shop/a.py", before, after)) == after


@pytest.mark.parametrize(
    "path", ["my shop/my views.py", "läden/größe.py", 'a"b/c.py', "a\\b.py", "tab\there.py"]
)
def test_git_applies_the_diff_of_any_path(tmp_path, path):
    assert git_apply(tmp_path, path, "a\n", unified_diff(path, "a\n", "b\n")) == "b\n"


def test_no_change_is_no_diff():
    assert unified_diff("a.py", "a\n", "a\n") == ""


@given(
    before=st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n"]), max_size=30),
    change=st.lists(st.sampled_from(["a\n", "b\n", "x\n"]), max_size=4),
    at=st.integers(0, 30),
    length=st.integers(0, 4),
)
def test_a_hunk_names_the_lines_that_change(before, change, at, length):
    after = [*before[:at], *change, *before[at + length :]]
    diff = unified_diff("a.py", "".join(before), "".join(after))
    assert patched(before, diff) == after


def patched(lines: list[str], diff: str) -> list[str]:
    """What a diff makes of lines, which have to be where it says."""
    result, done = [], 0
    for line in diff.split("\n")[2:-1]:
        if line.startswith("@@"):
            start, _, length = line.split()[1][1:].partition(",")
            first = int(start) - (length != "0")
            result += lines[done:first]
            done = first
        elif line[0] == "+":
            result.append(line[1:] + "\n")
        else:
            assert lines[done] == line[1:] + "\n"
            result += [lines[done]] if line[0] == " " else []
            done += 1
    return result + lines[done:]


TOP = "import a\n\n\n@b\ndef f():\n    return a.b()\n\n\nx = 1; y = a.b()\n"


def diff_of(text: str, old: str, new: str) -> str:
    start = text.index(old)
    return Source("a.py", text).diff([Replacement(start, start + len(old), new)])


@pytest.mark.parametrize(
    ("old", "new", "parses"),
    [
        ("return a.b()", "return a.c().b()", True),
        ("return a.b()", "return a.c(", False),
        ("return a.b()", "return a.b()\n\ny = (", False),
        ("import a", "import a, c", True),
        ("@b", "@b(1)", True),
        ("@b", "@b(", False),
        ("y = a.b()", "y = a.c()", True),
        ("y = a.b()", "y = a.c(", False),
        ("()\n\n\nx = 1", "()\n\n\nx = 2", True),
        ("()\n\n\nx = 1", "(\n\n\nx = 2", False),
    ],
)
def test_what_is_touched_has_to_parse(old, new, parses):
    assert bool(diff_of(TOP, old, new)) is parses
    assert bool(diff_of("\ufeff" + TOP, old, new)) is parses


def test_expressions_are_found_by_where_they_end_the_outer_first():
    source = Source("a.py", "for x in a.b():\n    pass\ny = a.b()\n")
    assert [type(node).__name__ for node in source.ending[(1, 14)]] == ["Call"]
    assert [type(node).__name__ for node in source.ending[(2, 8)]] == ["For"]


def test_functions_are_told_the_outer_first():
    source = Source("a.py", "def f():\n    def g():\n        pass\n\n\nasync def h():\n    pass\n")
    assert [node.name for node in source.functions] == ["f", "h", "g"]
