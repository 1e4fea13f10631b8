"""What becomes of a recorded request: kept, and told on the console and in a header."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from queryscope import live
from queryscope.config import Config
from queryscope.live import console_line
from queryscope.profiler import report_on
from tests.builders import make_frame, make_query_group, make_trace
from tests.capture.shop import add_products
from tests.doors import Site, site
from tests.test_gate import make_finding, make_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(tmp_path: Path) -> Any:
    with site(tmp_path) as found:
        yield found


def timing(path: str) -> str:
    return str(Client().get(path).headers["Server-Timing"])


def test_the_header_tells_queries_and_findings(pages: Site) -> None:
    add_products(3)
    told = timing("/products/")
    assert told.startswith("db;dur=")
    assert told.endswith(';desc="4 queries, 1 finding"')
    assert told.isascii()


@pytest.mark.parametrize(("path", "told"), [("/cured/", '"1 query"'), ("/plain/", '"0 queries"')])
def test_the_header_speaks_of_no_finding_where_there_is_none(pages: Site, path: str, told: str) -> None:
    add_products(3)
    assert timing(path).endswith(f";desc={told}")


@pytest.mark.parametrize(
    ("path", "found"), [("/products/", 1), ("/refreshed/", 0), ("/several/", 2), ("/cured/", 0)]
)
def test_the_header_counts_what_the_report_will_tell(pages: Site, path: str, found: int) -> None:
    add_products(3)
    told = timing(path)
    findings = report_on(pages.captures, Config(explain="off", slow_ms=1e9)).findings  # on any machine
    assert len(findings) == found
    assert [int(number) for number in re.findall(r"(\d+) finding", told)] == ([found] if found else [])


def test_the_header_leaves_slow_queries_to_their_plans(tmp_path: Path) -> None:
    add_products(3)
    settings = {"EXPLAIN": "off", "SLOW_MS": 0.000_1}
    with site(tmp_path, QUERYSCOPE=settings) as found:
        assert timing("/cured/").endswith(';desc="1 query"')
        (finding,) = report_on(found.captures, Config(explain="off", slow_ms=0.000_1)).findings
    assert finding.rule == "slow-query"


def test_the_header_composes_no_edit(pages: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise AssertionError("composed")

    add_products(3)
    monkeypatch.setattr("queryscope.analysis.merge.eager_remedy", fail)
    monkeypatch.setattr(live.logger, "disabled", True)
    assert timing("/products/").endswith('1 finding"')


def test_the_header_of_somebody_else_is_kept(tmp_path: Path) -> None:
    with site(tmp_path, middleware=("queryscope.middleware.QueryscopeMiddleware", f"{__name__}.Timed")):
        assert timing("/plain/").startswith("app;dur=5, db;dur=0.0")


class Timed:
    """Another middleware that tells timings."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        response.headers["Server-Timing"] = "app;dur=5"
        return response


def test_a_stream_has_no_such_header(pages: Site) -> None:
    response = Client().get("/stream/")
    assert "Server-Timing" not in response.headers
    response.close()


def test_a_response_does_not_wait_for_a_judgement_on_very_many_shapes(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_products(3)
    monkeypatch.setattr(live, "MOST_GROUPS", 1)
    assert timing("/products/").endswith(';desc="4 queries"')


def console(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "queryscope.requests"]


def test_the_console_tells_of_requests_with_findings_only(
    pages: Site, caplog: pytest.LogCaptureFixture
) -> None:
    add_products(3)
    with caplog.at_level(logging.WARNING, "queryscope"):
        Client().get("/cured/")
        Client().get("/products/")
    (line,) = console(caplog)
    assert line.startswith("GET products/: 4 queries, ")
    assert " · 1 finding: N+1 on Product.brand at tests/pages/views.py:" in line


def test_a_silenced_logger_costs_no_report(pages: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise AssertionError("judged")

    monkeypatch.setattr(live, "report_on", fail)
    monkeypatch.setattr(live.logger, "disabled", True)
    Client().get("/products/")
    assert pages.labels == ["GET products/"]


def test_a_line_is_made_of_the_first_finding() -> None:
    trace = make_trace(make_query_group(count=3, max_ms=2.0, total_ms=6.0))
    report = make_report(make_finding(), make_finding("slow-query"), traces=(trace,))
    line = console_line(report)
    assert line == "GET books/: 3 queries, 6.0 ms · 2 findings: N+1 on Book at no line of the application"


def test_no_findings_make_no_line() -> None:
    assert console_line(make_report()) == ""


def test_a_hostile_route_is_made_inert() -> None:
    trace = make_trace(make_query_group(stack=(make_frame(),)), label="GET \x1b[31mred\n")
    assert "\x1b" not in console_line(make_report(make_finding(), traces=(trace,)))
