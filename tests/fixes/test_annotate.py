"""Annotations and eager loads of one class: each an edit of its own, and both together."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.admin import edit_admin
from queryscope.fixes.annotate import Order, Reading, write
from queryscope.fixes.change import Plan
from queryscope.fixes.holder import edit_holder, find_class
from queryscope.fixes.question import Addition
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.model import ClassSite, Fix, QuerySetSite
from queryscope.verify import choose_edits
from tests.fixes.running import ACCESSORS, BOOK, PATH, Target, applied

COUNT = Addition("annotate", 'tag_count=Count("tags")', ("Count",), access="book.tag_count")
HEAD = "from django.db.models import Count\nfrom shop.models import Book\n\n\n"
HOLDERS = {
    "a model": ("view", "class Books(ListView):\n    model = Book\n    paginate_by = 9\n"),
    "a queryset": ("view", 'class Books(ListView):\n    queryset = Book.objects.order_by("title")\n'),
    "all of them": ("viewset", "class Books(ViewSet):\n    queryset = Book.objects.all()\n    x = 1\n"),
    "a manager": ("view", "class Books(ListView):\n    queryset = Book.objects\n"),
    "an admin": (
        "admin",
        "class Books(ModelAdmin):\n    model = Book\n    list_display = 1\n\n    def x(s):\n        ...\n",
    ),
    "a short admin": ("admin", "class Books(ModelAdmin):\n    model = Book\n    list_display = ['title']\n"),
}


def written(text: str, addition: Addition, kind: str = "view") -> Fix:
    site = QuerySetSite(model=BOOK.label, holder=ClassSite(path=PATH, name="Books", line=5, kind=kind))
    order = Order(
        readings=(Reading(addition, path="books.html", line=1, before="book.tags.count"),),
        site=site,
        target=Target(model=BOOK, accessors=ACCESSORS),
    )
    pages = {PATH: text, "books.html": "{{ book.tags.count }}\n"}
    return write(order, Sources(pages.get), ())[0]


@pytest.mark.parametrize("joins", [True, False])
@pytest.mark.parametrize(("kind", "body"), HOLDERS.values(), ids=HOLDERS)
def test_a_class_loads_relations_and_annotates_in_either_order(kind, body, joins):
    text = HEAD + body
    first = written(text, COUNT, kind)
    assert first.diff, first.caveat
    source = Source(PATH, text)
    site = QuerySetSite(
        model=BOOK.label,
        holder=ClassSite(path=PATH, name="Books", line=5, kind=kind),
        returns_many=True,
    )
    holder = find_class(source, site.holder)
    target = Target(model=BOOK, accessors=ACCESSORS)
    plan = Plan(("author",), ()) if joins else Plan((), ("tags",))
    change = (
        edit_admin(source, holder, plan, site=site, target=target)
        if kind == "admin"
        else edit_holder(source, holder, kind, plan, target)
    )
    second = Fix(kinds=(), title="", code="", edits=source.edits(change.replacements))
    results = set()
    for fixes in ((first, second), (second, first)):
        chosen, edits = choose_edits(fixes)
        assert chosen == fixes
        there = [edit for edit in edits if edit.path == PATH]
        changed = applied(Fix(kinds=(), title="", code="", edits=tuple(there)), text)
        ast.parse(changed)
        results.add(changed)
    [changed] = results
    assert changed.count("Count(") == 1
    assert changed.count("author" if joins else "prefetch_related") == 1
    assert changed.count("queryset = ") <= 1
    assert changed.count("def get_queryset") <= 1


def test_names_are_written_as_the_file_says_them():
    text = "from django.db import models\nfrom shop.models import Book\n\n\n" + HOLDERS["a queryset"][1]
    fix = written(text, COUNT)
    assert 'annotate(tag_count=models.Count("tags"))' in fix.diff
    assert 'annotate(tag_count=Count("tags"))' in fix.code
    assert "import Count" not in fix.diff


def test_a_class_that_builds_it_elsewhere_leaves_the_place_to_the_finding():
    text = HEAD + "class Books(ListView):\n    queryset = books()\n"
    fix = written(text, COUNT)
    assert not fix.diff
    assert "built elsewhere" in fix.caveat
