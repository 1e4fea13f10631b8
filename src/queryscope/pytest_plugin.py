"""Door: options, marker and fixture for pytest. Imports no Django and does nothing until asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from queryscope.pytest_marks import TestQueries
    from queryscope.pytest_run import PytestRun

PLUGIN = "queryscope-run"
EXPLAIN = ("slow", "all", "off")
MARKER = (
    "queryscope(max_queries=None, allow=(), reason=''): fail the test if it runs more queries; "
    "rules that it may break without failing a gate"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """All options in one group, each with an ini twin."""
    group = parser.getgroup("queryscope", "queryscope: which Django queries to change")
    group.addoption("--queryscope", action="store_true", default=None, help="profile every test")
    parser.addini("queryscope", "profile every test", type="bool", default=False)
    for name in ("html", "json", "markdown"):
        _add(parser, group, name, f"write the report as {name}; turns --queryscope on", metavar="PATH")
    told = "fail the run on these rules, or on 'certain' findings; turns --queryscope on"
    _add(parser, group, "fail-on", told, metavar="RULE,…")
    group.addoption(
        "--queryscope-allow-incomplete",
        action="store_true",
        default=None,
        help="don't fail the run when the gate could not judge it",
    )
    parser.addini(
        "queryscope_allow_incomplete", "don't fail on an incomplete gate", type="bool", default=False
    )
    _add(parser, group, "explain", "which queries are explained: slow, all or off", choices=EXPLAIN)
    _add(parser, group, "slow-ms", "a query is slow from here on, in milliseconds", metavar="N", type=float)


def _add(parser: pytest.Parser, group: pytest.OptionGroup, name: str, told: str, **more: Any) -> None:
    group.addoption(f"--queryscope-{name}", default=None, help=told, **more)
    parser.addini(f"queryscope_{name.replace('-', '_')}", told, default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; with --queryscope also what records."""
    config.addinivalue_line("markers", MARKER)
    asked = [config.getoption(f"queryscope_{name}") for name in ("html", "json", "markdown", "fail_on")]
    if config.getoption("queryscope") or any(asked) or config.getini("queryscope"):
        _start(config, is_recording_all=True)


def _start(config: pytest.Config, *, is_recording_all: bool) -> PytestRun:
    from queryscope.pytest_run import PytestRun

    run = PytestRun(config, is_recording_all=is_recording_all)
    config.pluginmanager.register(run, PLUGIN)
    return run


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without --queryscope, marker and fixture still work for their own tests."""
    if config.pluginmanager.has_plugin(PLUGIN):
        return
    for item in items:
        if item.get_closest_marker("queryscope") or "queryscope" in getattr(item, "fixturenames", ()):
            _start(config, is_recording_all=False).pytest_collection_modifyitems(items)
            return


@pytest.fixture
def queryscope(request: pytest.FixtureRequest) -> TestQueries:
    """The queries of this test: `queryscope.max_queries(5)`, `queryscope.assert_no("n-plus-one")`."""
    from queryscope.pytest_marks import TestQueries

    return TestQueries(request.node)
