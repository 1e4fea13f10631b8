"""The edit where a whole loop becomes one call."""

from __future__ import annotations

import pytest

from queryscope.errors import EditRefusedError
from tests.fixes.test_bulk_edit import body
from tests.fixes.writing import edited

EDITS = [
    ("for b in Book.objects.filter(price=1):\n    b.delete()", "Book.objects.filter(price=1).delete()"),
    ("for b in author.books.all():\n    b.delete()\nreturn 1", "author.books.all().delete()\nreturn 1"),
    (
        "old = Book.objects.filter(price=1)\nfor b in old:\n    b.delete()",
        "old = Book.objects.filter(price=1)\nold.delete()",
    ),
    (
        "for i in ids:\n    Book.objects.filter(pk=i).update(price=2)",
        "Book.objects.filter(pk__in=ids).update(price=2)",
    ),
    (
        "for a in rows:\n    Book.objects.filter(author=a.x).delete()",
        "Book.objects.filter(author__in=[a.x for a in rows]).delete()",
    ),
    ("for t in tags:\n    book.tags.add(t)", "book.tags.add(*tags)"),
    ("for t in tags:\n    book.tags.remove(t.x)", "book.tags.remove(*[t.x for t in tags])"),
]


@pytest.mark.parametrize(("before", "after"), EDITS)
def test_the_loop_becomes_one_call(before, after):
    method = next(each for each in ("delete", "update", "add", "remove") if f".{each}(" in before)
    assert edited(body(before), method) == body(after)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("for b in Book.objects.all()[:5]:\n    b.delete()", "as a whole"),
        ("for b in Book.objects.distinct():\n    b.delete()", "as a whole"),
        ("for b in Book.objects.iterator():\n    b.delete()", "as a whole"),
        ("for b in rows:\n    b.delete()", "used elsewhere"),
        ("old = Book.objects.all()\nfor b in old:\n    b.delete()\nreturn len(old)", "used elsewhere"),
        ("for b in Book.objects.all():\n    b.author.delete()", "isn't the row"),
        ("for b in Book.objects.all():\n    b.delete(keep_parents=True)", "isn't the row"),
        ("for b in Book.objects.all():\n    log(b)\n    b.delete()", "more than write"),
        ("for b in Book.objects.all():\n    # why\n    b.delete()", "comment"),
        ("for a in rows:\n    for b in Book.objects.all():\n        b.delete()", "Another loop"),
        ("for i, p in rows:\n    Book.objects.filter(pk=i).update(price=p)", "value of its own"),
        ("for i in ids:\n    Book.objects.filter(pk=i).update(price=now())", "value of its own"),
        ("for i in ids:\n    Book.objects.filter(pk=i, a=1).update(price=1)", "looked up"),
        ("for i in ids:\n    Book.objects.all().filter(pk=i).update(price=1)", "looked up"),
        ("for a in rows:\n    a.books.filter(pk=a.x).update(price=1)", "manager of its own"),
        ("for b in rows:\n    b.tags.add(tag)", "manager of its own"),
        ("for t in tags:\n    book.tags.add(t, t.x)", "manager of its own"),
    ],
)
def test_where_that_is_not_certain_there_is_no_edit(text, why):
    method = next(each for each in ("delete", "update", "add") if f".{each}(" in text)
    with pytest.raises(EditRefusedError, match=why):
        edited(body(text), method)
