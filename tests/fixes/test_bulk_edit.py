"""The edit that takes a write out of its loop: what it makes of real layouts, and where it is refused."""

from __future__ import annotations

import pytest

from queryscope.errors import EditRefusedError
from tests.fixes.writing import edited

HEAD = "from shop.models import Book\n\n\ndef f(rows, names):\n"


def body(text: str) -> str:
    """That text as a function's body."""
    return HEAD + "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())


EDITS = [
    (
        "a queryset with a name",
        "books = Book.objects.all()\nfor b in books:\n    b.price = 1\n    b.save()\nreturn books",
        (
            "books = Book.objects.all()\nfor b in books:\n    b.price = 1\n"
            'Book.objects.bulk_update(books, ["price"])\nreturn books'
        ),
    ),
    (
        "a comment behind the write stays",
        "books = list(rows)\nfor b in books:\n    b.price = 1\n    b.save()  # why\n",
        (
            "books = list(rows)\nfor b in books:\n    b.price = 1\n"
            'Book.objects.bulk_update(books, ["price"])  # why\n'
        ),
    ),
    (
        "a queryset in the head",
        "for b in Book.objects.filter(price=2):\n    b.price = 1\n    b.save()",
        (
            "books = Book.objects.filter(price=2)\nfor b in books:\n    b.price = 1\n"
            'Book.objects.bulk_update(books, ["price"])'
        ),
    ),
    (
        "rows from elsewhere are collected",
        "for b in rows:\n    b.price = 1\n    b.save()",
        (
            "books = []\nfor b in rows:\n    b.price = 1\n    books.append(b)\n"
            'Book.objects.bulk_update(books, ["price"])'
        ),
    ),
    (
        "a name that is taken",
        "books = rows\nfor b in books:\n    b.price = 1\n    b.save()",
        (
            "books = rows\nchanged = []\nfor b in books:\n    b.price = 1\n    changed.append(b)\n"
            'Book.objects.bulk_update(changed, ["price"])'
        ),
    ),
    (
        "a queryset over several lines is collected",
        "for b in (\n    Book.objects\n    .all()\n):\n    b.price = 1\n    b.save()",
        (
            "books = []\nfor b in (\n    Book.objects\n    .all()\n):\n    b.price = 1\n    books.append(b)\n"
            'Book.objects.bulk_update(books, ["price"])'
        ),
    ),
    (
        "a condition and a continue",
        "for b in rows:\n    if b.price:\n        continue\n    b.price = 1\n    b.save()",
        (
            "books = []\nfor b in rows:\n    if b.price:\n        continue\n"
            "    b.price = 1\n    books.append(b)\n"
            'Book.objects.bulk_update(books, ["price"])'
        ),
    ),
    (
        "create alone",
        "for n in names:\n    Book.objects.create(title=n)",
        "Book.objects.bulk_create([Book(title=n) for n in names])",
    ),
    (
        "create over several lines",
        "for n in names:\n    Book.objects.create(\n        title=n,\n        price=1,\n    )",
        "Book.objects.bulk_create([Book(title=n, price=1) for n in names])",
    ),
    (
        "create in nested loops",
        "for row in rows:\n    for n in row:\n        Book.objects.create(title=n)\nreturn 1",
        (
            "books = []\nfor row in rows:\n    for n in row:\n        books.append(Book(title=n))\n"
            "Book.objects.bulk_create(books)\nreturn 1"
        ),
    ),
]


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_an_edit_changes_the_loop_and_nothing_else(before, after):
    method = "create" if ".create(" in before else "save"
    assert edited(body(before), method).rstrip() == body(after).rstrip()


def test_tabs_and_line_ends_are_kept():
    text = (
        "from shop.models import Book\r\ndef f(rows):\r\n\tfor b in rows:\r\n"
        "\t\tb.price = 1\r\n\t\tb.save()\r\n"
    )
    assert edited(text, "save") == (
        "from shop.models import Book\r\ndef f(rows):\r\n\tbooks = []\r\n"
        "\tfor b in rows:\r\n\t\tb.price = 1\r\n"
        '\t\tbooks.append(b)\r\n\tBook.objects.bulk_update(books, ["price"])\r\n'
    )


