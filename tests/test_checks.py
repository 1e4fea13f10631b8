"""System checks, each with a hint."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

from queryscope.checks import MIDDLEWARE, check_deployed, check_middleware, check_settings

SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
SECURITY = "django.middleware.security.SecurityMiddleware"


def ids(messages: list[Any]) -> list[str]:
    return [message.id for message in messages]


@pytest.mark.parametrize("setting", [None, {}, {"SLOW_MS": 20}, {"RULES": {"n-plus-one": {}}}])
def test_settings_that_can_be_read_raise_nothing(setting: Any) -> None:
    with override_settings(QUERYSCOPE=setting):
        assert check_settings() == []


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"SLOW_MSS": 20}, "Unknown key 'SLOW_MSS' in QUERYSCOPE. Did you mean 'SLOW_MS'?"),
        ({"SLOW_MS": "fast"}, "QUERYSCOPE['SLOW_MS'] must be a number of milliseconds"),
        ({"RULES": {"n-plus-on": {}}}, "Did you mean 'n-plus-one'?"),
        ({"RULES": {"n-plus-one": {"min_repeat": 3}}}, "Unknown option 'min_repeat'"),
        ({"EXTRA_RULES": ["nowhere.Rule"]}, "nowhere.Rule"),
        ([1], "QUERYSCOPE must be a dict"),
    ],
)
def test_settings_that_cannot_be_read_are_an_error_with_a_hint(setting: Any, told: str) -> None:
    with override_settings(QUERYSCOPE=setting):
        (message,) = check_settings()
    assert message.id == "queryscope.E001"
    assert told in message.msg
    assert message.hint


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        ([], []),
        ([SESSION], []),
        ([MIDDLEWARE, SESSION], []),
        ([SECURITY, MIDDLEWARE, SESSION], []),
        ([SESSION, MIDDLEWARE], ["queryscope.W002"]),
        ([MIDDLEWARE, SESSION, MIDDLEWARE], ["queryscope.W001"]),
        ([SESSION, MIDDLEWARE, MIDDLEWARE], ["queryscope.W001", "queryscope.W002"]),
        (["django.middleware.cache.UpdateCacheMiddleware", MIDDLEWARE], ["queryscope.W002"]),
    ],
)
def test_the_place_of_the_middleware(middleware: list[str], expected: list[str]) -> None:
    with override_settings(MIDDLEWARE=middleware):
        assert ids(check_middleware()) == expected


def test_a_warning_names_what_is_not_seen_and_where_to_move() -> None:
    with override_settings(MIDDLEWARE=[SESSION, MIDDLEWARE]):
        (message,) = check_middleware()
    assert "SessionMiddleware comes before" in message.msg
    assert "to the top" in message.hint


def test_deploying_with_the_middleware_is_an_error() -> None:
    with override_settings(MIDDLEWARE=[MIDDLEWARE]):
        assert ids(check_deployed()) == ["queryscope.E002"]
    with override_settings(MIDDLEWARE=[SESSION]):
        assert check_deployed() == []


def test_all_checks_are_registered() -> None:
    with override_settings(QUERYSCOPE={"BAD": 1}, MIDDLEWARE=[SESSION, MIDDLEWARE]):
        assert {"queryscope.E001", "queryscope.W002"} <= set(ids(run_checks()))
        assert "queryscope.E002" not in ids(run_checks())
        assert "queryscope.E002" in ids(run_checks(include_deployment_checks=True))


def test_check_deploy_fails_on_the_command_line() -> None:
    with override_settings(MIDDLEWARE=[MIDDLEWARE]), pytest.raises(SystemCheckError, match="E002"):
        call_command("check", deploy=True, stdout=StringIO(), stderr=StringIO())
