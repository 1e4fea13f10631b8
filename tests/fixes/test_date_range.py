"""Tests of fixes/date_range.py: when the edit is certain, and what is said where it isn't."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.date_range import date_range_fix
from queryscope.fixes.source import Source
from queryscope.model import Evidence, Field, Fix, Frame, IndexAdvice, IndexKey, Model, QuerySetSite

ORDER = Model(
    label="shop.Order",
    table="shop_order",
    fields=(
        Field(name="id", column="id", type="BigAutoField", is_primary=True),
        Field(name="created", column="created", type="DateTimeField"),
    ),
)
TOP = """\
from datetime import date, datetime, timedelta

from django.utils import timezone

from .models import Order


"""


def fixed(*lines: str, head: str = "def view(request, day):", top: str = TOP, is_aware: bool = True) -> Fix:
    text = f"{top}{head}\n" + "".join(f"    {line}\n" for line in lines)
    source = Source("shop/views.py", text)
    [root] = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "Order.objects"
    ]
    call = source.parents[source.parents[root]]
    assert isinstance(call, ast.Call)
    frame = Frame(
        path="shop/views.py", line=call.lineno, end_line=call.end_lineno, column=call.col_offset,
        end_column=call.end_col_offset, function="view",
    )  # fmt: skip
    return date_range_fix(
        QuerySetSite(model="shop.Order", frame=frame),
        ORDER,
        source,
        columns=("created",),
        is_aware=is_aware,
        evidence=Evidence(),
    )


def added(fix: Fix) -> list[str]:
    return [line[1:].strip() for line in fix.diff.splitlines() if line.startswith("+") and line[:3] != "+++"]


START = "timezone.make_aware(datetime.combine(day, datetime.min.time()))"
END = "timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))"


@pytest.mark.parametrize(
    ("lookup", "said"),
    [
        ("created__date", f"created__gte={START}, created__lt={END}"),
        ("created__date__gte", f"created__gte={START}"),
        ("created__date__gt", f"created__gte={END}"),
        ("created__date__lt", f"created__lt={START}"),
        ("created__date__lte", f"created__lt={END}"),
    ],
)
def test_each_comparison_has_its_bounds(lookup: str, said: str) -> None:
    fix = fixed(f"return Order.objects.filter({lookup}=day)", head="def view(request, day: date):")
    assert added(fix) == [f"return Order.objects.filter({said})"]
    assert fix.caveat == ""


def test_without_time_zones_the_bounds_are_naive() -> None:
    lines = ("day = date.today()", "return Order.objects.filter(created__date=day)")
    fix = fixed(*lines, head="def view(request):", is_aware=False)
    assert "make_aware" not in fix.diff
    assert "datetime.combine(day, datetime.min.time())" in added(fix)[0]


@pytest.mark.parametrize(
    "day", ["timezone.localdate()", "date.today()", "date(2024, 1, 1)", "timezone.now().date()"]
)
def test_a_day_that_is_worked_out_gets_a_name_first(day: str) -> None:
    fix = fixed(f"return Order.objects.filter(created__date={day})", head="def view(request):")
    assert added(fix) == [
        f"day = {day}",
        f"return Order.objects.filter(created__gte={START}, created__lt={END})",
    ]


def test_a_module_that_is_imported_whole_is_used_so() -> None:
    top = "import datetime as dt\n\nfrom django.utils import timezone\nfrom .models import Order\n\n\n"
    lines = ("day = timezone.now().date()", "return Order.objects.filter(created__date=day)")
    fix = fixed(*lines, head="def view(request):", top=top)
    assert "dt.datetime.combine(day + dt.timedelta(days=1), dt.datetime.min.time())" in fix.diff


@pytest.mark.parametrize(
    "line",
    [
        "return Order.objects.filter(created__date=day)",
        "return Order.objects.filter(created__date=request.GET['day'])",
        "return Order.objects.filter(created__date='2024-01-01')",
        "return Order.objects.exclude(lines__created__date=date.today())",
        "return Order.objects.filter(~Q(lines__created__date=date.today()))",
        "return Order.objects.filter(created__date__range=days)",
        "return Order.objects.filter(Q(created__date=date.today(), pk=1, _connector=Q.OR))",
        "return Order.objects.filter(Q(created__date=date.today(), **more))",
        "return Order.objects.filter(created__date__gt=date.today(), created__date__gte=date.today())",
        "return Order.objects.filter(created__date=date.today(), created__gte=since)",
        "return [Order.objects.filter(created__date=date.today()) for _ in request.GET]",
        "if Order.objects.filter(created__date=date.today()): return 1",
    ],
)
def test_what_is_not_certain_is_said_without_a_diff(line: str) -> None:
    fix = fixed(line)
    assert fix.diff == ""
    assert fix.caveat.startswith("No diff: ")
    assert fix.code == f".filter(created__gte={START}, created__lt={END})"


def test_a_name_that_may_be_something_else_is_no_date() -> None:
    lines = ("for day in days:", "    return Order.objects.filter(created__date=day)")
    assert fixed("day = date.today()", *lines).diff == ""


def test_a_timezone_of_another_kind_is_in_the_way() -> None:
    top = TOP.replace("from django.utils import timezone\n", "").replace("timedelta", "timedelta, timezone")
    fix = fixed("return Order.objects.filter(created__date=date.today())", top=top)
    assert fix.caveat == "No diff: timezone is something else in shop/views.py."


def test_the_index_that_it_needs_is_told() -> None:
    source = Source("shop/views.py", TOP)
    index = IndexAdvice(
        relation="shop_order", model="shop.Order", method="btree", name="by_created",
        keys=(IndexKey(column="created", django="created"),),
    )  # fmt: skip
    fix = date_range_fix(
        QuerySetSite(model="shop.Order"), ORDER, source, columns=("created",), is_aware=True,
        evidence=Evidence(), index=index,
    )  # fmt: skip
    assert 'It needs the index models.Index(fields=["created"], name="by_created").' in fix.caveat
