"""Classes that hold a queryset: views, viewsets, forms; never one of another model."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from queryscope.fixes.holder import assigned, find_class
from queryscope.fixes.orm import Composed, Wish, compose
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, QuerySetSite
from tests.fixes.running import ACCESSORS, BOOK, PATH, applied, loads


def compose_class(text: str, *paths: str, name: str = "V", kind: str = "view", **more: Any) -> Composed:
    lines = text.splitlines()
    last = name.rpartition(".")[2]
    line = next((at for at, found in enumerate(lines, 1) if f"class {last}" in found), 1)
    site = QuerySetSite(
        model=BOOK.label, holder=ClassSite(path=PATH, line=line, name=name, kind=kind), **more
    )
    wish = Wish(
        loads=loads(*(paths or ("author",))), site=site, target=Target(model=BOOK, accessors=ACCESSORS)
    )
    return compose(wish, Source(PATH, text))


def edited_class(text: str, *paths: str, **more: Any) -> str:
    text = dedent(text)
    found = compose_class(text, *paths, **more)
    assert found.fix.diff, found.fix.caveat
    return applied(found.fix, text)


def refused_class(text: str, *paths: str, **more: Any) -> str:
    found = compose_class(dedent(text), *paths, **more)
    assert not found.fix.diff, found.fix.diff
    return found.fix.caveat


EDITS = {
    "a queryset": (
        """
        class V(ListView):
            queryset = Book.objects.all()
        """,
        """
        class V(ListView):
            queryset = Book.objects.select_related("author")
        """,
    ),
    "a queryset on several lines": (
        """
        class V(ListView):
            queryset = (
                Book.objects
                .filter(a="1")
            )
        """,
        """
        class V(ListView):
            queryset = (
                Book.objects
                .select_related("author")
                .filter(a="1")
            )
        """,
    ),
    "a queryset that loads something": (
        """
        class V(ListView):
            queryset = Book.objects.select_related("publisher")[:9]
        """,
        """
        class V(ListView):
            queryset = Book.objects.select_related("publisher", "author")[:9]
        """,
    ),
    "a manager": (
        """
        class V(ListView):
            queryset = Book.objects
        """,
        """
        class V(ListView):
            queryset = Book.objects.select_related("author")
        """,
    ),
    "a queryset with a type": (
        """
        class V(ListView):
            queryset: QuerySet[Book] = Book.objects.all()
        """,
        """
        class V(ListView):
            queryset: QuerySet[Book] = Book.objects.select_related("author")
        """,
    ),
    "a model": (
        """
        class V(ListView):
            model = Book
            paginate_by = 10
        """,
        """
        class V(ListView):
            model = Book
            queryset = Book.objects.select_related("author")
            paginate_by = 10
        """,
    ),
    "a model with a comment": (
        """
        class V(ListView):
            model = models.Book  # shown
        """,
        """
        class V(ListView):
            model = models.Book  # shown
            queryset = models.Book.objects.select_related("author")
        """,
    ),
    "a model, and no queryset yet": (
        """
        class V(ListView):
            queryset = None
            model = Book
        """,
        """
        class V(ListView):
            queryset = None
            model = Book
            queryset = Book.objects.select_related("author")
        """,
    ),
    "one line": (
        """
        class V(ListView): model = Book
        """,
        """
        class V(ListView): model = Book; queryset = Book.objects.select_related("author")
        """,
    ),
    "two statements on a line": (
        """
        class V(ListView):
            model = Book; x = "1"
        """,
        """
        class V(ListView):
            model = Book
            queryset = Book.objects.select_related("author"); x = "1"
        """,
    ),
    "tabs": (
        "class V(ListView):\n\tmodel = Book",
        'class V(ListView):\n\tmodel = Book\n\tqueryset = Book.objects.select_related("author")',
    ),
    "Windows": (
        "class V(ListView):\r\n  model = Book\r\n",
        'class V(ListView):\r\n  model = Book\r\n  queryset = Book.objects.select_related("author")\r\n',
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_view_is_edited_where_it_says_its_queryset(name):
    before, after = EDITS[name]
    assert edited_class(before) == dedent(after)


def test_both_kinds_of_loads_are_written():
    told = edited_class("class V(ListView):\n    model = Book\n", "author", "tags+")
    assert 'queryset = Book.objects.select_related("author").prefetch_related("tags")' in told


def test_a_nested_class_is_found_by_its_qualified_name():
    text = """
    class V(ListView):
        model = Author

    class Outer:
        def method(self):
            class V(ListView):
                model = Author

        class V(ListView):
            model = Book
    """
    told = edited_class(text, name="Outer.V")
    assert told == dedent(text).replace(
        "model = Book", 'model = Book\n        queryset = Book.objects.select_related("author")'
    )


def test_a_class_in_a_function_has_its_function_in_its_name():
    text = "def f():\n try:\n  class V(ListView):\n   model = Book\n except ValueError:\n  pass\n"
    assert "queryset = Book" in edited_class(text, name="f.<locals>.V")


def test_of_two_classes_of_one_name_the_line_decides():
    text = "if a:\n    class V: x = 1\nelse:\n    class V: x = 2\n"
    source = Source(PATH, text)
    for line in (2, 4):
        found = find_class(source, ClassSite(path=PATH, line=line, name="V", kind="view"))
        assert found is not None
        assert found.lineno == line
    assert find_class(source, ClassSite(path=PATH, line=2, name="W", kind="view")) is None


def test_the_last_assignment_counts():
    source = Source(PATH, "class V:\n    a = b = 1\n    a: int = 2\n    a: int\n    c, a = 1, 2\n")
    holder = source.tree.body[0]
    assert assigned(holder, "a")[0].lineno == 3
    assert assigned(holder, "b")[0].lineno == 2
    assert assigned(holder, "c") is None


FIELD = """
class F(forms.Form):
    name = forms.CharField()
    book = forms.ModelChoiceField(queryset=Book.objects.filter(a="1"))
    author = forms.ModelChoiceField(queryset=Author.objects.all())

    def clean(self):
        return Book.objects.get(pk=1)
