"""The condition that continues an ordering."""

from __future__ import annotations

import pytest

from queryscope.fixes.keyset import keyset_fix
from queryscope.model import AccessKind, Field, Model, Models, QuerySetSite
from tests.builders import relation

FIELDS = (
    Field(name="id", column="id", type="BigAutoField", is_unique=True),
    Field(name="title", column="title", type="CharField"),
    Field(name="isbn", column="isbn", type="CharField", is_unique=True),
    Field(name="code", column="code", type="CharField", is_unique=True, is_null=True),
    Field(name="sold", column="sold", type="DateField", is_null=True),
    Field(name="author", column="author_id", type="ForeignKey", target="shop.Author"),
)
BOOK = Model(
    label="shop.Book",
    table="shop_book",
    fields=FIELDS,
    relations=(
        relation("author", AccessKind.FORWARD, "shop.Author"),
        relation("editor", AccessKind.FORWARD, "shop.Author", is_null=True),
        relation("reviews", AccessKind.REVERSE, "shop.Review"),
    ),
)
AUTHOR = Model(
    label="shop.Author",
    table="shop_author",
    fields=(FIELDS[0], Field(name="name", column="name", type="CharField")),
)
MODELS = Models(models=(BOOK, AUTHOR))


def fix(*ordering: str, limit: int | None = 20):
    return keyset_fix(QuerySetSite(model="shop.Book", ordering=ordering), BOOK, MODELS, limit)


@pytest.mark.parametrize(
    ("ordering", "code"),
    [
        ((), 'filter(pk__gt=last_pk).order_by("pk")[:20]'),
        (("pk",), 'filter(pk__gt=last_pk).order_by("pk")[:20]'),
        (("-id",), 'filter(pk__lt=last_pk).order_by("-pk")[:20]'),
        (("isbn",), 'filter(isbn__gt=last.isbn).order_by("isbn")[:20]'),
        (
            ("title", "-id", "isbn"),
            (
                "filter(Q(title__gt=last.title) | Q(title=last.title, pk__lt=last.pk), title__gte=last.title)"
                '.order_by("title", "-pk")[:20]'
            ),
        ),
        (
            ("-author__name",),
            (
                "filter(Q(author__name__lt=last.author.name) | "
                "Q(author__name=last.author.name, pk__lt=last.pk), "
                'author__name__lte=last.author.name).order_by("-author__name", "-pk")[:20]'
            ),
        ),
        (
            ("author_id",),
            (
                "filter(Q(author_id__gt=last.author_id) | Q(author_id=last.author_id, pk__gt=last.pk), "
                'author_id__gte=last.author_id).order_by("author_id", "pk")[:20]'
            ),
        ),
    ],
)
def test_an_ordering_is_continued(ordering, code):
    assert fix(*ordering).code == f"Book.objects.{code}"


@pytest.mark.parametrize(
    "ordering",
    [("(expression)",), ("author",), ("reviews__stars",), ("?",), ("author__unknown",), ("nothing",)],
)
def test_what_is_no_column_is_no_key(ordering):
    found = fix(*ordering)
    assert found.code == 'Book.objects.filter(pk__gt=last_pk).order_by("pk")[:20]'
    assert "is no key" in found.caveat


@pytest.mark.parametrize(("ordering", "name"), [(("sold",), "sold"), (("editor__name",), "editor__name")])
def test_null_is_told(ordering, name):
    assert f"{name} may be NULL" in fix(*ordering).caveat
    assert "NULL" not in fix("title").caveat


def test_a_unique_column_that_may_be_null_is_no_end():
    assert fix("code").code.endswith('.order_by("code", "pk")[:20]')


def test_the_length_of_a_page_is_kept():
    assert fix(limit=7).code.endswith("[:7]")
    assert fix(limit=None).code.endswith("[:20]")


def test_there_is_never_a_diff():
    assert not fix().diff
    assert fix().caveat.startswith("No diff:")
