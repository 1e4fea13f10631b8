"""Edits of dates and months, run on a real server: the same rows, among them NULLs and short days."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps
from django.utils import timezone

from queryscope.fixes.date_range import date_range_fix
from queryscope.fixes.source import Source
from queryscope.model import Evidence, Field, Fix, Frame, Model, QuerySetSite
from queryscope.sql.date_range import by_range

pytestmark = pytest.mark.django_db

ORDER = Model(
    label="shop.Order",
    table="shop_order",
    fields=(
        Field(name="id", column="id", type="BigAutoField", is_primary=True),
        Field(name="created", column="created", type="DateTimeField"),
        Field(name="sent", column="sent", type="DateTimeField", is_null=True),
        Field(name="due", column="due", type="DateField", is_null=True),
    ),
)
HEAD = """\
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.db.models.functions import TruncDate
from django.utils import timezone


def f(day: date, now: datetime, Order):
"""
# Clocks change on these days, at midnight, or on the first of a month.
ZONES = {
    "UTC": date(2024, 2, 29),
    "Europe/Berlin": date(2024, 3, 31),
    "America/Sao_Paulo": date(2018, 11, 4),
    "America/Havana": date(2024, 3, 10),
    "Asia/Beirut": date(2022, 3, 27),
    "Asia/Amman": date(2011, 4, 1),
    "Pacific/Apia": date(2011, 12, 30),
}
LINES = [
    "return Order.objects.filter(sent__date=day)",
    "return Order.objects.exclude(sent__date=day)",
    "return Order.objects.exclude(created__date=day)",
    "return Order.objects.exclude(sent__date__gte=day, name='a')",
    "return Order.objects.exclude(sent__date__lte=day).filter(name='a')",
    "return Order.objects.filter(~Q(sent__date=day))",
    "return Order.objects.filter(Q(sent__date=day) | Q(name='a'))",
    "return Order.objects.filter(~Q(Q(sent__date__gt=day) & ~Q(name='a')))",
    "return Order.objects.filter(Q(sent__date=day, name='a') | ~Q(created__date__lt=day))",
    "return Order.objects.exclude(Q(sent__date=day) | Q(name='a'))",
    "return Order.objects.exclude(~Q(sent__date=day))",
    "return Order.objects.filter(Q(sent__date=day) ^ Q(name='a'))",
    "return Order.objects.filter(sent__date__range=(day - timedelta(days=1), day))",
    "return Order.objects.exclude(sent__date__range=[day, day + timedelta(days=2)])",
    "return Order.objects.filter(sent__date__gte=day - timedelta(days=1), sent__date__lte=day)",
    "return Order.objects.annotate(on=TruncDate('sent')).filter(on=day)",
    "return Order.objects.alias(on=TruncDate('created')).exclude(on__gte=day, name='a')",
    "return Order.objects.annotate(on=TruncDate('sent')).filter(on__range=(day, day))",
    "return Order.objects.filter(sent__year=day.year, sent__month=day.month)",
    "return Order.objects.filter(sent__month=now.month, sent__year=now.year, name='a')",
    "return Order.objects.filter(Q(sent__year=now.year, sent__month=now.month) | Q(name='a'))",
    "return Order.objects.exclude(created__year=day.year, created__month=day.month)",
    "return Order.objects.exclude(sent__year=day.year, sent__month=day.month)",
    "return Order.objects.filter(~Q(sent__year=now.year, sent__month=now.month) | Q(name='a'))",
    "return Order.objects.filter(created__year=now.year, created__month=now.month, created__day=now.day)",
    "return Order.objects.filter(created__year=2024, created__month=2)",
    "return Order.objects.filter(created__year=2024, created__month=2, created__day=29)",
    "return Order.objects.filter(created__year=2011, created__month=12)",
    "return Order.objects.filter(due__year=day.year, due__month=day.month)",
    "return Order.objects.filter(due__year=2024, due__month=2)",
]


@pytest.fixture(scope="module")
def order() -> Iterator[Any]:
    with isolate_apps("catalog"):

        class Order(models.Model):
            name = models.CharField(max_length=1)
            created = models.DateTimeField()
            sent = models.DateTimeField(null=True)
            due = models.DateField(null=True)

            class Meta:
                app_label = "catalog"
                db_table = "dated_order"

        yield Order


def fixed(text: str) -> tuple[Source, Fix]:
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
        end_column=call.end_col_offset, function="f",
    )  # fmt: skip
    site = QuerySetSite(model="shop.Order", frame=frame)
    fix = date_range_fix(
        site, ORDER, source, columns=("created", "sent", "due"), is_aware=True, evidence=Evidence()
    )
    return source, fix


def called(text: str, order: Any, day: date) -> Any:
    names: dict[str, Any] = {}
    exec(compile(text, "shop/views.py", "exec"), names)
    now = datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC)
    return names["f"](day, now, order)


def fill(order: Any, zone: str, day: date, chance: random.Random) -> None:
    """Moments around that day, and the first and last of its month, in the zone; some are NULL."""
    middle = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    first = middle - timedelta(days=day.day)
    with connection.schema_editor() as editor:
        editor.create_model(order)
    rows = []
    for start, days in ((middle, 3), (first, 2), (first + timedelta(days=31), 3)):
        for quarter in range(-4 * 24 * days, 4 * 24 * days):
            moment = start + timedelta(minutes=15 * quarter, microseconds=chance.choice([0, 0, -1, 1]))
            rows.append(
                order(
                    name=chance.choice("ab"),
                    created=moment,
                    sent=None if chance.random() < 0.1 else moment + timedelta(hours=1),
                    due=None if chance.random() < 0.1 else moment.date(),
                )
            )
    order.objects.bulk_create(rows)


@pytest.mark.parametrize("zone", ZONES)
def test_the_edited_code_finds_the_same_rows(order: Any, zone: str) -> None:
    day = ZONES[zone]
    fill(order, zone, day, random.Random(zone))
    for line in LINES:
        source, fix = fixed(f"{HEAD}    {line}\n")
        assert fix.diff, (line, fix.caveat)
        text = source.apply([SimpleNamespace(**_of(edit)) for edit in fix.edits])
        with timezone.override(zone):
            before, after = (called(each, order, day) for each in (source.text, text))
            rows = sorted(before.values_list("pk", flat=True))
            assert sorted(after.values_list("pk", flat=True)) == rows, (line, text)
            statement = by_range(*before.query.sql_with_params())
            assert statement is not None, str(before.query)[90:]
            with connection.cursor() as cursor:
                cursor.execute(statement.sql, statement.params)
                assert sorted(row[0] for row in cursor.fetchall()) == rows
            assert by_range(*after.query.sql_with_params()) is None, line
        assert not fixed(text)[1].diff, text


def _of(edit: Any) -> dict[str, Any]:
    return {"start": edit.start, "end": edit.end, "text": edit.text}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("return Order.objects.filter(sent__year=year, sent__month=month)", "such a month"),
        ("return Order.objects.filter(sent__year=day.year, sent__month=day.day)", "such a month"),
        ("return Order.objects.filter(sent__year=2024, sent__month=now.month)", "such a month"),
        ("return Order.objects.filter(sent__year=2024, sent__month=13)", "no such day"),
        ("return Order.objects.filter(sent__year=2023, sent__month=2, sent__day=29)", "no such day"),
        ("return Order.objects.filter(sent__year=2024).filter(sent__month=2)", "which date is meant"),
        ("return Order.objects.filter(sent__month=2)", "which date is meant"),
        ("return Order.objects.filter(sent__year=day.year, name='a', sent__month=day.month)", "side by side"),
        ("return Order.objects.annotate(on=TruncDate('sent', tzinfo=UTC)).filter(on=day)", "which date"),
        ("return Order.objects.filter(due__year=now.year, due__month=now.month)", "such a month"),
        ("return Order.objects.alias(on=TruncDate('sent')).exclude(on=day)", "may be NULL"),
        ("return Order.objects.filter(sent__week=now.week)", "which date is meant"),
    ],
)
def test_months_that_are_not_certain_are_said(line: str, said: str) -> None:
    fix = fixed(f"{HEAD}    {line}\n")[1]
    assert not fix.edits
    assert said in fix.caveat


def test_only_what_is_needed_is_imported() -> None:
    text = "import os\n\n\ndef f(day: date):\n    return Order.objects.filter(sent__date__gte=day)\n"
    fix = fixed(text)[1]
    assert "+from datetime import datetime\n" in fix.diff
    assert "timedelta" not in fix.diff


def test_a_month_is_laid_out_before_the_statement() -> None:
    text = f"{HEAD}    return Order.objects.filter(sent__year=day.year, sent__month=day.month)\n"
    fix = fixed(text)[1]
    added = [line[1:] for line in fix.diff.splitlines() if line.startswith("+") and line[:3] != "+++"]
    assert added[:2] == [
        "    first = day.replace(day=1)",
        "    following = (first + timedelta(days=32)).replace(day=1)",
    ]
    assert added[2] == (
        "    return Order.objects.filter("
        "sent__gte=timezone.make_aware(datetime.combine(first, datetime.min.time())), "
        "sent__lt=timezone.make_aware(datetime.combine(following, datetime.min.time())))"
    )
