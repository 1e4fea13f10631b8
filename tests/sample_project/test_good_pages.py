"""Ordinary pages: they answer, and what they ask of the database doesn't grow with the data."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.urls import reverse

from orders.models import DailySales
from seeding.scales import SMALL
from tests.sample_project.conftest import fill
from tour import FOR_STAFF, PUBLIC, ordinary_pages

pytestmark = pytest.mark.django_db(databases=["default", "reports"])

SALES = "/reports/sales/"
# Read on a connection of their own, which would wait for a test's uncommitted rows forever.
REPORTS = (SALES, "/admin/orders/dailysales/")
EXPORT = "/export/orders.csv"  # one prefetch for each chunk, by design
CHANGELISTS = tuple(
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    for model in admin.site._registry
    if model._meta.app_label != "auth"
)
DOUBLE = replace(
    SMALL,
    **{
        name: 2 * getattr(SMALL, name)
        for name in ("companies", "brands", "products", "customers", "orders", "reviews", "votes", "people")
    },
    comments=2 * SMALL.comments,
    bookings=2 * SMALL.bookings,
)


@pytest.mark.parametrize("url", [*PUBLIC, *FOR_STAFF, *CHANGELISTS])
def test_a_page_answers_with_few_queries(visit, url):
    page = visit(url)
    assert page.status == 200
    assert page.queries <= 11


def test_the_tour_leads_to_pages_that_answer(visit):
    urls = list(ordinary_pages())
    assert {*PUBLIC, *FOR_STAFF, *CHANGELISTS} <= set(urls)
    assert len(urls) == len(set(urls))
    assert {visit(url).status for url in urls} == {200}


def test_no_page_asks_more_when_the_data_doubles(visit):
    urls = [url for url in (*PUBLIC, *FOR_STAFF, *CHANGELISTS) if url not in (*REPORTS, EXPORT)]
    for url in urls:
        visit(url)  # fills the cache of content types
    before = {url: visit(url).queries for url in urls}
    fill(DOUBLE)
    assert {url: visit(url).queries for url in urls} == before


def test_the_export_prefetches_once_a_chunk(visit):
    before = visit(EXPORT)
    fill(DOUBLE)
    after = visit(EXPORT)
    assert SMALL.orders <= 500 < DOUBLE.orders <= 1000
    assert after.queries - before.queries == 2
    assert after.body.count(b"QS-") > 1.5 * before.body.count(b"QS-")


def test_the_sales_report_reads_the_reporting_database(market, visit):
    page = visit(SALES)
    assert b"<td>2026-06-" in page.body
    assert any("orders_dailysales" in statement.sql for statement in page.statements)
    assert DailySales.objects.all().db == "reports"


def test_search_finds_words_and_nothing_without_words(visit):
    assert b"0 found" in visit("/search/").body
    assert b"0 found" not in visit("/search/?q=oak").body
    assert b"0 found" in visit("/search/?q=oak+xylophone").body


def test_search_shows_words_as_text(visit):
    body = visit("/search/?q=%3Cscript%3E").body
    assert b"<script>" not in body
    assert b"&lt;script&gt;" in body


@pytest.mark.parametrize(
    "url", ["/products/none/", "/categories/none/", "/orders/none/", "/bookings/2024-2-5/"]
)
def test_what_does_not_exist_is_not_found(visit, url):
    assert visit(url).status == 404


@pytest.mark.parametrize("url", ["/dashboard/", "/orders/QS-0000001/", EXPORT, SALES])
def test_pages_for_staff_send_strangers_to_the_login(client, market, url):
    response = client.get(url)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


def test_the_api_shows_orders_to_staff_only(client, market):
    assert client.get("/api/orders/").status_code == 403
    assert client.get("/api/products/").status_code == 200


def test_refreshing_the_daily_sales_repeats_what_the_seed_wrote(market, capsys):
    def rows():
        return list(DailySales.objects.using("default").order_by("day").values_list())

    seeded = rows()
    DailySales.objects.using("default").filter(orders__gte=1).update(orders=0, products=0)
    call_command("refresh_daily_sales")
    assert rows() == seeded
    assert f"{len(seeded)} days are up to date." in capsys.readouterr().out