def test_a_file_without_a_last_line_end_is_edited_too():
    text = body("for b in rows:\n    b.price = 1\n    b.save()").rstrip("\n")
    assert edited(text, "save").endswith('    Book.objects.bulk_update(books, ["price"])')


def test_a_long_statement_takes_several_lines():
    text = body(
        "for name in names:\n    Book.objects.create(title=name.strip().title(), price=len(name) * 100 + 7)"
    )
    assert edited(text, "create") == body(
        "Book.objects.bulk_create(\n"
        "    [Book(title=name.strip().title(), price=len(name) * 100 + 7) for name in names]\n)"
    )


def test_an_async_write_is_awaited():
    text = (
        HEAD.replace("def f", "async def f")
        + "    for b in rows:\n        b.price = 1\n        await b.asave()\n"
    )
    assert edited(text, "asave").endswith(
        '        books.append(b)\n    await Book.objects.abulk_update(books, ["price"])\n'
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("for b in rows:\n    b.save()\n    notify(b)", "goes on behind the write"),
        ("for b in rows:\n    if b:\n        b.save()\n    notify(b)", "goes on behind the write"),
        ("for b in rows:\n    try:\n        b.save()\n    except E:\n        pass", "holds try"),
        ("for b in rows:\n    if b:\n        return b\n    b.save()", "holds return"),
        ("for b in rows:\n    yield b\n    b.save()", "holds yield"),
        ("for b in rows:\n    with lock:\n        b.save()", "holds with"),
        ("for b in rows:\n    b.save()\nelse:\n    pass", "has an else"),
        ("while rows:\n    b = rows.pop()\n    b.save()", "collected first"),
        ("for row in rows:\n    while row:\n        b = row.pop()\n        b.save()", "collected first"),
        ("while rows:\n    for b in rows:\n        b.save()", "no plain for loop"),
        ("for b in rows:\n    b.save(using='other')", "arguments that no bulk method takes"),
        ("for b in rows:\n    b.save(force_update=True)", "arguments that no bulk method takes"),
        ("for b in rows:\n    b.author.save()", "no name of its own"),
        ("for row in rows:\n    b = row.book\n    b.save()", "same row more than once"),
        ("for b in rows:\n    done = b.save()", "what the write returns"),
        ("for b in rows: b.price = 1; b.save()", "shares its line"),
        ("for b in Book.objects.iterator():\n    b.price = 1\n    b.save()", "streamed"),
        ("for n in names:\n    Book.objects.create(n)", "no edit is certain"),
        ("for n in names:\n    Book.published.create(title=n)", "another manager"),
        ("for n in names:\n    x = Book.objects.create(title=n)", "what the write returns"),
        ("x = [str(Book.objects.create(title=n)) for n in names]", "something else of each row"),
        ("x = {Book.objects.create(title=n) for n in names}", "collected first"),
    ],
)
def test_where_a_loop_is_not_simple_there_is_no_edit(text, why):
    method = "create" if ".create(" in text else "save"
    with pytest.raises(EditRefusedError, match=why):
        edited(body(text), method)


def test_an_obstacle_that_is_known_already_is_the_reason():
    with pytest.raises(EditRefusedError, match="a save of its own"):
        edited(body("for b in rows:\n    b.save()"), "save", obstacle="a save of its own")


def test_a_model_that_the_file_does_not_know_is_not_named():
    text = body("for b in rows:\n    b.price = 1\n    b.save()").replace("import Book", "import Other")
    with pytest.raises(EditRefusedError, match="isn't imported"):
        edited(text, "save")


def test_a_write_in_another_function_stays_there():
    from queryscope.fixes.bulk_edit import bulk_edit
    from tests.fixes.writing import rows, scene

    text = "def mark(b):\n    b.save()\n\ndef f(books):\n    for b in books:\n        mark(b)\n"
    found = scene(text, "save", "mark")
    with pytest.raises(EditRefusedError, match="two functions"):
        bulk_edit(rows(found), found)
