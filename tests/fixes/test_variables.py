"""What a function does with a queryset that it holds in a variable."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.source import Source
from queryscope.fixes.variables import is_fresh, loops_around, use_of, variable_of


def body(text: str) -> Source:
    return Source("v.py", "def f(given, *rest):\n" + "".join(f"    {line}\n" for line in text.split("\n")))


def last_load(source: Source, name: str = "books") -> ast.Name:
    return [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ][-1]


def test_values_and_reads_of_a_variable_are_known():
    variable = variable_of(
        *(lambda s: (s, last_load(s)))(body("books = a()\nif given:\n    books = b()\nlen(books)"))
    )
    assert variable is not None
    assert [ast.unparse(value) for value in variable.values] == ["a()", "b()"]
    assert len(variable.loads) == 1


UNKNOWN = [
    "for books in given: pass\nlen(books)", "books, x = given\nlen(books)", "books = x = given\nlen(books)",
    "global books\nbooks = 1\nlen(books)", "with given as books: len(books)", "len(books)",
    "books = 1\nbooks += 1\nlen(books)", "books = 1\ng = lambda books: books\nlen(books)",
    "books = 1\ndef g():\n    books = 2\nlen(books)", "books = 1\n(books := 2)\nlen(books)",
]  # fmt: skip


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_name_that_something_else_gives_a_value_is_not_judged(text):
    source = body(text)
    assert variable_of(source, last_load(source)) is None


def test_an_argument_and_a_name_of_a_module_are_not_judged():
    source = body("given = 1\nlen(given)")
    assert variable_of(source, last_load(source, "given")) is None
    source = Source("v.py", "books = 1\nlen(books)\n")
    assert variable_of(source, last_load(source)) is None


FRESH = [
    ("Book.objects.all()", True), ("Book.objects.filter(x=1)[:5]", True), ("Book.objects.cheap()", True),
    ("author.books.all()", True), ("a.filter() | b.filter()", True), ("books", False), ("self.books", False),
    ("given()", False), ("a.filter() + b.filter()", False), ("Book.objects.all()[0]", False),
    ("x.cheap()", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), FRESH)
def test_the_end_of_a_chain_is_nobody_elses(text, told):
    assert is_fresh(ast.parse(text, mode="eval").body) is told


USES = [
    ("len(books)", "len"), ("if books: pass", "truth"), ("x = not books", "truth"), ("bool(books)", "truth"),
    ("if a and not books: pass", "truth"), ("[1 for x in y if books]", "truth"), ("list(books)", "iterate"),
    ("for x in books: pass", "iterate"), ("[x for x in books]", "iterate"), ("x = [*books]", "iterate"),
    ("books[0]", "item"), ("books[:3]", ""), ("books.filter(x=1)", "filter"), ("books.cheap()", ""),
    ("print(books)", ""), ("print(*books)", ""), ("x = books", ""), ("x = books or y", ""),
    ("return books", ""),
    ("books", "none"), ("len(key=books)", ""), ("books.all", ""), ("self.x = {1: books}", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), USES)
def test_what_is_done_with_it_is_told(text, told):
    source = body(text)
    assert use_of(source, last_load(source)) == told


LOOPS = [
    ("for x in books: pass", 0), ("for x in y: len(books)", 1), ("while x: len(books)", 1),
    ("while books: pass", 1), ("[len(books) for x in y]", 1), ("[x for x in books]", 0),
    ("[x for y in z for x in books]", 1), ("for x in y: [len(books) for z in x]", 2),
    ("for x in y: pass\nelse: len(books)", 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "count"), LOOPS)
def test_loops_that_run_it_again_are_counted(text, count):
    source = body(text)
    assert len(list(loops_around(source, last_load(source), source.tree.body[0]))) == count
