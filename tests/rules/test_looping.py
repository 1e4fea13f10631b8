"""Whether code runs once for each row, as far as its lines can tell."""

from __future__ import annotations

from queryscope.fixes.sources import Sources
from queryscope.rules.looping import is_open_ended, looping_frame, reads_each_row
from tests.builders import make_frame

TEXT = """def f(books):
    for book in books:
        show(book)
    while books:
        show(books.pop())
    show(books)
"""
FILES = {"shop/views.py": TEXT, "t.html": "{% for b in books %}{{ b.author }}{{ c }}{% endfor %}"}
SOURCES = Sources(FILES.get)
FOR = make_frame(line=3, column=8, end_line=3, end_column=18)
WHILE = make_frame(line=5, column=8, end_line=5, end_column=25)
PLAIN = make_frame(line=6, column=4, end_line=6, end_column=15)
VARIABLE = make_frame("t.html", 1, "t.html", is_template=True, source="{{ b.author }}")


def test_lines_of_python_and_of_templates_are_asked():
    assert reads_each_row(FOR, SOURCES)
    assert reads_each_row(VARIABLE, SOURCES)
    assert not reads_each_row(PLAIN, SOURCES)
    assert not reads_each_row(make_frame("t.html", 1, "t.html", is_template=True, source="{{ c }}"), SOURCES)


def test_what_cannot_be_read_tells_nothing():
    assert not reads_each_row(make_frame("other.py"), SOURCES)
    assert not reads_each_row(make_frame("other.html", is_template=True, source="{{ b.author }}"), SOURCES)
    assert looping_frame((make_frame("other.py"),), SOURCES) is None


def test_the_innermost_line_in_a_loop_is_found():
    assert looping_frame((PLAIN, FOR, WHILE), SOURCES) == FOR
    assert looping_frame((PLAIN, VARIABLE), SOURCES) == VARIABLE
    assert looping_frame((PLAIN,), SOURCES) is None


def test_a_while_loop_is_open_ended():
    assert is_open_ended(WHILE, SOURCES)
    assert not is_open_ended(FOR, SOURCES)
    assert not is_open_ended(VARIABLE, SOURCES)
