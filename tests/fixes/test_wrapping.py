"""Lines that an edit makes too long: broken as ruff breaks them, or left alone."""

# ruff: noqa: E501 - a case is read best on one line

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from queryscope.fixes.line_limit import configured_limit, line_limit
from queryscope.fixes.sources import Sources
from queryscope.fixes.wrapping import with_wrapped_diff, wrapped
from queryscope.model import Edit, Fix

CHAIN = 'Book.objects.select_related("author", "publisher").filter(status="open", owner=owner, kind=kind)'

# What stands in a function before an edit, a piece of it, and what takes its place.
SINGLE = {
    "a call": ("books = X", CHAIN),
    "three calls": ("books = X", CHAIN + '.order_by("kind")'),
    "calls that fit in brackets": ("books = X", CHAIN[:-12] + ").first()"),
    "a slice": ("books = X", CHAIN + '.order_by("kind", "title")[:10]'),
    "a call without arguments": ("number = X", 'Book.objects.filter(status="open", owner=owner, kind=kind, company__name="x").count()'),
    "calls in a call": ("books = X", 'Book.objects.annotate(n=Count("reviews", filter=Q(reviews__rating__gte=2, reviews__is_read=False)))'),
    "arguments": ("books = X", 'Book.objects.annotate(review_count=Count("reviews", distinct=True), tags=Count("tags", distinct=True))'),
    "a prefetch": ("books = X", 'Book.objects.prefetch_related(Prefetch("reviews", queryset=Review.objects.filter(stars=5).order_by("-created"), to_attr="x"))'),
    "a list of them": ("return [book.title for book in X]", CHAIN),
    "a dictionary of them": ("return {book.pk: book for book in X if book.late}", CHAIN),
    "a generator": ("return sum(1 for book in X if book.late)", CHAIN),
    "a nested list": ("n = sum(len(X) for brand in brands)", "[product for product in brand.products.all() if product.price >= 1]"),
    "a sorted generator": ("return sorted(X, key=lambda p: p.price)", "(product for product in brand.products.all() if product.price >= 1)"),
    "a choice": ("return X", 'product.matching_reviews if hasattr(product, "matching_reviews") else product.reviews.filter(a=1)'),
    "a choice in a list": ("return [X]", 'product.matching_reviews if hasattr(product, "matching_reviews") else product.reviews.filter(a=1)'),
    "a loop": ("for book in X:\n        pass", CHAIN),
    "a loop over three": ("for book in X:\n        pass", CHAIN + '.order_by("kind")'),
    "a loop over pairs": ("for number, book in enumerate(X, start=1):\n        pass", CHAIN),
    "an asynchronous loop": ("async for book in X:\n        pass", CHAIN),
    "a condition": ("if X:\n        pass", CHAIN + ".exists()"),
    "another condition": ("if kind:\n        pass\n    elif X:\n        pass", "not kind and " + CHAIN + ".exists()"),
    "a while": ("while X:\n        pass", "waiting := list(" + CHAIN + "[:10])"),
    "a dictionary handed over": ('return render(request, "page.html", {"books": X, "a": 1})', CHAIN),
    "a statement": ("X", CHAIN + ".update(price=1)"),
    "an argument": ("found.append(X)", CHAIN + ".get()"),
    "a sum": ("total += X", CHAIN + ".count()"),
    "an or": ("qs = X", 'qs.annotate(n=Count("a")) | ' + CHAIN),
    "an or with a call": ("words = X or something_else(issue)", "max(issue.comments.all(), key=lambda comment: comment.pk, default=None)"),
    "operators": ("x = X", 'a.filter(Q(title="x") | ~Q(title="y") & Q(screenings__is_sold_out=True, screenings__hall__seats__gt=110))'),
    "a comparison": ("if X:\n        pass", CHAIN + ".count() not in known"),
    "an annotated name": ("books: QuerySet[Book] = X", CHAIN),
    "an attribute": ("self.books = X", CHAIN),
    "a key": ('context["books"] = X', CHAIN),
    "an await": ("book = await X", CHAIN + ".afirst()"),
    "a yield": ("yield from X", CHAIN + ".iterator(chunk_size=2000)"),
    "from super()": ("page = X", 'super().get_queryset(request).select_related("author", "publisher", "publisher__company")'),
    "an attribute of what is found": ("return X", "Response(StaffSerializer(" + CHAIN + ", many=True).data)"),
    "two values": ("a, b = X, c", CHAIN),
    "a key of an aggregate": ('total = X["total_price_of_all"]', 'Book.objects.filter(status="open", owner=owner).aggregate(total_price_of_all=Sum("price"))'),
    "an f-string": ('show(f"{x!r} and {y}", X)', CHAIN),
    "words beside each other": ("show(X)", '"some words that are long enough for a line" "and more of them to make it two of them"'),
    "a comment behind it": ("books = X  # all of them", CHAIN),
    "a comment behind a loop": ('for book in show(X, "#"):  # all "of" them\n        pass', CHAIN),
}  # fmt: skip


