"""A process with other profilers in it, in every order of starting and stopping beside a recorder.

    DATABASE_URL=… python -m tests.capture.other_tools NAME_OF_A_DATABASE

prints, as JSON, what the program saw in each scenario, and what stands differently after it.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

sys.path.insert(0, "sample_project")
from config.database_url import parse_database_url

TOOLBAR = "debug_toolbar.middleware.DebugToolbarMiddleware"
SILK = "silk.middleware.SilkyMiddleware"
OURS = "tests.capture.units.middleware"
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
AUTH = "django.contrib.auth.middleware.AuthenticationMiddleware"


def users(_: HttpRequest) -> JsonResponse:
    """Every user with their groups, one by one, and once more by other means."""
    from django.contrib.auth.models import Group, User
    from django.db import connection

    found = {
        user.username: [group.name for group in user.groups.all()] for user in User.objects.order_by("pk")
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM auth_user WHERE username <> %s", ["nobody"])
        [count] = cursor.fetchone()
    raw = [group.name for group in Group.objects.raw("SELECT * FROM auth_group ORDER BY id")]
    return JsonResponse({"found": found, "count": count, "raw": raw})


def configure(url: str, name: str) -> None:
    settings.configure(
        DATABASES={"default": {**parse_database_url(url), "TEST": {"NAME": name}}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "django.contrib.staticfiles", "debug_toolbar", "silk",
        ],
        MIDDLEWARE=[SESSION, AUTH],
        ROOT_URLCONF="tests.capture.other_tools",
        SECRET_KEY="x",
        DEBUG=True,
        DEBUG_TOOLBAR_CONFIG={"SHOW_TOOLBAR_CALLBACK": lambda request: True, "IS_RUNNING_TESTS": False},
        SILKY_MAX_RECORDED_REQUESTS_CHECK_PERCENT=0,  # else it tidies up at random
        STATIC_URL="/static/",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        USE_TZ=True,
    )  # fmt: skip
    django.setup()


class Otel:
    """OpenTelemetry's instrumentation of the driver and of Django."""

    def start(self) -> None:
        from opentelemetry.instrumentation.django import DjangoInstrumentor
        from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor

        for each in (PsycopgInstrumentor(), DjangoInstrumentor()):
            each.instrument(skip_dep_check=True, is_sql_commentor_enabled=True)

    def stop(self) -> None:
        from opentelemetry.instrumentation.django import DjangoInstrumentor
        from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor

        for each in (PsycopgInstrumentor(), DjangoInstrumentor()):
            each.uninstrument()


class Sentry:
    """Sentry's SDK, without a place to send to. It stays: only its client can be closed."""

    def start(self) -> None:
        import sentry_sdk
        from sentry_sdk.integrations.django import DjangoIntegration

        sentry_sdk.init(integrations=[DjangoIntegration()], traces_sample_rate=1.0)

    def stop(self) -> None:
        import sentry_sdk

        sentry_sdk.get_client().close()


class Ours:
    """A recorder."""

    def start(self) -> None:
        from tests.capture.recording import make_recorder

        self.recorder = make_recorder().start()

    def stop(self) -> None:
        self.recorder.stop()


def standing() -> dict[str, int]:
    """Every attribute that one of the tools may replace, by identity."""
    import psycopg
    from asgiref.sync import SyncToAsync
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper
    from django.db.models import Model, QuerySet
    from django.db.models.query import ModelIterable, RawModelIterable, RawQuerySet
    from django.db.models.sql.compiler import SQLCompiler

    holders = (
        CursorWrapper, BaseDatabaseWrapper, Model, QuerySet, RawQuerySet, ModelIterable, RawModelIterable,
        SQLCompiler, SyncToAsync, psycopg.Connection,
    )  # fmt: skip
    return {
        f"{holder.__name__}.{name}": id(value) for holder in holders for name, value in vars(holder).items()
    }


def see(work: Callable[[], Any]) -> dict[str, Any]:
    """What the program sees: the answer, its queries, and the list of wrappers."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        answer = work()
    return {"answer": answer, "queries": len(queries), "wrappers": len(connection.execute_wrappers)}


def request() -> Any:
    from django.test import Client

    response = Client().get("/users/")
    return [response.status_code, response.json()]


def with_middleware(order: tuple[str, ...]) -> dict[str, Any]:
    """One request through these middlewares, the first outermost."""
    from django.test import override_settings

    from tests.capture import units

    units.CAPTURES.clear()
    with override_settings(MIDDLEWARE=[*order, SESSION, AUTH]):
        request()  # what tools replace at their first request, and for good
        units.CAPTURES.clear()
        before = standing()
        seen = see(request)
    seen["captured"] = [
        group.count for each in units.CAPTURES for group in each.trace.groups if "auth_" in group.sql
    ]
    seen["changed"] = sorted(name for name, value in standing().items() if before.get(name) != value)
    return seen


def with_tool(tool: Any, order: tuple[str, ...]) -> dict[str, Any]:
    """Start and stop a tool and a recorder in that order, and work while both are there."""
    from django.db import connection

    ours = Ours()
    before = standing()
    both = {"ours": ours, "theirs": tool}
    for name in order[:2]:
        both[name].start()
    connection.close()  # the next one is opened by way of the tool
    seen = see(request)
    for name in order[2:]:
        both[name].stop()
    connection.close()
    seen["again"] = see(request)
    seen["captured"] = sum(group.count for group in ours.recorder.groups)
    seen["changed"] = sorted(name for name, value in standing().items() if before.get(name) != value)
    return seen


def scenarios() -> dict[str, Any]:
    from queryscope.capture.state import FAULTS

    found: dict[str, Any] = {"plain": see(request)}
    for order in itertools.permutations((OURS, TOOLBAR, SILK)):
        found[" ".join(each.split(".")[0] for each in order)] = with_middleware(order)
    found["alone"] = with_middleware((TOOLBAR, SILK))
    Otel().start()
    Otel().stop()  # it leaves an equal method of its driver behind, but not the same
    orders = list(itertools.product(itertools.permutations(("ours", "theirs")), repeat=2))
    for tool in (Otel, Sentry):
        for start, stop in orders:
            label = f"{tool.__name__}: {' '.join(start)}, {' '.join(stop)}"
            found[label] = with_tool(tool(), (*start, *stop))
    found["faults"] = FAULTS.count
    return found


def main() -> None:
    url, name = sys.argv[1:]
    configure(url, name)
    from django.contrib.auth.models import Group, User
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    setup_test_environment(debug=True)
    made = setup_databases(0, interactive=False)
    try:
        groups = Group.objects.bulk_create([Group(name="readers"), Group(name="writers")])
        for number in range(4):
            User.objects.create_user(f"user {number}").groups.set(groups[: number % 3])
        sys.stdout.write(json.dumps(scenarios()) + "\n")
    finally:
        teardown_databases(made, 0)


if settings.configured:  # read as ROOT_URLCONF, not for its names
    urlpatterns = [
        path("users/", users),
        path("silk/", include("silk.urls", namespace="silk")),
        path("__debug__/", include("debug_toolbar.urls")),
    ]

if __name__ == "__main__":
    main()
