"""`count()` and `exists()` in place of rows that nobody reads: edits of sources."""

from __future__ import annotations

import pytest

from queryscope.fixes.sized import sized_fix
from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Fix
from tests.builders import make_access, make_frame, make_query_group, make_site
from tests.fixes.running import applied, git_apply
from tests.fixes.test_existing import PATH, frame_of


def fix_of(text: str, piece: str, method: str = "len") -> Fix:
    place = frame_of(text, piece)
    group = make_query_group(
        stack=(place,),
        site=make_site(frame=place),
        access=make_access(AccessKind.MANAGER, attribute="", method=method),
    )
    return sized_fix(group, Sources({PATH: text}.get))


EDITS = [
    ("len", "n = len(A.objects.all())", "len(A.objects.all())", "n = A.objects.all().count()"),
    ("len", "n = len(a.all() | b.all())", "len(a.all() | b.all())", "n = (a.all() | b.all()).count()"),
    ("len", "n = len(A.objects.all()[:5])", "len(A.objects.all()[:5])", "n = A.objects.all()[:5].count()"),
    (
        "len",
        "n = len(\n        A.objects\n        .filter(x=1)\n    )",
        "len(\n        A.objects\n        .filter(x=1)\n    )",
        "n = (A.objects\n        .filter(x=1).count())",
    ),
    ("bool", "n = bool(A.objects.all())", "bool(A.objects.all())", "n = A.objects.all().exists()"),
    ("bool", "n = 1 if a.all() else 2", "a.all()", "n = 1 if a.all().exists() else 2"),
    ("bool", "n = not A.objects.all()", "A.objects.all()", "n = not A.objects.all().exists()"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "line", "piece", "after"), EDITS)
def test_the_rows_are_asked_for_no_more(method, line, piece, after, tmp_path):
    text = f"def page():\n    {line}\n    return n\n"
    fix = fix_of(text, piece, method)
    assert applied(fix, text) == f"def page():\n    {after}\n    return n\n"
    assert git_apply(tmp_path, PATH, text, fix.diff) == applied(fix, text)
    assert not fix.caveat


def test_a_comment_is_not_lost():
    piece = "len(\n        A.objects.all()  # every one\n    )"
    fix = fix_of(f"def page():\n    return {piece}\n", piece)
    assert fix.code == "A.objects.all().count()"
    assert not fix.diff
    assert fix.caveat


def test_of_a_variable_that_is_asked_twice_the_answer_should_be_kept():
    text = "def page():\n    a = A.objects.all()\n    return len(a) if a else 0\n"
    fix = fix_of(text, "len(a)")
    assert fix.code == "a.count()"
    assert not fix.diff
    assert "keep the answer in a variable" in fix.caveat


@pytest.mark.parametrize(
    ("method", "source", "code"),
    [
        ("len", "{{ order.lines.all|length }}", "{{ order.lines.count }}"),
        ("bool", "{% if order.lines.all %}", "{% if order.lines.exists %}"),
    ],
)
def test_a_template_is_edited_too(method, source, code):
    place = make_frame("t.html", 1, "t.html", is_template=True, source=source)
    access = make_access(AccessKind.REVERSE, method=method)
    group = make_query_group(stack=(place,), site=make_site(frame=place), access=access)
    fix = sized_fix(group, Sources({"t.html": f"{source}…\n"}.get))
    assert fix.code == code
    assert applied(fix, f"{source}…\n") == f"{code}…\n"
