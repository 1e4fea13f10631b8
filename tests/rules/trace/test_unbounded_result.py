"""`unbounded-result`: firing, silent, at its thresholds; pages or a stream."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Field, Model, Models, Origin, QueryGroup, Trace
from queryscope.rules.remedy import Context
from queryscope.rules.trace import UnboundedResult
from tests.builders import BOOKSHOP, make_access, make_frame, make_query_group, make_site, make_trace

MODELS = Models(models=BOOKSHOP)
MANAGER = {"attribute": "", "target": "shop.Book"}
IN = 'SELECT "id" FROM "shop_book" WHERE "id" IN (…)'


def books(**more: Any) -> QueryGroup:
    method = more.pop("method", "iterate")
    values = {
        "rows": 12_000,
        "site": make_site(),
        "access": make_access(AccessKind.MANAGER, **MANAGER, method=method),
    }
    return make_query_group(0, **(values | more))


def trace_of(group: QueryGroup, kind: Any = "request") -> Trace:
    return make_trace(group, origin=Origin(kind=kind, label="x"), queries=())


def found(group: QueryGroup, kind: Any = "request", **options: Any) -> list[Any]:
    return list(UnboundedResult(**options).check(trace_of(group, kind), MODELS))


def test_rows_without_a_limit_are_told():
    [observation] = found(books())
    assert observation.fact == "rows"
    assert UnboundedResult().message([observation]) == (
        "book_list loaded 12,000 Book rows at once, without a limit."
    )


@pytest.mark.parametrize(
    ("kind", "rows", "severity"),
    [
        ("request", 999, None), ("request", 1_000, "info"), ("request", 9_999, "info"),
        ("request", 10_000, "warning"), ("block", 1_000, "info"), ("test", 1_000, "info"),
        ("command", 9_999, None), ("command", 10_000, "info"), ("task", 100_000, "warning"),
    ],
)  # fmt: skip
def test_the_thresholds_depend_on_who_waits(kind, rows, severity):
    observations = found(books(rows=rows), kind)
    assert [each.severity for each in observations] == ([severity] if severity else [])


NARROW = {
    "keys": ('"shop_book"."id" AS "pk"', True),
    "keys and short texts": ('"shop_book"."id", "shop_book"."shelf"', True),
    "long texts": ('"shop_book"."summary"', False),
    "timestamps": ('"shop_book"."sold_at"', False),
    "intervals": ('"shop_book"."read_for"', False),
    "three columns": ('"shop_book"."id", "shop_book"."shelf", "shop_book"."id" AS "pk"', False),
    "a column of nobody": ('"shop_book"."other"', False),
    "an expression": ('UPPER("shop_book"."shelf") AS "x"', False),
}


@pytest.mark.parametrize("name", NARROW)
def test_a_list_of_keys_is_small_until_it_is_ten_times_as_long(name):
    columns, is_narrow = NARROW[name]
    types = {"id": "bigint", "shelf": "varchar(40)", "summary": "text", "sold_at": "timestamp with time zone"}
    fields = [
        Field(name=n, column=n, type="", db_type=t) for n, t in (types | {"read_for": "interval"}).items()
    ]
    models = Models(models=(Model(label="shop.Book", table="shop_book", path="x.py", fields=tuple(fields)),))
    given = {"sql": f'SELECT {columns} FROM "shop_book"', "site": make_site(is_values=True)}

    def told(rows: int, **options: Any) -> list[Any]:
        return list(UnboundedResult(**options).check(trace_of(books(rows=rows, **given)), models))

    assert bool(told(9_999)) is not is_narrow
    assert told(10_000)
    assert told(1_000, min_narrow_rows=1_000)
    instances = given | {"site": make_site()}
    assert list(UnboundedResult().check(trace_of(books(rows=1_000, **instances)), models))


def test_the_thresholds_are_options():
    assert not found(books(), min_rows=20_000)
    assert found(books(rows=40), min_rows=40)
    assert found(books(rows=40), "command", min_unattended_rows=40)
    assert not found(books(rows=0), min_rows=0)


def test_rows_count_for_each_execution():
    assert not found(books(count=100))


@pytest.mark.parametrize("method", ["iterate", "len", "bool", "in_bulk"])
def test_whatever_loads_all_rows_is_told(method):
    assert found(books(method=method))


SILENT = {
    "streamed": {"method": "iterator"},
    "one": {"method": "get"},
    "sliced": {"site": make_site(is_sliced=True), "limit": 12_000},
    "sliced behind a number only": {"site": make_site(is_sliced=True)},
    "in_bulk() with keys": {"method": "in_bulk", "sql": IN, "site": make_site(lookups=("id__in",))},
    "rows of given keys": {"sql": IN, "site": make_site(lookups=("id__in",))},
    "totals": {"sql": "SELECT 1 GROUP BY 1", "site": make_site(is_values=True)},
    "totals in SQL": {"sql": "SELECT 1 GROUP BY 1", "site": None, "access": None},
    "SQL with a limit": {"sql": "SELECT 1 LIMIT %s", "site": None, "access": None},
    "rows nobody counted": {"rows": None},
    "a failure": {"error": "57014"},
    "a write": {"kind": "update"},
    "a prefetch": {"rows": 9_999, "access": make_access(AccessKind.PREFETCH, method="iterate")},
    "a test's": {"stack": (make_frame("tests/test_a.py", 3, "test_a"),)},
    "a migration's": {"stack": (make_frame("shop/migrations/0002_fill.py", 3, "fill"),)},
    "a seed's": {"site": make_site(frame=make_frame("shop/management/commands/seed.py"))},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(books(**SILENT[name]))


TOLD = {
    "totals of rows that are instances": {"sql": "SELECT 1 GROUP BY 1"},
    "values of a page": {"site": make_site(is_values=True)},
    "in_bulk() of everything": {"method": "in_bulk"},
    "rows of a query's keys": {
        "sql": IN.replace("…", "SELECT 1"), "site": make_site(lookups=("id__in",))
    },
    "rows by something that isn't unique": {"sql": IN, "site": make_site(lookups=("shelf__in",))},
    "a huge prefetch": {"access": make_access(AccessKind.PREFETCH, method="iterate")},
    "SQL": {"site": None, "access": None},
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_these_are_told(name):
    assert found(books(**TOLD[name]))


def test_values_are_what_a_command_should_read():
    assert not found(books(site=make_site(is_values=True)), "command")


def remedy(group: QueryGroup, kind: Any = "request", text: str | None = None) -> Any:
    trace = trace_of(group, kind)
    context = Context(MODELS, Sources(lambda _: text), {trace.id: trace})
    return UnboundedResult().remedy(found(group, kind), context).fix


def test_a_request_gets_pages():
    fix = remedy(books())
    assert fix.kinds == ("paginate",)
    assert fix.code == 'Paginator(Book.objects.all().order_by("pk"), 50).get_page(request.GET.get("page"))'
    assert not fix.diff
    assert fix.caveat.startswith("No diff:")


def test_a_command_gets_a_stream():
    fix = remedy(books(), "command")
    assert fix.kinds == ("iterator",)
    assert fix.code == "Book.objects.iterator(chunk_size=2000)"


def test_a_huge_prefetch_is_limited_for_each_row():
    fix = remedy(books(access=make_access(AccessKind.PREFETCH, method="iterate")))
    assert fix.code == 'Prefetch(…, queryset=Book.objects.order_by("-pk")[:10])'


def test_plain_sql_gets_a_limit():
    assert remedy(books(site=None, access=None)).code.startswith("Say LIMIT")
