"""EXPLAIN through psycopg2, in a process that has no psycopg 3."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection

from tests.database import psycopg2_program


@pytest.fixture(scope="module")
def result(django_db_setup: None) -> dict[str, Any]:
    """What the program found."""
    keys = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    named = {key: str(connection.settings_dict[key]) for key in keys}
    ran = subprocess.run(
        [sys.executable, psycopg2_program.__file__, json.dumps(named)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


def test_it_is_psycopg2(result: dict[str, Any]):
    assert result["driver"] == "psycopg2"


def test_selects_are_analyzed_with_their_parameters(result: dict[str, Any]):
    assert (result["bound"], result["plain"], result["json"]) == ("2 rows", "12 rows", "100 rows")
    assert (result["apart"], result["autocommit"]) == ("7 rows", "3 rows")


def test_what_writes_is_only_planned(result: dict[str, Any]):
    assert "UPDATE" in result["update"]


def test_a_parameter_that_is_sql_is_judged_as_sql(result: dict[str, Any]):
    assert "nextval" in result["as-is"]
    assert "Several statements" in result["second-as-is"]


def test_no_second_statement_is_sent(result: dict[str, Any]):
    """psycopg2 knows only the protocol that takes several: where there is a semicolon, nothing is sent."""
    assert "Several statements" in result["second"]
    assert "semicolon" in result["semicolon"]


def test_a_timeout_keeps_the_plan(result: dict[str, Any]):
    assert "stopped after" in result["slow"]


def test_nothing_is_left_behind(result: dict[str, Any]):
    assert result["after"] == [100, 100, False]
    assert (result["read-only"], result["state"], result["state-after"]) == ("off", 2, 0)
