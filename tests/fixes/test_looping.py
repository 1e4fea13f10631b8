"""Whether an expression runs in a loop and speaks of what the loop gives."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.looping import is_in_for, is_of_each_row, is_of_each_row_in_template, loops_around
from queryscope.fixes.source import Source
from queryscope.model import Frame
from tests.fixes.running import PATH


def place(text: str, wanted: str = "") -> tuple[Source, Frame]:
    """The expression between « and », or one by its text."""
    start, end = text.find("«"), text.find("»")
    if start >= 0:
        wanted = text[start + 1 : end]
    clean = text.replace("«", "").replace("»", "")
    source = Source(PATH, clean)
    for node in ast.walk(source.tree):
        is_there = isinstance(node, ast.expr) and source.text_of(node) == wanted
        if is_there and (start < 0 or source.start(node) == start):
            return source, Frame(
                path=PATH, function="f", line=node.lineno, column=node.col_offset,
                end_line=node.end_lineno, end_column=node.end_col_offset,
            )  # fmt: skip
    raise AssertionError(wanted)


EACH_ROW = [
    "for book in books:\n    if book.is_new:\n        show(«book.author»)",
    "for book in books:\n    if book.is_new:\n        show(«book.author»)\n        continue",
    "def f():\n    for book in books:\n        if «book.author»:\n            return book",
    "for book in books:\n    print(«book.author»)",
    "for book in books:\n    author = book.author\n    print(«author.publisher»)",
    "for at, book in enumerate(books):\n    «show(book)»",
    "for shelf in shelves:\n    for book in shelf:\n        «book.author»",
    "for book in books:\n    if (author := book.author):\n        «author.name»",
    "async def f():\n    async for book in books:\n        «book.author»",
    "while stack:\n    book = stack.pop()\n    «book.author»",
    "while «node.parent»:\n    node = node.parent",
    "[«book.author» for book in books]",
    "[book for book in books if «book.author»]",
    "{book.pk: «book.author» for book in books}",
    "sum(«book.price()» for book in books)",
    "[«line.book» for book in books for line in book.lines]",
    "sorted(books, key=lambda book: «book.author»)",
    "books.sort(key=lambda book: «book.author»)",
    "for book in books:\n    «getattr(book, 'author')»",
    "«list(map(name_of, books))»",
]
NOT = [
    "def f():\n    for book in books:\n        if book.slug == slug:\n            return show(«book.author»)",
    "for book in books:\n    if book.slug == slug:\n        found = «book.author»\n        break",
    "for book in books:\n    if book.is_lost:\n        raise Lost(«book.author»)",
    "for book in books:\n    if book.old:\n        pass\n    else:\n        «book.author»\n        break",
    "for book in books:\n    pass\n«book.author»",
    "for tag in tags:\n    «book.author»",
    "for name in names:\n    «getattr(book, name)»",
    "for book in «shelf.books()»:\n    pass",
    "[book for book in «shelf.books()»]",
    "[tag for tag in tags if «book.author»]",
    "show(lambda book: «book.author»)",
    "def f(book):\n    return «book.author»",
    "for book in books:\n    def f(book):\n        return «book.author»",
    "for book in books:\n    pass\nelse:\n    «book.author»",
    "while True:\n    «book.author»",
    "for book in books:\n    author = «book.author»\n    break",
    "def f():\n    for book in books:\n        return «book.author»",
    "«books.filter(a=1)»",
    "«books[0].author»",
]


@pytest.mark.parametrize("text", EACH_ROW)
def test_these_read_of_each_row(text):
    assert is_of_each_row(*place(text))


@pytest.mark.parametrize("text", NOT)
def test_these_do_not(text):
    assert not is_of_each_row(*place(text))


@pytest.mark.parametrize(
    ("text", "load", "is_told"),
    [
        ("for shop in shops:\n    books = load(shop)\n    «books[0].author»", "load(shop)", False),
        ("for shop in shops:\n    for book in load(shop):\n        «book.author»", "load(shop)", True),
        ("for book in load():\n    «book.author»", "load()", True),
        ("books = load()\nfor book in books:\n    «book.author»", "load()", True),
        ("[«load(shop)[0].author» for shop in shops]", "load(shop)", False),
        ("[«book.author» for shop in shops for book in load(shop)]", "load(shop)", True),
    ],
)
def test_a_loop_around_the_load_goes_over_something_else(text, load, is_told):
    source, frame = place(text)
    _, loaded = place(source.text, load)
    assert is_of_each_row(source, frame, loaded) is is_told


def test_loops_come_from_the_inside_out():
    source, frame = place("for shelf in shelves:\n    x = [«book.author» for book in shelf]")
    assert [type(loop.node) for loop in loops_around(source, frame)] == [ast.ListComp, ast.For]


def test_a_frame_that_knows_its_line_only_is_the_statement_of_that_line():
    source, frame = place("for book in books:\n    «book.author»")
    assert is_of_each_row(source, Frame(path=PATH, line=frame.line, function="f"))
    assert not is_of_each_row(source, Frame(path=PATH, line=90, function="f"))
    moved = Frame(path=PATH, line=frame.line, column=77, end_line=frame.line, end_column=80, function="f")
    assert not is_of_each_row(source, moved)


def tag(source: str, line: int = 1) -> Frame:
    return Frame(path="t/a.html", line=line, function="a.html", is_template=True, source=source)


@pytest.mark.parametrize(
    ("text", "source", "is_told"),
    [
        ("{% for b in books %}{{ b.author }}{% endfor %}", "{{ b.author }}", True),
        ("{% for b in books %}{{b.author}}{% endfor %}", "{{ b.author }}", True),
        ("{%- for b in books -%}{{ b.author }}{%- endfor -%}", "{{ b.author }}", True),
        ("{% for k, b in books.items %}{{ b.author }}{% endfor %}", "{{ b.author }}", True),
        ("{% for b in books %}{% endfor %}{{ b.author }}", "{{ b.author }}", False),
        ("{% for t in tags %}{{ b.author }}{% endfor %}", "{{ b.author }}", False),
        ("{% for b in books %}{{ x.b }}{% endfor %}", "{{ x.b }}", False),
        ("{% for b in books %}{% if b.author %}x{% endif %}{% endfor %}", "{% if b.author %}", True),
        ("{% for b in books %}{% include 'b.html' %}{% endfor %}", "{% include 'b.html' %}", True),
        ("{% include 'b.html' %}{% for b in books %}{% endfor %}", "{% include 'b.html' %}", False),
        ("{% for b in books %}{% with a=b.author %}{{ a.p }}{% endwith %}{% endfor %}", "{{ a.p }}", True),
        ("{% with b=books.0 %}{% for t in tags %}{{ b.a }}{% endfor %}{% endwith %}", "{{ b.a }}", False),
        ("{% with a=b.x %}{% endwith %}{% for b in c %}{{ a.x }}{% endfor %}", "{{ a.x }}", False),
        ("{% regroup books by author.name as g %}", "{% regroup books by author.name as g %}", True),
        ("{{ books|dictsort:'author.name' }}", "{{ books|dictsort:'author.name' }}", True),
        ("{{ books|join:', ' }}", "{{ books|join:', ' }}", True),
        ("{{ books|length }}", "{{ books|length }}", False),
    ],
)
def test_a_template_is_read_by_its_tags(text, source, is_told):
    assert is_of_each_row_in_template(text, tag(source)) is is_told


def test_lines_of_a_template_are_told_apart():
    text = "{% for b in books %}\n{{ b.a }}\n{% endfor %}\n{{ b.a }}\n"
    assert is_of_each_row_in_template(text, tag("{{ b.a }}", 2))
    assert not is_of_each_row_in_template(text, tag("{{ b.a }}", 4))
    assert not is_of_each_row_in_template(text, tag("{{ b.a }}", 40))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{% for a in x %}\n{{ b.c }}{% endfor %}", True),
        ("{% for a in x %}{{ a }}{% endfor %}\n{{ b.c }}", False),
        ("{% for a in x %}{% for c in a %}{% endfor %}\n{{ b.c }}{% endfor %}", True),
        ("{% with a=1 %}\n{{ b.c }}{% endwith %}", False),
        ("\n{% for a in x %}{{ b.c }}{% endfor %}", True),
        ("\n{{ b.c }}{% for a in x %}{% endfor %}", False),
    ],
)
def test_a_variable_stands_in_a_for_whatever_it_speaks_of(text, told):
    frame = Frame(path="a.html", line=2, function="a.html", is_template=True, source="{{ b.c }}")
    assert is_in_for(text, frame) is told
