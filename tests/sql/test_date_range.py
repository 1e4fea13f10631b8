"""Dates as ranges, tried on a real server beside what Django writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from queryscope.sql.date_range import by_range

DAY = date(2024, 3, 31)  # in Berlin an hour is missing
EQUAL = 'SELECT 1 FROM "t" WHERE ("t"."a" = %s AND ("t"."at" AT TIME ZONE %s)::date = %s AND "t"."b" LIKE %s)'


def test_a_date_is_a_half_open_range_in_its_time_zone() -> None:
    found = by_range(EQUAL, (1, "Europe/Berlin", DAY, "x%"))
    assert found is not None
    assert found.sql == (
        'SELECT 1 FROM "t" WHERE ("t"."a" = %s AND ("t"."at" >= %s AND "t"."at" < %s) AND "t"."b" LIKE %s)'
    )
    assert found.columns == (("t", "at"),)
    first, start, end, last = found.params
    assert (first, last) == (1, "x%")
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=23)


@pytest.mark.parametrize(
    "params",
    [
        (1, "Europe/Berlin", "2024-03-31", "x"),
        (1, "+02:00x", DAY, "x"),
        {"a": 1},
        None,
        (1, "UTC", date.max, "x"),
    ],
)
def test_what_is_no_date_of_a_known_zone_is_left_alone(params: Any) -> None:
    assert by_range(EQUAL, params) is None


def test_a_statement_without_dates_is_left_alone() -> None:
    assert by_range('SELECT 1 FROM "t" WHERE "t"."at" = %s', (DAY,)) is None


ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Havana",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Pacific/Apia",
    "Asia/Kathmandu",
]


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("operator", ["=", "<", "<=", ">", ">=", "BETWEEN"])
def test_both_statements_agree_on_every_hour_of_twenty_years(zone: str, operator: str) -> None:
    """Days on which clocks change at midnight included; the server counts where the two differ."""
    with connection.cursor() as cursor:
        changes = [day for day in days() if changes_on(day, zone)]
        assert len(changes) > 20 or zone in ("UTC", "Asia/Kathmandu", "Pacific/Apia")
        for day in (*changes[:12], date(2011, 12, 30), DAY):
            values = [day, day + timedelta(days=2)] if operator == "BETWEEN" else [day]
            condition = f"{operator} %s" if operator != "BETWEEN" else "BETWEEN %s AND %s"
            old = f'("h"."at" AT TIME ZONE %s)::date {condition}'
            found = by_range(old, [zone, *values])
            assert found is not None
            cursor.execute(
                "SELECT count(*) FROM generate_series(%s::timestamptz, %s::timestamptz, '15 minutes') h(at) "
                f"WHERE ({old}) IS DISTINCT FROM ({found.sql})",
                [
                    datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=5),
                    datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=5),
                    zone,
                    *values,
                    *found.params,
                ],
            )
            assert cursor.fetchone() == (0,), (zone, day)


def days() -> list[date]:
    return [date(2004, 1, 1) + timedelta(days=at) for at in range(20 * 365)]


def changes_on(day: date, zone: str) -> bool:
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return (start + timedelta(days=1)).utcoffset() != start.utcoffset()
