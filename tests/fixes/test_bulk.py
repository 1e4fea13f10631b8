"""What a reviewer would type for rows that are written one by one."""

from __future__ import annotations

import pytest

from queryscope.fixes.bulk import bulk_code
from queryscope.fixes.scene import Rows
from tests.fixes.writing import BOOK, COLUMNS, THROUGH, code

LOOP = "for b in books:\n    {}\n"


@pytest.mark.parametrize(
    ("text", "method", "expected"),
    [
        (LOOP.format("b.price = 1; b.save()"), "save", 'Book.objects.bulk_update(books, ["price"])'),
        (
            "for n in names:\n    Book.objects.create(title=n)",
            "create",
            "Book.objects.bulk_create([Book(title=n) for n in names])",
        ),
        (
            "for n in names:\n    use(n)\n    Book.objects.create(title=n)",
            "create",
            "Book.objects.bulk_create(books)",
        ),
        (
            "x = [Book.objects.create(title=n) for n in names]",
            "create",
            "Book.objects.bulk_create([Book(title=n) for n in names])",
        ),
        (
            'for n in names:\n    Book.objects.get_or_create(title=n, defaults={"price": 1})',
            "get_or_create",
            "Book.objects.bulk_create([Book(title=n, price=1) for n in names], ignore_conflicts=True)",
        ),
        (
            "for n in names:\n    Book.objects.get_or_create(title=n, defaults=more)",
            "get_or_create",
            "Book.objects.bulk_create([Book(title=n, **more) for n in names], ignore_conflicts=True)",
        ),
        (
            'for n in names:\n    Book.objects.update_or_create(title=n, defaults={"price": 1})',
            "update_or_create",
            (
                "Book.objects.bulk_create([Book(title=n, price=1) for n in names], update_conflicts=True, "
                'unique_fields=["title"], update_fields=["price"])'
            ),
        ),
        (
            "for n in names:\n    Book.objects.update_or_create(title=n, defaults=more)",
            "update_or_create",
            (
                "Book.objects.bulk_create([Book(title=n, **more) for n in names], update_conflicts=True, "
                'unique_fields=["title"], update_fields=[…])'
            ),
        ),
        (
            LOOP.format("b.delete()"),
            "delete",
            "Book.objects.filter(pk__in=[book.pk for book in books]).delete()",
        ),
        (
            "for b in Book.objects.filter(price=1):\n    b.delete()",
            "delete",
            "Book.objects.filter(price=1).delete()",
        ),
        (
            "for i in ids:\n    Book.objects.filter(pk=i).update(price=2)",
            "update",
            "Book.objects.filter(pk__in=ids).update(price=2)",
        ),
        (
            "for i, p in rows:\n    Book.objects.filter(pk=i).update(price=p)",
            "update",
            'Book.objects.bulk_update(books, ["price"])',
        ),
        (
            "for a in authors:\n    Book.objects.filter(author=a.person).delete()",
            "delete",
            "Book.objects.filter(author__in=[a.person for a in authors]).delete()",
        ),
        ("for t in tags:\n    book.tags.add(t)", "add", "book.tags.add(*tags)"),
        (
            "for t in tags:\n    book.tags.remove(t.twin)",
            "remove",
            "book.tags.remove(*[t.twin for t in tags])",
        ),
        (
            LOOP.format("b.tags.add(tag)"),
            "add",
            (
                "Book.tags.through.objects.bulk_create([Book.tags.through(book=b, tag=tag) for b in books], "
                "ignore_conflicts=True)"
            ),
        ),
        (LOOP.format("b.tags.clear()"), "clear", "Book.tags.through.objects.filter(book__in=books).delete()"),
        (LOOP.format("cursor.execute(sql, [b])"), "execute", "cursor.executemany(sql, rows)"),
        (
            "async def f():\n    async for b in books:\n        b.price = 1\n        await b.asave()",
            "asave",
            'await Book.objects.abulk_update(books, ["price"])',
        ),
        (
            "async def f():\n    for n in names:\n        await Book.objects.acreate(title=n)",
            "acreate",
            "await Book.objects.abulk_create([Book(title=n) for n in names])",
        ),
    ],
)
def test_one_statement_for_all_rows(text, method, expected):
    assert code(text, method, through=THROUGH) == expected


def test_a_related_manager_names_the_owner():
    text = "for n in names:\n    author.books.create(title=n)"
    assert code(text, "create", owner_key="author") == (
        "Book.objects.bulk_create([Book(author=author, title=n) for n in names])"
    )


def test_new_rows_are_created():
    assert code("for n in names:\n    b = Book()\n    b.save()", "save", is_insert=True) == (
        "Book.objects.bulk_create(books)"
    )


def test_the_quotation_marks_are_those_of_the_file():
    assert code("a = 'b'\nfor b in books:\n    b.price = 'x'\n    b.save()", "save") == (
        "Book.objects.bulk_update(books, ['price'])"
    )


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("save", 'Book.objects.bulk_update(books, ["title", "price", "author", "notes"])'),
        ("create", "Book.objects.bulk_create(books)"),
        ("delete", "Book.objects.filter(pk__in=books).delete()"),
        (
            "add",
            (
                "Book.relation.through.objects.bulk_create("
                "[Book.relation.through(…) for …], ignore_conflicts=True)"
            ),
        ),
    ],
)
def test_without_a_source_the_call_is_named(method, expected):
    assert bulk_code(Rows(method=method, model=BOOK, columns=COLUMNS), None) == expected
