"""Which loop runs a line again and again."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.loops import find_loop, may_loop
from queryscope.fixes.sources import Sources
from queryscope.model import Frame
from tests.fixes.writing import PATH, frame_at, loop_in

BODY = "def f(rows):\n    for row in rows:\n        row.save()\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (BODY, ast.For),
        ("def f(rows):\n    while rows:\n        rows.pop().save()\n", ast.While),
        ("def f(rows):\n    while rows.save():\n        pass\n", ast.While),
        ("async def f(rows):\n    async for row in rows:\n        await row.save()\n", ast.AsyncFor),
        ("def f(rows):\n    return [row.save() for row in rows]\n", ast.ListComp),
        ("def f(rows):\n    return {row.save() for row in rows}\n", ast.SetComp),
        ("def f(rows):\n    return {row: row.save() for row in rows}\n", ast.DictComp),
        ("def f(rows):\n    return list(row.save() for row in rows)\n", ast.GeneratorExp),
        ("def f(rows):\n    return [1 for row in rows if row.save()]\n", ast.ListComp),
        ("def f(rows):\n    return [1 for row in rows for part in row.save()]\n", ast.ListComp),
    ],
)
def test_a_loop_of_any_kind_is_found(text, kind):
    loop = loop_in(text, "save")
    assert loop is not None
    assert isinstance(loop.node, kind)


@pytest.mark.parametrize(
    "text",
    [
        "def f(row):\n    row.save()\n",
        "def f(rows):\n    for row in rows.save():\n        pass\n",
        "def f(rows):\n    for row in rows:\n        pass\n    else:\n        rows.save()\n",
        "def f(rows):\n    return [row for row in rows.save()]\n",
        "def f(rows):\n    for row in rows:\n        def g():\n            row.save()\n",
        "def f(rows):\n    for row in rows:\n        yield lambda: row.save()\n",
        "for row in []:\n    class A:\n        a = row.save()\n",
    ],
)
def test_what_runs_once_is_in_no_loop(text):
    assert loop_in(text, "save") is None


def test_the_loop_may_be_a_callers():
    text = "def mark(row):\n    row.save()\n\ndef f(rows):\n    for row in rows:\n        mark(row)\n"
    loop = loop_in(text, "save", "mark")
    assert loop is not None
    assert loop.depth == 1


def test_a_frame_without_columns_tells_its_line():
    sources = Sources(lambda path: BODY)
    for line, found in ((3, True), (2, False), (1, False)):
        assert (find_loop([Frame(path=PATH, line=line, function="f")], sources) is not None) is found


@pytest.mark.parametrize(
    ("text", "method", "answer"),
    [
        ("def f(rows):\n    return list(map(save, rows))\n", "list", True),
        ("def f(rows):\n    return pool.map(save, rows)\n", "map", False),
        ("def f(rows):\n    return rows.save()\n", "save", False),
    ],
)
def test_a_loop_that_no_source_shows(text, method, answer):
    assert may_loop([frame_at(text, method)], Sources(lambda path: text)) is answer


def test_a_recursion_and_a_file_that_cannot_be_read_may_loop():
    frame = frame_at("def f(row):\n    row.save()\n", "save")
    assert may_loop([frame, frame], Sources(lambda path: BODY))
    assert may_loop([frame], Sources(lambda path: None))


@pytest.mark.parametrize(("line", "answer"), [(2, True), (4, False)])
def test_a_line_of_a_template_may_stand_in_a_for(line, answer):
    text = "{% for book in books %}\n{{ book.touch }}\n{% endfor %}\n{{ shop.touch }}\n"
    frame = Frame(path="t/a.html", line=line, function="a.html", is_template=True)
    assert may_loop([frame], Sources(lambda path: text)) is answer
