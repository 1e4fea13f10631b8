"""Settings, the address of the database, the two databases, migrations."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from config.database_url import parse_database_url
from config.routers import REPORTING_MODELS, ReportsRouter
from orders.models import DailySales, Order

ROOT = Path(__file__).resolve().parents[2]


def parsed(url: str) -> tuple[str, str, str, str, str]:
    database = parse_database_url(url)
    return tuple(database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql:///market?host=/run/pg", ("market", "", "", "/run/pg", "")),
        ("postgresql://postgres:@/market?host=/tmp/data", ("market", "postgres", "", "/tmp/data", "")),
        ("postgres://ann:secret@db.example:5433/market", ("market", "ann", "secret", "db.example", "5433")),
        ("postgresql://ann:p%40ss%2Fword@db/market", ("market", "ann", "p@ss/word", "db", "")),
        ("postgresql:///market?host=/run/pg&port=5433&user=ann", ("market", "ann", "", "/run/pg", "5433")),
        ("postgresql://%2Fvar%2Frun/market", ("market", "", "", "/var/run", "")),
        ("postgresql://[::1]:5432/market", ("market", "", "", "::1", "5432")),
    ],
)
def test_a_database_url_becomes_settings(url, expected):
    assert parsed(url) == expected


def test_other_parts_of_the_query_become_options():
    database = parse_database_url("postgresql://db/market?sslmode=require&host=/run/pg")
    assert database["OPTIONS"] == {"sslmode": "require", "host": "/run/pg"}
    assert database["ENGINE"] == "django.db.backends.postgresql"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "must start with postgresql://"),
        ("mysql://ann:secret@db/market", "not 'mysql'"),
        ("postgresql://ann:secret@db", "no database name"),
        ("postgresql://ann:secret@db:port/market", "cannot be read"),
    ],
)
def test_a_wrong_database_url_is_told_without_its_password(url, message):
    with pytest.raises(ImproperlyConfigured, match=message) as caught:
        parse_database_url(url)
    assert "secret" not in str(caught.value)


def test_settings_import_without_a_server_and_turn_debug_off_when_told():
    code = "import config.settings as s; print(s.DEBUG, s.DATABASES['default']['NAME'])"
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DEBUG")}

    def run(**more: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code],
            env={**environment, **more},
            cwd=ROOT / "sample_project",
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert run() == "True marketplace"
    assert run(DEBUG="0", DATABASE_URL="postgresql:///other?host=/nowhere") == "False other"


def test_queryscope_stands_first():
    assert settings.QUERYSCOPE["TRIAL_INDEXES"] == ["default"]
    assert "queryscope" in settings.INSTALLED_APPS
    source = (ROOT / "sample_project/config/settings.py").read_text()
    first = source.partition("MIDDLEWARE = [")[2].split()[0]
    assert first == '"queryscope.middleware.QueryscopeMiddleware",'


def test_the_reporting_database_mirrors_the_default_one_in_tests():
    assert settings.DATABASES["reports"]["TEST"]["MIRROR"] == "default"
    assert settings.DATABASES["reports"]["ENGINE"] == settings.DATABASES["default"]["ENGINE"]


def test_reports_are_read_apart_and_written_with_the_rest():
    router = ReportsRouter()
    assert router.db_for_read(DailySales) == "reports"
    assert router.db_for_read(Order) is None
    assert router.db_for_write(DailySales) == router.db_for_write(Order) == "default"
    assert router.allow_relation(DailySales(), Order())
    assert router.allow_migrate("default", "orders")
    assert not router.allow_migrate("reports", "orders")


def test_the_reporting_models_exist():
    assert {apps.get_model(label)._meta.label_lower for label in REPORTING_MODELS} == REPORTING_MODELS


def test_every_change_of_a_model_has_its_migration(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_system_checks_pass(db):
    call_command("check", fail_level="WARNING")
