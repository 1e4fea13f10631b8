"""Two JSON reports side by side: units of work, findings, and how PostgreSQL plans the same statements.

It needs neither Django nor a database, so that a report of CI can be held against one of yesterday.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from queryscope.errors import PlanError, ReportError
from queryscope.model import Comparison, FoundChange, Plan, PlanPair, UnitChange
from queryscope.plans.difference import compare_plans
from queryscope.plans.fingerprint import plan_fingerprint
from queryscope.plans.parse import parse_plan

MAJOR = "1"
LISTS = ("traces", "queries", "findings", "plans")


def read_json_report(path: Path) -> dict[str, Any]:
    """A report that `render(report, "json")` wrote.

    Raises:
        ReportError: it can't be read, is no report, or one of another major version.
    """
    try:
        report: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportError(f"{path} can't be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError):
        raise ReportError(f"{path} is no JSON, or it is cut off. Write it with --queryscope-json.") from None
    if not isinstance(report, dict) or not all(isinstance(report.get(name), list) for name in LISTS):
        raise ReportError(f"{path} is no JSON report of queryscope. Write one with --queryscope-json.")
    version = str(report.get("schema_version"))
    if version.partition(".")[0] != MAJOR:
        raise ReportError(f"{path} has version {version!r}; this queryscope reads version {MAJOR}.")
    return report


def compare(before: dict[str, Any], after: dict[str, Any]) -> Comparison:
    """What is different in the second report.

    Raises:
        ReportError: a record of one of them isn't as the schema says.
    """
    try:
        return _compare(before, after)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        told = f"A record of the reports isn't as their schema says: {type(error).__name__} {error}."
        raise ReportError(told) from None


def _compare(before: dict[str, Any], after: dict[str, Any]) -> Comparison:
    old, new = _units(before), _units(after)
    both = [label for label in old if label in new]
    units = [UnitChange(label=label, before=old[label], after=new[label]) for label in both]
    changed = [unit for unit in units if unit.before != unit.after]
    known = {finding["id"] for finding in before["findings"]}
    found = {finding["id"] for finding in after["findings"]}
    return Comparison(
        units=tuple(sorted(changed, key=lambda unit: (-abs(unit.after - unit.before), unit.label))),
        units_alike=len(units) - len(changed),
        units_gone=tuple(sorted(old.keys() - new.keys())),
        units_new=tuple(sorted(new.keys() - old.keys())),
        findings=(*_found(before, but=found, is_new=False), *_found(after, but=known, is_new=True)),
        findings_alike=len(known & found),
        plans=tuple(_plans(before, after)),
    )


def _units(report: dict[str, Any]) -> dict[str, int]:
    """The most queries of each unit of work: the same page may have been asked for several times."""
    most: dict[str, int] = {}
    for trace in report["traces"]:
        label = str(trace["origin"]["label"])
        most[label] = max(most.get(label, 0), int(trace["query_count"]))
    return most


def _found(report: dict[str, Any], *, but: set[str], is_new: bool) -> Iterator[FoundChange]:
    for finding in report["findings"]:
        if finding["id"] not in but:
            where = finding["location"]
            yield FoundChange(
                is_new=is_new,
                id=str(finding["id"]),
                rule=str(finding["rule"]),
                place=f"{where['path']}:{where['line']}" if where else "",
                message=str(finding["message"]),
            )


def _plans(before: dict[str, Any], after: dict[str, Any]) -> Iterator[PlanPair]:
    texts = {shape["fingerprint"]: str(shape["sql"]) for shape in (*before["queries"], *after["queries"])}
    old, new = _slowest(before), _slowest(after)
    for shape in old:
        if shape not in new:
            continue
        was, now = old[shape], new[shape]
        yield PlanPair(
            fingerprint=shape,
            sql=texts.get(shape, ""),
            is_same_shape=plan_fingerprint(was) == plan_fingerprint(now),
            before_ms=was.execution_time_ms,
            after_ms=now.execution_time_ms,
            changes=tuple(change.text for change in compare_plans(was, now)),
        )


def _slowest(report: dict[str, Any]) -> dict[str, Plan]:
    """The plan of each statement; of several the slowest. What is no plan is left out, not all of it lost."""
    slowest: dict[str, Plan] = {}
    for record in report["plans"]:
        shape = str(record["fingerprint"])
        try:
            plan = parse_plan(record["plan"], fingerprint=shape, server_version=None)
        except PlanError:
            continue
        known = slowest.get(shape)
        if known is None or (plan.execution_time_ms or 0.0) > (known.execution_time_ms or 0.0):
            slowest[shape] = plan
    return slowest
