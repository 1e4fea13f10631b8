"""Comments that allow findings: where they stand, what they hold for, what is a mistake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.fixes.comments import Comment, read_comments

ALLOW = "# queryscope: allow[n-plus-one] five rows"


def told(text: str, path: str = "shop/views.py") -> list[tuple[int, int, tuple[str, ...], str]]:
    return [(each.line, each.at, each.rules, each.reason) for each in read_comments(path, text)]


def test_a_comment_behind_code_holds_for_its_line():
    assert read_comments("a.py", f"x = 1\nbooks = list()  {ALLOW}\n") == (
        Comment(line=2, at=2, rules=("n-plus-one",), reason="five rows"),
    )


def test_a_comment_of_its_own_holds_for_the_next_line_of_code():
    text = f"{ALLOW}\n\n# another\nbooks = list()\n"
    assert told(text) == [(1, 4, ("n-plus-one",), "five rows")]


def test_in_front_of_an_indented_line_too():
    assert told(f"def f():\n    {ALLOW}\n    return 1\n")[0][:2] == (2, 3)


def test_between_two_lines_of_one_statement_it_holds_for_the_next():
    assert told(f"f(\n    {ALLOW}\n    1,\n)\n")[0][:2] == (2, 3)


def test_several_above_one_line_all_hold():
    text = f"{ALLOW}\n# queryscope: allow[slow-query]\nx = 1\n"
    assert [(each.line, each.at) for each in read_comments("a.py", text)] == [(1, 3), (2, 3)]


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("# queryscope: allow[a, b] why", ("a", "b"), "why"),
        ("#queryscope:allow[a]", ("a",), ""),
        ("# queryscope: allow [a]: why", ("a",), "why"),
        ("# queryscope: allow", (), ""),
        ("# queryscope: allow[] why", (), "why"),
        ("# queryscope: allow why", (), "why"),
    ],
)
def test_a_comment_names_rules_and_a_reason(comment, rules, reason):
    assert [each[2:] for each in told(f"x = 1  {comment}\n")] == [(rules, reason)]


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n",
        "x = '# queryscope: allow[a]'\n",
        '"""\n# queryscope: allow[a]\n"""\n',
        "x = 1  # see queryscope: allowing\n",
        "x = 1  # queryscope: allowed[a]\n",
        "x = 1  # queryscope: is good\n",
    ],
)
def test_what_is_no_such_comment_is_none(text):
    assert told(text) == []


def test_the_part_of_a_file_that_is_no_python_is_passed_over():
    assert told(f"x = 1  {ALLOW}\ny = (\n")[0][:2] == (1, 1)


TEMPLATE = """\
<ul>
{# queryscope: allow[n-plus-one] five rows #}

<li>{{ book.author }}</li>
<li>{{ book.publisher }}</li> <!-- queryscope: allow[slow-query] -->
"""


def test_templates_have_comments_of_their_own():
    assert told(TEMPLATE, "shop/books.html") == [
        (2, 4, ("n-plus-one",), "five rows"),
        (5, 5, ("slow-query",), ""),
    ]


LETTERS = "# queryscope:allow[n-plus-one]\n\"'(){}x="


@given(st.text(alphabet=LETTERS, max_size=120), st.sampled_from(["a.py", "a.html"]))
def test_no_text_makes_it_fail(text, path):
    for comment in read_comments(path, text):
        assert 1 <= comment.line <= comment.at
