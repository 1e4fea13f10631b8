"""All that a function says of one queryset."""

from __future__ import annotations

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import find_built, one_line
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, QuerySetSite
from tests.builders import BOOKSHOP, make_frame
from tests.fixes.running import ACCESSORS, PATH, frames_of

TARGET = Target(model=BOOKSHOP[0], accessors=ACCESSORS)


def names_of(body: str) -> list[list[str]]:
    text = f"def f(more=1):\n{body}"
    site = QuerySetSite(model="shop.Book", frame=frames_of(text)[0])
    built = find_built(Source(PATH, text), site, TARGET)
    return [[link.name for link in chain.links] for chain in built.chains]


def refusal(text: str, **site: object) -> str:
    where = QuerySetSite(model="shop.Book", **(site or {"frame": frames_of(text)[0]}))  # type: ignore[arg-type]
    with pytest.raises(EditRefusedError) as caught:
        find_built(Source(PATH, text), where, TARGET)
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("    return Book.objects.filter(a=1).distinct().count()\n", [["filter", "distinct", "count"]]),
        ("    return Book.objects.values('a').filter(b=1)\n", [["values"]]),
        ("    return list(author.books.filter(a=1)[:5])\n", [["filter"]]),
        (
            "    b = Book.objects.all()\n    if more:\n        b = b.filter(a=1)\n    return b.distinct()\n",
            [["all"], ["filter"], ["distinct"]],
        ),
        (
            "    books: list = Book.objects.all()\n    return [b for b in books.order_by('a')]\n",
            [["all"], ["order_by"]],
        ),
        ("    books = Book.objects.all()\n    def g():\n        return books.first()\n    return g()\n",
         [["all"], ["first"]]),
    ],
)  # fmt: skip
def test_chains_are_told_in_their_order(body, names):
    assert names_of(body) == names


@pytest.mark.parametrize(
    "body",
    [
        "    books = Book.objects.all()\n    books = show(books)\n    return books\n",
        "    books = Book.objects.all()\n    for books in (1, 2):\n        pass\n",
        "    books = None\n    books = Book.objects.all()\n    return books\n",
        "    books = Book.objects.all()\n    books, other = 1, 2\n",
    ],
)  # fmt: skip
def test_a_variable_that_holds_something_else_too_is_left_alone(body):
    assert "holds something else too" in refusal(f"def f():\n{body}")


def test_a_root_that_may_be_another_models_is_left_alone():
    text = "def f():\n    return self.queryset.filter(a=1)\n"
    assert "may be of another model" in refusal(text)


CLASS = "class A(ListView):\n    queryset = Book.objects.filter(a=1).distinct()\n"
HOLDER = ClassSite(path=PATH, line=1, name="A", kind="view")


def in_class(text: str) -> list[str]:
    built = find_built(Source(PATH, text), QuerySetSite(model="shop.Book", holder=HOLDER), TARGET)
    return [link.name for link in built.links]


def test_a_class_holds_its_queryset_as_an_attribute_or_makes_it_of_an_inherited_one():
    assert in_class(CLASS) == ["filter", "distinct"]
    method = "    def get_queryset(self):\n        return super().get_queryset().filter(a=1).distinct()\n"
    assert in_class(f"class A(ListView):\n    model = Book\n\n{method}") == ["filter", "distinct"]
    pieces = (
        "    def get_queryset(self):\n        books = super().get_queryset()\n"
        "        if self.kwargs:\n            books = books.filter(a=1)\n        return books.distinct()\n"
    )
    assert in_class(f"class A(ListView):\n    model = Book\n\n{pieces}") == ["filter", "distinct"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("class B:\n    pass\n", "holds no class A"),
        ("class A:\n    pass\n", "doesn't say which queryset"),
        ("class A:\n    queryset = shelf.all()\n", "is built elsewhere"),
    ],
)
def test_a_class_that_doesnt_say_is_left_alone(text, reason):
    assert reason in refusal(text, holder=HOLDER)


def test_places_without_a_text_are_told():
    assert "in a template" in refusal("x = 1\n", frame=make_frame("a.html", is_template=True))
    assert "has changed since" in refusal(
        "x = 1\n", frame=make_frame(PATH, 1, column=7, end_line=1, end_column=9)
    )
    assert "No line of the application" in refusal("x = 1\n", holder=None)
    assert "A library builds" in refusal("x = 1\n", is_built_by_library=True)


def test_an_expression_over_several_lines_is_shown_on_one():
    source = Source(PATH, "a = f(\n    'x',\n    1,\n)\nb = f('x')\n")
    first, second = (statement.value for statement in source.tree.body)  # type: ignore[attr-defined]
    assert one_line(source, first) == 'f("x", 1)'
    assert one_line(source, second) == "f('x')"
