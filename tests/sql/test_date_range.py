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


def months() -> list[date]:
    return [date(2004 + at // 12, at % 12 + 1, 1) for at in range(20 * 12)]


IN_MONTH = "EXTRACT(MONTH FROM {column}{zone}) = %s"
IN_DAY = "EXTRACT(DAY FROM {column}{zone}) = %s"
IN_YEAR = "{column} BETWEEN %s AND %s"


def year(day: date, zone: str) -> list[datetime]:
    """As Django gives them."""
    return [
        datetime(day.year, 1, 1, tzinfo=ZoneInfo(zone)),
        datetime(day.year, 12, 31, 23, 59, 59, 999_999, tzinfo=ZoneInfo(zone)),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("zone", [*ZONES, "Asia/Amman", "Asia/Gaza", "America/Asuncion"])
def test_a_year_with_a_month_is_a_range_on_every_quarter_of_an_hour(zone: str) -> None:
    old = f"{IN_MONTH} AND {IN_YEAR}".format(column='"h"."at"', zone=" AT TIME ZONE %s")
    with connection.cursor() as cursor:
        for first in months():
            params = [zone, first.month, *year(first, zone)]
            found = by_range(old, params)
            assert found is not None
            assert len(found.params) == 2
            start = datetime(first.year, first.month, 1, tzinfo=UTC)
            cursor.execute(
                "SELECT count(*) FROM (SELECT generate_series(%s::timestamptz, %s::timestamptz, '15 minutes')"
                " UNION ALL SELECT generate_series(%s::timestamptz, %s::timestamptz, '15 minutes')"
                f" UNION ALL SELECT NULL) h(at) WHERE ({old}) IS DISTINCT FROM ({found.sql})",
                [
                    start - timedelta(days=2),
                    start + timedelta(days=2),
                    start + timedelta(days=26),
                    start + timedelta(days=33),
                    *params,
                    *found.params,
                ],
            )
            assert cursor.fetchone() == (0,), (zone, first)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [2, 1, 0], [1, 2, 0]])
def test_year_month_and_day_are_a_day_in_any_order(order: list[int]) -> None:
    texts = [IN_DAY, IN_MONTH, IN_YEAR]
    values = [["UTC", 29], ["UTC", 2], year(date(2024, 2, 1), "UTC")]
    old = " AND ".join(texts[at] for at in order).format(column='"t"."at"', zone=" AT TIME ZONE %s")
    found = by_range(
        f'WHERE ("t"."a" = %s AND {old}) AND "b" = %s',
        ["a", *(each for at in order for each in values[at]), "b"],
    )
    assert found is not None
    assert found.sql == 'WHERE ("t"."a" = %s AND ("t"."at" >= %s AND "t"."at" < %s)) AND "b" = %s'
    utc = ZoneInfo("UTC")
    assert found.params == ("a", datetime(2024, 2, 29, tzinfo=utc), datetime(2024, 3, 1, tzinfo=utc), "b")
    assert found.columns == (("t", "at"),)


def test_a_month_of_dates_is_a_range_of_dates() -> None:
    old = f"{IN_YEAR} AND {IN_MONTH}".format(column='"t"."day"', zone="")
    found = by_range(old, (date(2024, 1, 1), date(2024, 12, 31), 12))
    assert found is not None
    assert found.params == (date(2024, 12, 1), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("old", "params"),
    [
        (IN_MONTH, ["UTC", 3]),
        (IN_YEAR, year(date(2024, 1, 1), "UTC")),
        (f"{IN_MONTH} AND {IN_DAY}", ["UTC", 3, "UTC", 4]),
        (f"{IN_DAY} AND {IN_YEAR}", ["UTC", 3, *year(date(2024, 1, 1), "UTC")]),
        (f"{IN_MONTH} AND {IN_YEAR}", ["UTC", 13, *year(date(2024, 1, 1), "UTC")]),
        (f"{IN_MONTH} AND {IN_YEAR}", ["UTC", 3, *year(date(2024, 1, 1), "Europe/Berlin")]),
        (f"{IN_MONTH} AND {IN_YEAR}", ["UTC", 3, *(datetime(2024, at, 1, tzinfo=UTC) for at in (1, 6))]),
        (f"{IN_MONTH} AND {IN_MONTH}", ["UTC", 3, "UTC", 4]),
    ],
)  # fmt: skip
def test_what_is_no_month_of_one_year_is_left_alone(old: str, params: list[Any]) -> None:
    assert by_range(old.format(column='"t"."at"', zone=" AT TIME ZONE %s"), params) is None


def test_a_month_of_each_year_leaves_a_date_beside_it_its_range() -> None:
    old = f'{IN_MONTH} AND ("t"."at" AT TIME ZONE %s)::date < %s'.format(column='"t"."at"', zone="")
    found = by_range(old, [3, "UTC", DAY])
    assert found is not None
    assert found.sql == 'EXTRACT(MONTH FROM "t"."at") = %s AND ("t"."at" < %s)'
