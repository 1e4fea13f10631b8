"""One page, profiled in this process: what it writes to databases is rolled back, mail is not sent."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import OperationalError, connections, transaction
from django.test import override_settings
from django.urls import path

from queryscope.analysis.shapes import query_count
from queryscope.model import Origin
from queryscope.visit import Target, Visit, VisitError, visit
from tests.capture.shop import add_products
from tests.doors import QUIET, SESSIONS, assert_nothing_is_left, site
from tests.pages import background

pytestmark = pytest.mark.django_db(databases=["default", "reports"])


@pytest.fixture(scope="module", autouse=True)
def _close_reports() -> Any:
    yield
    connections["reports"].close()  # its session would keep the test database from being dropped


@pytest.fixture(autouse=True)
def _pages(tmp_path: Path) -> Any:
    with site(tmp_path, middleware=SESSIONS, LOGIN_URL="/login/", DEBUG=False):
        yield
    assert_nothing_is_left()


def go(url: str, **more: Any) -> Visit:
    return visit(Target(url=url, **more), QUIET)


def ran(seen: Visit) -> tuple[str, int]:
    (capture,) = seen.captures
    return capture.trace.origin.label, query_count(capture.trace)


def test_a_page_is_profiled_without_middleware_and_without_debug() -> None:
    add_products(3)
    seen = go("/products/")
    assert seen.status == 200
    assert ran(seen) == ("GET products/", 4)


def test_reads_are_observed() -> None:
    add_products(2)
    (capture,) = go("/products/").captures
    assert capture.trace.saw_reads
    assert capture.trace.loads


@pytest.mark.parametrize(
    "url", ["/products/", "products/", "http://localhost:8000/products/?page=2", "//localhost/products/"]
)
def test_the_page_may_be_a_path_or_a_whole_url(url: str) -> None:
    assert ran(go(url))[0] == "GET products/"


def test_a_streamed_page_is_read_to_its_end() -> None:
    add_products(3)
    assert ran(go("/stream/")) == ("GET stream/", 4)


def test_an_asynchronous_page_is_read_to_its_end() -> None:
    add_products(3)
    assert ran(go("/astream/")) == ("GET astream/", 1)
    assert ran(go("/aproducts/")) == ("GET aproducts/", 4)


def test_the_user_is_logged_in_for_this_request_only() -> None:
    user = User.objects.create_user("alice")
    seen = go("/private/", user="alice")
    assert seen.status == 200
    assert not seen.is_login
    user.refresh_from_db()
    assert user.last_login is None
    assert Session.objects.count() == 0


def test_the_user_may_be_given_by_primary_key() -> None:
    user = User.objects.create_user("alice")
    assert go("/private/", user=str(user.pk)).status == 200


def test_a_username_of_digits_wins_over_a_primary_key() -> None:
    User.objects.create_user("someone")
    User.objects.create_user("7", is_active=True)
    assert go("/private/", user="7").status == 200


@pytest.mark.parametrize("name", ["alise", "999999", ""])
def test_a_user_who_is_not_there_is_told(name: str) -> None:
    User.objects.create_user("alice")
    if not name:
        assert go("/private/", user=name).is_login
        return
    with pytest.raises(VisitError, match=f"No user has the username or primary key '{name}'"):
        go("/private/", user=name)


def test_without_sessions_nobody_can_be_logged_in() -> None:
    installed = ["django.contrib.contenttypes", "django.contrib.auth"]
    with override_settings(INSTALLED_APPS=installed), pytest.raises(VisitError, match="--as needs"):
        go("/private/", user="alice")


def test_a_redirect_to_the_login_page_is_recognised() -> None:
    seen = go("/private/")
    assert (seen.status, seen.is_login, seen.redirect) == (302, True, "/login/")


def test_another_redirect_is_told_without_its_query_string() -> None:
    seen = go("/moved/")
    assert (seen.status, seen.is_login, seen.redirect) == (302, False, "/plain/")


def test_what_the_page_wrote_is_rolled_back_and_no_mail_is_sent() -> None:
    mail.outbox = []
    seen = go("/write/", method="post", data="name=written")
    assert seen.status == 200
    assert ran(seen)[0] == "POST write/"
    assert not User.objects.filter(username="written").exists()
    assert mail.outbox == []


def test_data_make_it_a_post() -> None:
    assert ran(go("/plain/", data="a=1"))[0] == "POST plain/"
    assert ran(go("/plain/", data='{"a": 1}'))[0] == "POST plain/"
    assert ran(go("/plain/", data="a=1", method="put"))[0] == "PUT plain/"


@pytest.mark.parametrize("data", ["{", "[1,", '{"a": }'])
def test_data_that_only_look_like_json_are_refused(data: str) -> None:
    with pytest.raises(VisitError, match="--data looks like JSON, but can't be read"):
        go("/plain/", data=data)


def test_a_page_that_raises_is_told_by_the_class_of_its_exception() -> None:
    seen = go("/boom/")
    assert (seen.status, seen.error) == (500, "ValueError")
    assert ran(seen) == ("GET boom/", 1)


def test_a_page_that_breaks_the_transaction_leaves_ours_whole() -> None:
    seen = go("/broken-sql/")
    assert (seen.status, seen.error) == (500, "ProgrammingError")
    assert User.objects.count() == 0
    seen = go("/broken-sql/", user=User.objects.create_user("alice").username)
    assert seen.error == "ProgrammingError"
    assert User.objects.count() == 1


def test_a_path_that_matches_nothing_has_no_route() -> None:
    seen = go("/nowhere/")
    assert (seen.status, ran(seen)) == (404, ("GET (no route)", 0))


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ([], "/plain/"),
        (["*"], "/plain/"),
        (["shop.example.org"], "/plain/"),
        ([".example.org"], "/plain/"),
        (["a.example.org", "shop.example.org"], "https://shop.example.org/plain/"),
    ],
)
def test_the_host_is_one_that_the_project_allows(hosts: list[str], url: str) -> None:
    with override_settings(ALLOWED_HOSTS=hosts, DEBUG=not hosts):
        assert go(url).status == 200


def test_a_project_that_insists_on_https_is_asked_by_https() -> None:
    security = "django.middleware.security.SecurityMiddleware"
    with override_settings(SECURE_SSL_REDIRECT=True, MIDDLEWARE=[security, *SESSIONS]):
        assert go("/plain/").status == 200


def test_a_database_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_to_enter(monkeypatch, "default")
    with pytest.raises(VisitError, match="The database 'default' can't be reached: no route to host"):
        go("/plain/")


def test_another_database_that_cannot_be_reached_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_to_enter(monkeypatch, "reports")
    seen = go("/plain/")
    assert seen.status == 200
    assert seen.notes == ("the database 'reports' can't be reached and wasn't looked at",)


def fail_to_enter(monkeypatch: pytest.MonkeyPatch, alias: str) -> None:
    enter = transaction.Atomic.__enter__

    def refuse(self: Any) -> None:
        if self.using == alias:
            raise OperationalError("no route to host\nIs the server running?")
        enter(self)

    monkeypatch.setattr(transaction.Atomic, "__enter__", refuse)


@pytest.mark.filterwarnings("ignore:The EMAIL_BACKEND setting")
def test_the_settings_of_mail_are_put_back() -> None:
    from django.conf import settings

    names = ("MAILERS", "EMAIL_BACKEND")
    before = [getattr(settings, name, None) for name in names]
    go("/write/", method="POST")
    assert [getattr(settings, name, None) for name in names] == before


def test_a_page_behind_the_middleware_makes_one_unit_and_keeps_none(tmp_path: Path) -> None:
    with site(tmp_path / "live") as pages:
        assert ran(go("/plain/")) == ("GET plain/", 0)
        assert pages.captures == []


def test_a_task_that_runs_within_the_page_is_shown_after_it() -> None:
    add_products(2)
    with override_settings(ROOT_URLCONF=(path("page/", background.page),)):
        seen = go("/page/")
    assert [(each.trace.origin, query_count(each.trace)) for each in seen.captures] == [
        (Origin(kind="request", label="GET page/"), 2),
        (Origin(kind="task", label="shop.tasks.brands", parent="GET page/"), 3),
    ]


def test_transactions_are_closed_afterwards(caplog: pytest.LogCaptureFixture) -> None:
    depth = [len(connections[alias].savepoint_ids) for alias in connections]
    with caplog.at_level(logging.WARNING, "queryscope"):
        go("/write/", method="POST")
        go("/boom/")
    assert [len(connections[alias].savepoint_ids) for alias in connections] == depth
    assert [record for record in caplog.records if record.name.startswith("queryscope")] == []