# An edit in a statement of several lines.
SEVERAL = {
    "a link of a chain": (
        """\
    books = (
        Book.objects.filter(status="open", owner=owner, kind=kind)
        .select_related("author")
        .order_by("title")
    )
""",
        '.select_related("author")',
        '.select_related("author", "author__publisher", "publisher__company", "series__maker")',
    ),
    "the first link of a chain": (
        """\
    books = (
        Book.objects.filter(status="open", publisher__company__name="something")
        .order_by("title")
        .first()
    )
""",
        "Book.objects.",
        'Book.objects.select_related("author", "author__publisher", "publisher__company").',
    ),
    "an argument": (
        """\
    return render(
        request,
        "books/list.html",
        {"books": Book.objects.filter(status="open")},
    )
""",
        "Book.objects.",
        'Book.objects.select_related("author", "publisher").',
    ),
    "the head of a call": (
        """\
    books = Book.objects.filter(
        status="open",
        owner=owner,
    )
""",
        "Book.objects.",
        'Book.objects.select_related("author", "author__publisher", "publisher__company").',
    ),
    "the last line of a call": (
        """\
    books = Book.objects.filter(
        status="open", owner=owner, kind=kind, publisher__company__name="something"
    )
""",
        '="something"\n    )',
        '="something"\n    ).select_related("author", "author__publisher", "publisher__company", "series__maker")',
    ),
    "a loop of a list": (
        """\
    return [
        (book.title, book.author.name, book.publisher.name, book.publisher.company)
        for book in Book.objects.filter(status="open")
    ]
""",
        "Book.objects.",
        'Book.objects.select_related("author", "publisher__company").',
    ),
    "an argument with comments beside it": (
        """\
    return render(
        request,  # of the user
        "books/list.html",
        {"books": Book.objects.filter(status="open")},
    )
""",
        "Book.objects.",
        'Book.objects.select_related("author", "publisher").',
    ),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_of_several_lines_only_those_are_broken_that_are_too_long(name, tmp_path):
    text, old, new = SEVERAL[name]
    before = f"def f():\n{text}"
    assert before == ruff(before, tmp_path)
    after = before.replace(old, new)
    found = wrapped(before, after, 88)
    assert found != after
    assert found == ruff(after, tmp_path)


LEFT = {
    "short enough": ("books = X", "Book.objects.order_by()"),
    "a string that is too long": ("show(X)", repr("word " * 30)),
    "several on one line": ("a = 1; books = X", CHAIN),
    "a loop on one line": ("for book in X: pass", CHAIN),
    "a with": ("with X as found:\n        pass", CHAIN),
    "words over several lines": ('books = show("""a\nb""", X)', CHAIN),
    "only a comment is too long": ("books = X  # " + "word " * 16, "Book.objects.select_related()"),
    "a name that is too long": ("x = X", "a" * 90),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_cant_be_broken_for_certain_stays(name):
    after, found = after_edit(*LEFT[name])
    assert found == after


def test_a_line_that_was_too_long_stays_too_long():
    before = f"books = {CHAIN}\n"
    after = before.replace('"author"', '"author", "series"')
    assert wrapped(before, after, 88) == after


def test_other_long_lines_of_the_file_stay():
    comment = "# " + "word " * 30 + "\n"
    before = f"{comment}books = Book.objects.all()\n{comment}"
    found = wrapped(before, before.replace("Book.objects.all()", CHAIN), 88)
    assert found.startswith(comment)
    assert found.endswith(comment)
    assert found.count("\n") == 5


def test_an_import_gets_a_line_for_each_name(tmp_path):
    before = "from django.db.models import Avg, Case, Count, ExpressionWrapper, F, Max, Min, Prefetch\n"
    after = before.replace("Prefetch", "OuterRef, Prefetch, Subquery, Sum, When")
    found = wrapped(before, after, 88)
    assert "    OuterRef,\n    Prefetch,\n" in found
    assert found == ruff(after, tmp_path)


def test_lines_end_as_they_ended():
    before = "def f():\r\n    books = Book.objects.all()\r\n    return books\r\n"
    found = wrapped(before, before.replace("Book.objects.all()", CHAIN), 88)
    assert found.count("\r\n") == found.count("\n") == 5


def test_a_file_with_tabs_is_broken_with_tabs():
    before = "def f():\n\tbooks = Book.objects.all()\n"
    found = wrapped(before, before.replace("Book.objects.all()", CHAIN), 88)
    assert '\n\t\tstatus="open", owner=owner, kind=kind\n\t)\n' in found


def after_edit(text: str, new: str, *, limit: int = 88) -> tuple[str, str]:
    """The text with the edit, and with its lines broken."""
    before = f"async def f():\n    {text}\n".replace("X", "Book.objects.all()")
    after = f"async def f():\n    {text}\n".replace("X", new)
    return after, wrapped(before, after, limit)


@pytest.mark.parametrize("name", SINGLE)
def test_a_line_is_broken_as_ruff_breaks_it(name, tmp_path):
    after, found = after_edit(*SINGLE[name])
    assert found != after
    assert ast.dump(ast.parse(found)) == ast.dump(ast.parse(after))
    assert all(len(line) <= 88 for line in found.splitlines()), found
    assert found == ruff(after, tmp_path)


def ruff(text: str, folder: Path) -> str:
    """The text as ruff formats it."""
    program = Path(sys.executable).with_name("ruff")
    file = folder / "file.py"
    file.write_text(text, encoding="utf-8")
    command = [str(program if program.exists() else "ruff"), "format", "--isolated", "-q", str(file)]
    subprocess.run(command, check=True)
    return file.read_text(encoding="utf-8")


def fix_of(before: str, new: str) -> Fix:
    start = before.index("Book.objects.all()")
    edit = Edit(path="shop/views.py", start=start, end=start + 18, text=new, source_sha256="")
    return Fix(kinds=("rewrite",), title="", code=new, diff="-\n+\n", edits=(edit,))


SETTINGS = {
    "nothing": ({}, True),
    "ruff": ({"pyproject.toml": "[tool.ruff]\nline-length = 120\n"}, False),
    "black": ({"pyproject.toml": "[tool.black]\nline-length = 120\n"}, False),
    "flake8": ({"setup.cfg": "[flake8]\nmax-line-length = 120\n"}, False),
    "a folder's own": (
        {"pyproject.toml": "[tool.ruff]\nline-length = 60\n", "shop/ruff.toml": "line-length = 120\n"}, False,
    ),
    "ruff without a length": (
        {"pyproject.toml": "[tool.ruff]\nselect = []\n", "setup.cfg": "[flake8]\nmax-line-length = 120\n"}, True,
    ),
    "others": ({"pyproject.toml": "[project]\nname = 'x'\n", "tox.ini": "[testenv]\n"}, True),
    "nonsense": ({"pyproject.toml": "[", "setup.cfg": "[flake8]\nmax-line-length = many\n"}, True),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_the_diff_keeps_to_what_the_project_says(name):
    settings, is_broken = SETTINGS[name]
    before = "def f():\n    books = Book.objects.all()\n"
    sources = Sources({**settings, "shop/views.py": before}.get)
    fix = fix_of(before, CHAIN)
    found = with_wrapped_diff(fix, sources)
    assert (found.diff != fix.diff) is is_broken
    assert ('+        status="open", owner=owner, kind=kind\n' in found.diff) is is_broken
    assert found.edits == fix.edits


def test_without_settings_a_file_keeps_to_its_own_longest_line():
    assert line_limit("x = 1\n", None) == 88
    assert line_limit(f"{'x' * 100}\n", None) == 100
    assert line_limit(f"{'x' * 100}\n", 79) == 79
    assert configured_limit({}.get, "shop/views.py") is None


def test_a_fix_without_a_diff_stays_without():
    fix = Fix(kinds=(), title="", code="")
    assert with_wrapped_diff(fix, Sources(lambda path: None)) is fix


@pytest.mark.parametrize("head", ["", '"""Words\n\ndef of():\n"""\n', "@cached\n", "class A:\n    pass\n\n"])
def test_it_matters_not_what_stands_around(head):
    before = f"{head}def f():\n    books = Book.objects.all()\n    return books\n\n\nelse_ = '''\nf()\n'''\n"
    found = wrapped(before, before.replace("Book.objects.all()", CHAIN), 88)
    assert '.filter(\n        status="open", owner=owner, kind=kind\n    )\n    return books\n' in found
    assert ast.dump(ast.parse(found)) == ast.dump(ast.parse(before.replace("Book.objects.all()", CHAIN)))
