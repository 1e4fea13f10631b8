"""Which loop runs a line again and again."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.loops import (
    bound_names,
    find_loop,
    function_at,
    loop_at,
    may_loop,
    names_in,
    names_read,
)
from queryscope.fixes.source import Source
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


INSIDE = {
    "a for": "for x in xs:\n    ask(x)",
    "a while": "while more:\n    ask(1)",
    "the condition of a while": "while ask(1):\n    pass",
    "a list": "[ask(x) for x in xs]",
    "the condition of a list": "[x for x in xs if ask(x)]",
    "a dictionary": "{x: ask(x) for x in xs}",
    "a generator": "sum(ask(x) for x in xs)",
    "a second for of a list": "[y for x in xs for y in ask(x)]",
    "a branch": "for x in xs:\n    if x:\n        with y:\n            z = ask(x)",
    "a coroutine": "async def f():\n    async for x in xs:\n        await ask(x)",
}
OUTSIDE = {
    "nothing": "ask(1)",
    "what is looped over": "for x in ask(1):\n    pass",
    "what a list is made of": "[x for x in ask(1)]",
    "an else": "for x in xs:\n    pass\nelse:\n    ask(1)",
    "a function in a loop": "for x in xs:\n    def g():\n        ask(1)",
    "a lambda": "for x in xs:\n    later(lambda: ask(1))",
}


@pytest.mark.parametrize("name", INSIDE)
def test_an_expression_that_is_repeated_is_in_a_loop(name):
    assert loop_in(INSIDE[name], "ask") is not None


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_expression_that_is_not_repeated_is_in_none(name):
    assert loop_in(OUTSIDE[name], "ask") is None


def test_of_a_line_that_has_no_columns_the_statement_is_what_runs():
    source = Source(PATH, "for x in xs:\n    y = 1\n    ask(x)\n")
    loop = loop_at(source, Frame(path=PATH, line=3, function="f"))
    assert loop is not None
    assert isinstance(loop.inner, ast.Expr)
    assert isinstance(loop.statement, ast.For)


def test_of_several_for_the_innermost_gives_the_rows():
    loop = loop_in("found = [ask(y) for x in xs for y in x.ys]\n", "ask")
    assert loop is not None
    assert ast.unparse(loop.target) == "y"
    assert ast.unparse(loop.iterable) == "x.ys"
    assert isinstance(loop.statement, ast.Assign)


def test_the_function_around_a_line_is_the_innermost():
    text = "def f():\n    def g():\n        ask(1)\n    ask(2)\nask(3)\n"
    source = Source(PATH, text)
    places = [(3, "f.<locals>.g"), (4, "f"), (4, "f.<locals>.<lambda>"), (5, "<module>"), (3, "h")]
    found = [function_at(source, Frame(path=PATH, line=line, function=name)) for line, name in places]
    assert [each and each.name for each in found] == ["g", "f", "f", None, None]


def test_names_are_read_or_bound_or_both():
    node = ast.parse("for a, b.c in rows:\n    d = [e for e in a]\n").body[0]
    assert bound_names(node) == {"a", "d", "e"}
    assert names_read(node) == {"a", "b", "e", "rows"}
    assert names_in(node) == bound_names(node) | names_read(node)
    assert bound_names(None) == frozenset()
