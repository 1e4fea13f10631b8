"""Where a change belongs: the building line, or what a class says of its rows."""

from __future__ import annotations

import pytest

from queryscope.fixes.placing import site_location
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, QuerySetSite
from tests.builders import make_frame

PATH = "shop/views.py"
QUERYSET = (
    "class Shelf(ListView):\n    paginate_by = 5\n    queryset = Book.objects.filter(\n        sold=1)\n"
)


def site(kind: str = "view", name: str = "Shelf", line: int = 1) -> QuerySetSite:
    holder = ClassSite(path=PATH, line=line, name=name, kind=kind)
    return QuerySetSite(model="shop.Book", holder=holder)


def lines(text: str | None, where: QuerySetSite | None = None) -> tuple[int, int]:
    place = site_location(where or site(), Source(PATH, text) if text is not None else None)
    assert (place.path, place.function) == (PATH, "Shelf")
    return place.line, place.end_line


PLACES = {
    "its queryset": (QUERYSET, (3, 4)),
    "the last one": ("class Shelf:\n    queryset = 1\n    queryset = Book.objects.all()\n", (3, 3)),
    "in brackets, its root": ("class Shelf:\n    queryset = (\n        Book.objects.all()\n    )\n", (3, 3)),
    "with a type": ("class Shelf:\n    queryset: QuerySet[Book] = Book.objects.all()\n", (2, 2)),
    "a union": ("class Shelf:\n    queryset = Book.objects.filter(a=1).union(Book.objects.all())\n", (2, 2)),
    "a name from elsewhere": ("class Shelf:\n    queryset = ON_SALE\n", (2, 2)),
    "a function of elsewhere": ("class Shelf:\n    queryset = selectors.books()\n", (2, 2)),
    "its model": ("class Shelf:\n    x = 1\n    model = Book\n", (3, 3)),
    "a model, where the queryset is None": ("class Shelf:\n    model = Book\n    queryset = None\n", (2, 2)),
    "a model by its module": ("class Shelf:\n    model = models.Book\n", (2, 2)),
    "the class, of another model": ("class Shelf:\n    model = Author\n", (1, 1)),
    "the class, of another queryset": ("class Shelf:\n    queryset = models.Author.objects.all()\n", (1, 1)),
    "the class, where neither is there": ("class Shelf:\n    def get(self): ...\n", (1, 1)),
    "the class, where the file has changed": ("class Other:\n    model = Book\n", (1, 1)),
    "the class, without a text": (None, (1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_a_class_is_placed_at_what_says_which_rows_it_means(name):
    text, expected = PLACES[name]
    assert lines(text) == expected


def test_an_admin_is_placed_at_its_class():
    text = "class Shelf(ModelAdmin):\n    model = Book\n    queryset = Book.objects.all()\n"
    assert lines(text, site("admin")) == (1, 1)


def test_a_form_is_placed_at_the_only_choices_of_that_model():
    text = (
        "class Shelf(Form):\n    by = ModelChoiceField(Author.objects.all())\n"
        "    book = ModelChoiceField(\n        queryset=Book.objects.all())\n"
    )
    assert lines(text, site("form")) == (4, 4)
    assert lines(text + "    more = ModelChoiceField(Book.objects.all())\n", site("form")) == (1, 1)


def test_a_line_that_builds_is_placed_from_its_root():
    frame = make_frame(PATH, 7, "f")
    place = site_location(QuerySetSite(model="shop.Book", frame=frame), None)
    assert (place.line, place.function) == (7, "f")


def test_no_site_has_no_place():
    assert site_location(None, None) is None
    assert site_location(QuerySetSite(model="shop.Book"), None) is None
