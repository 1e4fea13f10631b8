"""Beside debug-toolbar, silk, Sentry's SDK and OpenTelemetry, in every order of starting and stopping."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.capture.recording import ROOT
from tests.capture.test_hooks import HOOKED
from tests.suites import drop_databases

DATABASE = "queryscope_other_tools"
# What Sentry's first start replaces, for good.
OF_SENTRY = {
    "BaseDatabaseWrapper._commit", "BaseDatabaseWrapper._rollback", "BaseDatabaseWrapper.connect",
    "CursorWrapper.execute", "CursorWrapper.executemany",
}  # fmt: skip


@pytest.fixture(scope="module")
def scenarios() -> Any:
    """What the program saw in each scenario, in a process that had the tools in it."""
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.capture.other_tools", os.environ["DATABASE_URL"], DATABASE],
            cwd=ROOT, env={**environment, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
            timeout=240,
        )  # fmt: skip
    finally:
        drop_databases(DATABASE)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def told(scenarios: Any, first: str) -> dict[str, Any]:
    """The scenarios whose name begins like that."""
    found = {name: seen for name, seen in scenarios.items() if name.startswith(first)}
    assert found
    return found


def test_the_program_answers_the_same_in_every_order(scenarios: Any) -> None:
    assert scenarios["plain"]["answer"][1]["count"] == 4
    answers = {name: seen["answer"] for name, seen in scenarios.items() if name != "faults"}
    assert [name for name, answer in answers.items() if answer != scenarios["plain"]["answer"]] == []


@pytest.mark.parametrize("outermost", ["tests", "debug_toolbar", "silk"])
def test_toolbar_and_silk_run_as_many_queries_with_us_around_or_inside(
    scenarios: Any, outermost: str
) -> None:
    alone = scenarios["alone"]
    for name, seen in told(scenarios, outermost).items():
        assert seen["queries"] == alone["queries"], name
        assert seen["changed"] == [], name
        assert sum(seen["captured"]) >= scenarios["plain"]["queries"], name


@pytest.mark.parametrize("tool", ["Otel", "Sentry"])
def test_tools_that_start_and_stop_around_us_in_any_order_leave_no_trace(scenarios: Any, tool: str) -> None:
    orders = told(scenarios, tool)
    assert len(orders) == 4
    hooked = {f"{holder.__name__}.{name}" for holder, name in HOOKED}
    for number, (name, seen) in enumerate(orders.items()):
        assert seen["queries"] == seen["again"]["queries"] == seen["captured"], name
        expected = OF_SENTRY if (tool, number) == ("Sentry", 0) else set()
        assert set(seen["changed"]) == expected, name
        assert not hooked & set(seen["changed"]) - expected, name


def test_no_list_of_wrappers_holds_anything_and_nothing_failed(scenarios: Any) -> None:
    assert {seen["wrappers"] for name, seen in scenarios.items() if name != "faults"} == {0}
    assert scenarios["faults"] == 0
