"""Seam: after a unit of work, take the plans of its slow queries and try indexes for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any

from queryscope.capture.finish import Slow
from queryscope.capture.introspect import read_models
from queryscope.capture.project import Project
from queryscope.capture.state import ACTIVE, FAULTS
from queryscope.config import Config
from queryscope.errors import ExplainRefusedError, PlanError
from queryscope.model import (
    Capture,
    Evidence,
    IndexAdvice,
    Models,
    Plan,
    QueryGroup,
    Refusal,
    SkippedPlan,
    Trace,
)
from queryscope.model import Schema as CatalogSchema

COSTLIEST = 3  # shapes of a unit of work that are explained though none of their queries was slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where plans are taken: settings, project, and whether inside the transaction of this thread."""

    config: Config
    project: Project
    in_place: bool
    is_test_database: bool = False  # made by a test runner: an index may be tried on it


@dataclass(slots=True)
class _Findings:
    plans: list[Plan] = field(default_factory=list)
    skipped: list[SkippedPlan] = field(default_factory=list)
    indexes: list[IndexAdvice] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    tables: list[Any] = field(default_factory=list)
    server_version: int | None = None


def examine(trace: Trace, slow: Sequence[Slow], place: Place) -> Capture:
    """The capture of a finished trace, with plans and index trials where the settings allow them."""
    chosen = _chosen(slow, place.config)
    found = _Findings()
    token = ACTIVE.set(None)  # what follows is queryscope's own work
    try:
        ends_at = perf_counter() + place.config.explain_budget_ms / 1000
        explained = [(each, _plan(each, place, ends_at, found)) for each in chosen]
        for each, plan in explained:
            if plan is not None:
                _judge(each, plan, trace, place, found)
    finally:
        ACTIVE.reset(token)
    return Capture(
        trace=replace(trace, server_version=found.server_version),
        plans=tuple(found.plans),
        skipped_plans=tuple(found.skipped),
        schema=CatalogSchema(server_version=found.server_version, tables=tuple(found.tables)),
        indexes=tuple(found.indexes),
        refusals=tuple(found.refusals),
    )


def _chosen(slow: Sequence[Slow], config: Config) -> list[Slow]:
    """The slow queries, and the costliest shapes; each shape once."""
    if config.explain == "off":
        return []
    shapes: dict[str, Slow] = {}
    for each in slow:  # by falling total time
        if each.vendor == "postgresql":
            known = shapes.setdefault(each.fingerprint, each)
            if each.max_ms > known.max_ms:
                shapes[each.fingerprint] = each
    if config.explain == "all":
        return list(shapes.values())
    costly = [each for each in shapes.values() if each.total_ms >= config.costly_ms][:COSTLIEST]
    return [each for each in shapes.values() if each.max_ms >= config.slow_ms or each in costly]


def _plan(slow: Slow, place: Place, ends_at: float, found: _Findings) -> Plan | None:
    from django.db import connections

    from queryscope.database.explain import explain_apart, explain_in_place
    from queryscope.plans.parse import parse_plan

    explain = explain_in_place if place.in_place else explain_apart
    left_ms = (ends_at - perf_counter()) * 1000
    try:
        connection = connections[slow.alias]
        explained = explain(connection, slow.sql, slow.params, observed_ms=slow.max_ms, budget_ms=left_ms)
        found.server_version = found.server_version or _server_version(connection)
        return parse_plan(
            explained.document,
            fingerprint=slow.fingerprint,
            server_version=found.server_version,
            note=explained.note,
        )
    except (ExplainRefusedError, PlanError) as refused:
        found.skipped.append(SkippedPlan(fingerprint=slow.fingerprint, reason=str(refused)))
    except Exception:
        FAULTS.note("EXPLAIN")
        found.skipped.append(
            SkippedPlan(fingerprint=slow.fingerprint, reason="queryscope failed, see its log")
        )
    return None


def _server_version(connection: Any) -> int | None:
    version = getattr(connection, "pg_version", None)
    return version if isinstance(version, int) else None


def _judge(slow: Slow, plan: Plan, trace: Trace, place: Place, found: _Findings) -> None:
    """Apply the plan rules, propose indexes, try them."""
    from django.db import connections

    from queryscope.database.catalog import schema_of
    from queryscope.rules import plan_rules
    from queryscope.sql.fingerprint import tables

    try:
        group = trace.groups[slow.group]
        models = models_of(place.project)
        schema = schema_of(connections[slow.alias], tables(group.sql))
        found.tables += [table for table in schema.tables if table not in found.tables]
        insights = [
            insight for rule in plan_rules(place.config) for insight in rule.check(plan, schema, models)
        ]
        found.plans.append(replace(plan, insights=tuple(insights)))
        _advise(slow, replace(plan, insights=tuple(insights)), group, schema, models, place, found)
    except Exception:
        FAULTS.note("judging a plan")
        if all(known.fingerprint != plan.fingerprint for known in found.plans):
            found.plans.append(plan)


def _advise(
    slow: Slow,
    plan: Plan,
    group: QueryGroup,
    schema: CatalogSchema,
    models: Models,
    place: Place,
    found: _Findings,
) -> None:
    from django.db import connections

    from queryscope.database.trial import try_indexes
    from queryscope.rules import index_rules
    from queryscope.rules.index import propose_indexes
    from queryscope.sql.statement import read_statement

    if not plan.is_analyzed:
        return
    candidates, refusals = propose_indexes(
        group,
        plan,
        read_statement(slow.sql),
        schema,
        models,
        _constants(group, models, place.project),
        rules=index_rules(place.config),
    )
    found.refusals += refusals
    if not candidates:
        return
    if slow.alias not in place.config.trial_indexes and not place.is_test_database:
        note = f"not tried: {slow.alias!r} is not listed in QUERYSCOPE['TRIAL_INDEXES']"
        found.indexes += [replace(advice, evidence=Evidence(note=note)) for advice in candidates]
        return
    proved, refused = try_indexes(
        connections[slow.alias], candidates, slow.sql, slow.params, budget_ms=place.config.trial_budget_ms
    )
    found.indexes += proved
    found.refusals += refused


def _constants(group: QueryGroup, models: Models, project: Project) -> tuple[Any, ...]:
    """Constants in the source around the building line; their values stand in the project's own files."""
    from queryscope.rules.index import read_constants

    frame = group.site.frame if group.site else None
    if frame is None or frame.is_template or group.site is None:
        return ()
    source = read_source(project, frame.path)
    model = models.get(group.site.model)
    definition = read_source(project, model.path) if model is not None and model.path else None
    if source is None:
        return ()
    return tuple(read_constants(source, line=frame.line, definitions=[definition] if definition else []))


@lru_cache(maxsize=4)
def models_of(project: Project) -> Models:
    """The model graph of the installed applications, read once."""
    return read_models(project)


def read_source(project: Project, path: str) -> str | None:
    """The text of a file of the project; None if it can't be read."""
    try:
        with Path(project.root, path).open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError, ValueError):
        return None