"""


@pytest.mark.parametrize("kind", ["form", "serializer", "other"])
def test_the_field_that_names_the_model_is_edited(kind):
    told = edited_class(FIELD, name="F", kind=kind)
    assert told == FIELD.replace("Book.objects.filter", 'Book.objects.select_related("author").filter')


REFUSED = {
    "no class": ("x = 1\n", "holds no class V"),
    "another model": ("class V(ListView):\n    model = Author\n", "builds a queryset of Book"),
    "another queryset": ("class V(ListView):\n    queryset = Author.objects.all()\n", "is built elsewhere"),
    "a name": ("class V(ListView):\n    queryset = BOOKS\n", "is built elsewhere"),
    "a call": ("class V(ListView):\n    queryset = books()\n", "is built elsewhere"),
    "a union": (
        "class V(ListView):\n    queryset = Book.objects.filter(a=1).union(Book.objects.all())\n",
        "combined from several",
    ),
    "values": ("class V(ListView):\n    queryset = Book.objects.values('a')\n", "gives no rows"),
    "nothing": ("class V(ListView):\n    pass\n", "builds a queryset of Book"),
    "a docstring": ("class V(ListView):\n    '''Books.'''\n", "builds a queryset of Book"),
    "two fields": (FIELD.replace("class F", "class V").replace("Author", "Book"), "builds a queryset"),
    "named already": (
        "class V(ListView):\n    queryset = Book.objects.select_related('author')\n", "relations already"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_class_that_does_not_say_it_for_sure_is_left_alone(name):
    text, told = REFUSED[name]
    assert told in refused_class(text)


def test_only_a_views_model_attribute_makes_it_build_that_queryset():
    assert "builds a queryset" in refused_class("class V(FilterSet):\n    model = Book\n", kind="other")


def test_a_model_behind_a_relation_is_not_the_views():
    text = "class V(UpdateView):\n    model = Chapter\n    fields = ['book']\n"
    assert "builds a queryset of Book" in refused_class(text)


def test_the_place_is_the_chain_or_the_attribute():
    text = "\nclass V(ListView):\n    x = 1\n    queryset = (\n        Book.objects\n        .all()\n    )\n"
    location = compose_class(text).location
    assert (location.line, location.end_line, location.function) == (5, 6, "V")
    location = compose_class("class V(ListView):\n    x = 1\n    model = Book\n").location
    assert (location.line, location.end_line, location.function) == (3, 3, "V")
    location = compose_class("x = 1\n\nclass V(ListView):\n    x = 1\n").location
    assert (location.line, location.function) == (3, "V")


def test_a_field_class_is_given_its_queryset_where_it_is_used():
    text = "class V(ModelChoiceField):\n    pass\n\n\nclass F:\n    book = V(queryset=Book.objects.all())\n"
    assert 'V(queryset=Book.objects.select_related("author"))' in edited_class(text, kind="other")
