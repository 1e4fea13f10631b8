"""Seam: the marker and the fixture `queryscope`, which work without --queryscope for their own test."""

from __future__ import annotations

import pytest

from queryscope.config import Config
from queryscope.errors import ConfigError
from queryscope.formats.inert import inert
from queryscope.formats.numbers import queries
from queryscope.formats.words import place, title
from queryscope.gate import breaches, read_gate
from queryscope.profiler import current_config, report_on
from queryscope.suite import TestUnit

UNIT = pytest.StashKey[TestUnit]()
KNOWN = 'Known are max_queries=10, allow=["n-plus-one"] and reason="…".'


class TestQueries:
    """The fixture `queryscope`: asserts on what the test has run so far."""

    __test__ = False

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def max_queries(self, number: int) -> None:
        """Fail if more queries were run, those of requests included."""
        __tracebackhide__ = True
        unit = self._unit()
        count = unit.query_count()
        if count > number:
            pytest.fail(_too_many(count, number, unit))

    def assert_no(self, *rules: str) -> None:
        """Fail if one of these rules was broken in application code."""
        __tracebackhide__ = True
        unit = self._unit()
        config = current_config()
        gate = read_gate(list(rules), config)
        found = breaches(report_on(unit.so_far(), config), gate)
        if found:
            lines = [f"{inert(title(each))} at {inert(place(each))}: {inert(each.message)}" for each in found]
            pytest.fail("\n".join(lines))

    def _unit(self) -> TestUnit:
        unit = self._item.stash.get(UNIT, None)
        if unit is None:
            raise pytest.UsageError("The fixture `queryscope` needs Django to be set up, and a running test.")
        return unit


def asks(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("queryscope") is not None
    return marked or "queryscope" in getattr(item, "fixturenames", ())


def check_marker(item: pytest.Item, marker: pytest.Mark, config: Config) -> None:
    unknown = set(marker.kwargs) - {"max_queries", "allow", "reason"}
    if marker.args or unknown:
        what = f"unknown {', '.join(sorted(unknown))}" if unknown else "takes keywords only"
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.queryscope: {what}. {KNOWN}")
    limit = marker.kwargs.get("max_queries")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise pytest.UsageError(f"{item.nodeid}: max_queries must be a whole number, not {limit!r}.")
    allow = marker.kwargs.get("allow", ())
    try:
        read_gate([allow] if isinstance(allow, str) else list(allow), config)
    except (ConfigError, TypeError) as error:
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.queryscope(allow=…): {error}") from None


def check_max_queries(item: pytest.Item, unit: TestUnit) -> None:
    __tracebackhide__ = True
    marker = item.get_closest_marker("queryscope")
    limit = marker.kwargs.get("max_queries") if marker else None
    if limit is not None:
        count = unit.query_count()
        if count > limit:
            pytest.fail(_too_many(count, limit, unit))


def _too_many(count: int, limit: int, unit: TestUnit) -> str:
    groups = [group for capture in unit.so_far() for group in capture.trace.groups]
    groups.sort(key=lambda group: -group.count)
    lines = [f"  {group.count:>5} × {inert(group.sql)[:100]}" for group in groups[:5]]
    return "\n".join([f"{queries(count)}, {limit} allowed:", *lines])


def allowed_rules(items: list[pytest.Item]) -> dict[str, frozenset[str]]:
    allowed = {}
    for item in items:
        rules: set[str] = set()
        for marker in item.iter_markers("queryscope"):
            given = marker.kwargs.get("allow", ())
            rules.update([given] if isinstance(given, str) else given)
        if rules:
            allowed[item.nodeid] = frozenset(rules)
    return allowed


def allowed_reasons(items: list[pytest.Item]) -> dict[str, str]:
    reasons = {}
    for item in items:
        given = [str(marker.kwargs.get("reason", "")) for marker in item.iter_markers("queryscope")]
        if any(given):
            reasons[item.nodeid] = "; ".join(filter(None, given))
    return reasons
