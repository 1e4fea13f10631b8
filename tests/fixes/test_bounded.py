"""Pages, and streams where the rows are read once."""

from __future__ import annotations

import pytest

from queryscope.fixes.bounded import page_fix, stream_fix, writes_out
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, QuerySetSite
from tests.builders import BOOKSHOP
from tests.fixes.running import ACCESSORS, PATH, applied, frames_of

TARGET = Target(model=BOOKSHOP[0], accessors=ACCESSORS)


def site_of(text: str) -> QuerySetSite:
    return QuerySetSite(model="shop.Book", frame=frames_of(text)[0])


def streamed(body: str) -> str:
    text = f"def f():\n{body}"
    fix = stream_fix(site_of(text), TARGET, Source(PATH, text))
    assert fix.diff, fix.caveat
    return applied(fix, text).removeprefix("def f():\n")


ITERATOR = ".iterator(chunk_size=2000)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "    for b in Book.objects.filter(a=1):\n        show(b)\n",
            f"    for b in Book.objects.filter(a=1){ITERATOR}:\n        show(b)\n",
        ),
        (
            "    books = Book.objects.all()\n    for b in books:\n        show(b)\n",
            f"    books = Book.objects.all()\n    for b in books{ITERATOR}:\n        show(b)\n",
        ),
        (
            "    for b in (\n        Book.objects\n        .all()\n    ):\n        1\n",
            f"    for b in (\n        Book.objects\n        .all()\n        {ITERATOR}\n    ):\n        1\n",
        ),
        (
            "    return sum(b for b in Book.objects.all())\n",
            f"    return sum(b for b in Book.objects.all(){ITERATOR})\n",
        ),
        (
            "    books = Book.objects.all()\n    if 1:\n        for b in books:\n            b\n",
            f"    books = Book.objects.all()\n    if 1:\n        for b in books{ITERATOR}:\n            b\n",
        ),
    ],
)  # fmt: skip
def test_a_loop_that_goes_over_the_rows_once_streams_them(before, after):
    assert streamed(before) == after


def test_an_asynchronous_loop_streams_asynchronously():
    text = "async def f():\n    async for b in Book.objects.all():\n        show(b)\n"
    fix = stream_fix(site_of(text), TARGET, Source(PATH, text))
    assert "Book.objects.all().aiterator(chunk_size=2000):" in applied(fix, text)


@pytest.mark.parametrize(
    "body",
    [
        "    books = Book.objects.all()\n    show(books)\n    for b in books:\n        show(b)\n",
        "    books = Book.objects.all()\n    for _ in (1, 2):\n        for b in books:\n            pass\n",
        "    books = Book.objects.all()\n    return [b for _ in (1, 2) for b in books]\n",
        "    books = Book.objects.all()\n    def g():\n        for b in books:\n            pass\n    g()\n",
        "    return list(Book.objects.all())\n",
        "    return [b for b in Book.objects.all()]\n",
        "    books = Book.objects.all()\n    books = books.filter(a=1)\n    for b in books:\n        b\n",
        "    return Book.objects.all()\n",
    ],
)
def test_rows_that_may_be_read_again_stay(body):
    text = f"def f():\n{body}"
    fix = stream_fix(site_of(text), TARGET, Source(PATH, text))
    assert not fix.diff
    assert not fix.edits
    assert fix.caveat.startswith("No diff:")
    assert fix.code.endswith(ITERATOR)


def test_without_a_source_the_stream_is_told():
    fix = stream_fix(site_of("def f():\n    return Book.objects.all()\n"), TARGET, None)
    assert fix.code == "Book.objects.iterator(chunk_size=2000)"
    assert "can't be read" in fix.caveat


def test_pages_are_told_with_the_conditions_as_they_are_written():
    text = "def f():\n    return show(Book.objects.filter(\n        a='1',\n    ))\n"
    fix = page_fix(site_of(text), TARGET, Source(PATH, text))
    assert fix.code == (
        'Paginator(Book.objects.filter(a="1").order_by("pk"), 50).get_page(request.GET.get("page"))'
    )


def test_an_ordering_that_is_there_stays():
    text = "def f():\n    return show(Book.objects.order_by('a'))\n"
    site = QuerySetSite(model="shop.Book", frame=frames_of(text)[0], ordering=("a",))
    assert page_fix(site, TARGET, Source(PATH, text)).code.startswith(
        "Paginator(Book.objects.order_by('a'), 50)"
    )


@pytest.mark.parametrize(
    ("rest", "shown"),
    [
        ("return show(books.order_by('b'))", "books.order_by('b')"),
        ("books = books.exclude(b=2)\n    return show(books)", 'books.order_by("pk")'),
        ("n = books.count()\n    return n, show(books)", 'books.order_by("pk")'),
        ("a = books.filter(b=1)\n    return a, books.filter(b=2)", 'books.order_by("pk")'),
    ],
)
def test_of_a_variable_what_comes_last_is_told(rest, shown):
    text = f"def f():\n    books = Book.objects.filter(a=1)\n    {rest}\n"
    ordering = ("b",) if "'b'" in rest else ()
    site = QuerySetSite(model="shop.Book", frame=frames_of(text)[0], ordering=ordering)
    code = page_fix(site, TARGET, Source(PATH, text)).code
    assert code == f'Paginator({shown}, 50).get_page(request.GET.get("page"))'


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("class A(ListView):\n    model = Book\n", "view", "paginate_by = 50"),
        ("class A(ModelViewSet):\n    queryset = 1\n", "view", "pagination_class = PageNumberPagination"),
        ("class A(Own):\n    serializer_class = 1\n", "view", "pagination_class = PageNumberPagination"),
        ("class A(generics.ListAPIView):\n    pass\n", "view", "pagination_class = PageNumberPagination"),
    ],
)
def test_a_class_answers_in_pages_by_an_attribute(text, kind, code):
    holder = ClassSite(path=PATH, line=1, name="A", kind=kind)
    fix = page_fix(QuerySetSite(model="shop.Book", holder=holder), TARGET, Source(PATH, text))
    assert fix.code == code
    assert fix.title == "Let A answer in pages"
    assert not fix.diff


@pytest.mark.parametrize(
    ("body", "is_export"),
    [
        ("    csv.writer(1)\n", True),
        ("    return StreamingHttpResponse(1)\n", True),
        ("    yield 1\n", True),
        ("    return show(1)\n", False),
    ],
)
def test_what_writes_all_rows_out_is_told_apart(body, is_export):
    text = f"def f():\n    books = Book.objects.all()\n{body}"
    names = {"csv": type("csv", (), {"writer": staticmethod(print)}), "StreamingHttpResponse": print}
    site = QuerySetSite(model="shop.Book", frame=frames_of(text, **names)[0])
    assert writes_out(Source(PATH, text), site, TARGET) is is_export
    assert not writes_out(None, site, TARGET)
