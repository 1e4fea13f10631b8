"""What replaces a query that runs in each save."""

from __future__ import annotations

import pytest

from queryscope.fixes.receivers import receiver_code
from queryscope.model import AccessKind, Field, Model
from tests.builders import make_access, make_query_group, make_site, relation

ENTRY = Model(
    label="shop.Entry",
    table="shop_entry",
    fields=(Field(name="id", column="id", type="BigAutoField", is_unique=True),),
    relations=(
        relation("book", AccessKind.FORWARD, "shop.Book"),
        relation("tags", AccessKind.MANY_TO_MANY, "shop.Tag"),
    ),
)


def code(kind: str, method: str, *lookups: str, columns: tuple[str, ...] = (), model=ENTRY) -> str:
    access = make_access(
        AccessKind.MANAGER if kind == "select" else AccessKind.WRITE,
        model="shop.Entry", attribute="", target="shop.Entry", method=method,
    )  # fmt: skip
    group = make_query_group(kind=kind, access=access, site=make_site("shop.Entry", lookups=lookups))
    return receiver_code(group, model, columns)


@pytest.mark.parametrize(
    ("kind", "method", "lookups", "wanted"),
    [
        ("insert", "create", (), "Entry.objects.bulk_create(entries)"),
        ("delete", "delete", (), "Entry.objects.filter(pk__in=entries).delete()"),
        ("update", "update", (), "Entry.objects.filter(pk__in=entries).update(…)"),
        ("select", "get", ("id__exact",), "Entry.objects.in_bulk(ids)"),
        ("select", "get", ("pk__exact",), "Entry.objects.in_bulk(ids)"),
        ("select", "get", (), "Entry.objects.in_bulk(ids)"),
        ("select", "get", ("name__exact",), "Entry.objects.filter(name__in=…)"),
        ("select", "iterate", ("is_new__exact", "book__exact"), "Entry.objects.filter(book__in=…)"),
        (
            "select", "count", ("book__exact", "is_new__exact"),
            'Entry.objects.filter(book__in=…).values("book").annotate(count=Count("pk"))',
        ),
        (
            "select", "exists", ("name__exact",),
            'Entry.objects.filter(name__in=…).values("name").annotate(count=Count("pk"))',
        ),
        ("select", "iterate", ("name__startswith",), "Entry.objects.in_bulk(ids)"),
    ],
)  # fmt: skip
def test_one_statement_serves_all_rows(kind, method, lookups, wanted):
    assert code(kind, method, *lookups) == wanted


def test_rows_that_a_receiver_saves_are_updated_together():
    wanted = 'Entry.objects.bulk_update(entries, ["text", "book"])'
    assert code("update", "save", columns=("text", "book")) == wanted
    assert code("update", "save") == "Entry.objects.filter(pk__in=entries).update(…)"


def test_sql_of_an_unknown_table_is_left_to_the_reader():
    assert code("select", "get", model=None) == "Run one query for all rows behind the loop."
