"""The command that runs other people's suites: what it notes, and what it calls a difference."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.capture.recording import ROOT
from tests.suites import Project, project

sys.path.append(str(ROOT / "benchmarks"))

import suites

TESTS = """
    import unittest
    from django.db import connection
    from django.test import TestCase
    from shop.models import Author

    class Kinds(TestCase):
        def test_passing(self):
            Author.objects.create(name="x")
            self.assertEqual(Author.objects.count(), 1)

        def test_failing(self):
            self.assertEqual(Author.objects.count(), 1)

        def test_breaking(self):
            raise LookupError("so it is")

        @unittest.skip("not now")
        def test_skipped(self):
            pass

        @unittest.expectedFailure
        def test_expected(self):
            self.fail()

        def test_parts(self):
            for number in range(3):
                with self.subTest(number=number):
                    self.assertEqual(number, 0)

        def test_that_runs_tests(self):
            unittest.TextTestRunner(stream=open("inner", "w")).run(Inner("inside"))

        def test_that_sees_a_recorder(self):
            from django.db.models import QuerySet
            self.assertFalse(hasattr(QuerySet._clone, "__wrapped__"))

    class Inner(unittest.TestCase):
        def inside(self):
            raise LookupError
"""
EXPECTED = {
    "test_passing": ["passed", ""],
    "test_failing": ["failure", "AssertionError"],
    "test_breaking": ["error", "LookupError"],
    "test_skipped": ["skipped", ""],
    "test_expected": ["expected failure", "AssertionError"],
    "test_parts": ["failure", "AssertionError"],
    "test_that_runs_tests": ["passed", ""],
    "test_that_sees_a_recorder": ["passed", ""],
}


@pytest.fixture
def strangers(tmp_path: Path) -> Iterator[Project]:
    with project(tmp_path, "queryscope_of_others") as made:
        made.write("shop/tests.py", TESTS)
        made.write("shop/__init__.py", "")
        yield made


def run(made: Project, *options: str) -> dict[str, Any]:
    """Run the tests in a process of their own, and read what was noted."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "benchmarks")])
    made.run(
        str(ROOT / "benchmarks" / "suite_process.py"), "outcomes.json", *options,
        "--", "-m", "django", "test", "--noinput", "shop",
        DJANGO_SETTINGS_MODULE="settings", PYTHONPATH=path,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(made.read("outcomes.json"))
    found["tests"] = {name.rpartition(".")[2]: noted for name, noted in found["tests"].items()}
    return found


def test_every_outcome_is_noted_and_a_recorder_stands_around_each_test(strangers: Project) -> None:
    plain = run(strangers)
    assert {name: noted[:2] for name, noted in plain["tests"].items()} == EXPECTED
    assert (plain["code"], plain["queries"]) == (1, 0)
    recorded = run(strangers, "--record", str(strangers.folder))
    assert (recorded["code"], recorded["faults"]) == (1, {})
    assert recorded["queries"] > 3
    assert suites.differences(plain["tests"], recorded["tests"]) == {
        "test_that_sees_a_recorder": ("passed", "failure AssertionError")
    }
    assert sum(seconds for _, _, seconds in recorded["tests"].values()) > 0


def test_outcomes_types_of_exceptions_and_missing_tests_are_differences_and_times_are_not() -> None:
    plain = {"a": ["passed", "", 1.0], "b": ["error", "LookupError", 1.0], "c": ["passed", "", 1.0]}
    recorded = {"a": ["passed", "", 9.0], "b": ["error", "TypeError", 1.0]}
    assert suites.differences(plain, recorded) == {
        "b": ("error LookupError", "error TypeError"),
        "c": ("passed", "not run"),
    }


def test_the_table_counts_each_kind() -> None:
    outcomes = {"a": ("passed", 1.0), "b": ("failure", 1.0), "c": ("skipped", 0.0), "d": ("error", 2.0)}
    tests = {name: [outcome, "", seconds] for name, (outcome, seconds) in outcomes.items()}
    plain = {"tests": tests, "queries": 0, "faults": {}}
    recorded = {"tests": {**tests, "d": ["error", "", 6.0]}, "queries": 7, "faults": {"x": 2}}
    lines = list(suites.table({"without": plain, "with": recorded}))
    assert lines[2] == "| without | 4 | 1 | 1 | 1 | 0 | 4.0 | – | 0 |"
    assert lines[3] == "| with | 4 | 1 | 1 | 1 | 0 | 8.0 | 7 | 2 |"
    assert lines[4].endswith("2.00")
