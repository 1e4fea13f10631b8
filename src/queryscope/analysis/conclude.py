"""From the captures of a run to its report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime

from queryscope.analysis.allowed import Allows
from queryscope.analysis.index_findings import RULE as MISSING_INDEX
from queryscope.analysis.index_findings import index_findings
from queryscope.analysis.indexes import advise_run
from queryscope.analysis.merge import allowed_findings, findings_of, group_by_site
from queryscope.analysis.plan_tests import with_tests
from queryscope.analysis.rewrites import with_rewrites
from queryscope.analysis.set_up import app_folders, is_set_up
from queryscope.analysis.shapes import merge_plans, query_count, shapes_of
from queryscope.analysis.slow import SIZED, TIMED, drop_explained_away, with_plans
from queryscope.fixes.sources import ReadSource, Sources
from queryscope.model import (
    Allow,
    AllowedFinding,
    Capture,
    Finding,
    Models,
    Observation,
    Plan,
    Report,
    Run,
    SkippedPlan,
    Trace,
)
from queryscope.rules.base import RunRule, TraceRule
from queryscope.rules.remedy import Context
from queryscope.rules.size import rows_by_table

# A server judges each request twice: for its header, and for what it tells on the console.
_latest: list[tuple[Trace, Models, Sequence[TraceRule], tuple[Observation, ...]]] = []


def observe(trace: Trace, models: Models, rules: Sequence[TraceRule]) -> tuple[Observation, ...]:
    """What every rule sees in one trace, without what a test prepares for itself."""
    for known, graph, asked, found in _latest:
        if graph is models and asked is rules and _is_same(known, trace):
            return found
    found = tuple(_observe(trace, models, rules))
    _latest[:] = [(trace, models, rules, found)]
    return found


def _is_same(known: Trace, trace: Trace) -> bool:
    """Whether both are one trace, but for the server's version, which an examination adds."""
    return all(
        getattr(known, field.name) is getattr(trace, field.name)
        for field in fields(Trace)
        if field.name != "server_version"
    )


def _observe(trace: Trace, models: Models, rules: Sequence[TraceRule]) -> Iterator[Observation]:
    folders = app_folders(models) if trace.origin.kind == "test" else frozenset[str]()
    for rule in rules:
        for observation in rule.check(trace, models):
            if not is_set_up(observation, trace, folders):
                yield observation


def conclude(
    captures: Sequence[Capture],
    *,
    run: Run,
    models: Models,
    rules: Sequence[TraceRule],
    run_rules: Sequence[RunRule] = (),
    allows: Sequence[Allow] = (),
    read_source: ReadSource,
) -> Report:
    """Judge all captures of a run together.

    Args:
        captures: one for each unit of work, in any order.
        run: what ran; its verdict and what is missing are completed here.
        models: the project's model graph.
        rules: the trace rules, configured, in the order in which they speak.
        run_rules: the run rules, configured; they speak after these.
        allows: what settings and markers allow; comments are read with the sources.
        read_source: gives the text of a file by its path in the project, None if it can't be read.
    """
    traces = tuple(capture.trace for capture in captures)
    observations = [each for trace in traces for each in observe(trace, models, rules)]
    observations += [each for rule in run_rules for each in rule.check(traces, models)]
    shapes, plans = shapes_of(traces), merge_plans(captures)
    advised = advise_run(captures, shapes=shapes, plans=plans, models=models)
    observations = drop_explained_away(observations, captures, advised.indexes)
    context = _context(captures, models, read_source)
    by_name = _by_name(rules, run_rules)
    allowing = Allows(allows, (*by_name, MISSING_INDEX), context)
    found = findings_of(observations, rules=by_name, context=context, allows=allowing)
    skipped = _skipped(captures, plans)
    missing, allowed = _sorted_out(index_findings(advised.indexes, traces, models), allowing)
    findings = with_rewrites(
        [*with_plans(found, plans, skipped), *missing], plans, traces, models=models, sources=context.sources
    )
    allowed += allowed_findings(allowing.aside, rules=by_name, context=context)
    return Report(
        generated_at=datetime.now(UTC).isoformat(timespec="seconds"),
        run=replace(_completed(run, traces), notes=(*run.notes, *allowing.notes(traces))),
        traces=traces,
        shapes=shapes,
        findings=tuple(sorted(findings, key=_rank)),
        allowed=tuple(sorted(allowed, key=lambda each: _rank(each.finding))),
        plans=plans,
        skipped_plans=skipped,
        indexes=with_tests(advised.indexes, traces, models),
        refusals=advised.refusals,
        removals=advised.removals,
    )


def _context(captures: Sequence[Capture], models: Models, read_source: ReadSource) -> Context:
    sizes = rows_by_table(capture.schema for capture in captures if capture.schema is not None)
    return Context(models, Sources(read_source), {each.trace.id: each.trace for each in captures}, sizes)


def _by_name(rules: Sequence[TraceRule], run_rules: Sequence[RunRule]) -> dict[str, TraceRule | RunRule]:
    every: tuple[TraceRule | RunRule, ...] = (*rules, *run_rules)
    return {rule.name: rule for rule in every}


def _sorted_out(findings: Iterable[Finding], allowing: Allows) -> tuple[list[Finding], list[AllowedFinding]]:
    """Findings that nothing allows, and those that something does."""
    kept, allowed = [], []
    for finding in findings:
        allow = allowing.of_finding(finding)
        if allow is None:
            kept.append(finding)
        else:
            allowed.append(AllowedFinding(finding=finding, allow=allow))
    return kept, allowed


def count_findings(
    trace: Trace,
    *,
    models: Models,
    rules: Sequence[TraceRule],
    allows: Sequence[Allow] = (),
    read_source: ReadSource,
) -> int:
    """How many findings a report on that trace alone will have, without composing one.

    Slow queries are left out: whether they are some is known when their plans were taken. So are those of
    which the size of their tables decides.
    """
    observations = (each for each in observe(trace, models, rules) if each.rule not in TIMED | SIZED)
    context = Context(models, Sources(read_source), {trace.id: trace})
    by_name: dict[str, TraceRule | RunRule] = {rule.name: rule for rule in rules}
    allowing = Allows(allows, tuple(by_name), context)
    return len(group_by_site(observations, rules=by_name, context=context, allows=allowing))


def _skipped(captures: Sequence[Capture], plans: Sequence[Plan]) -> tuple[SkippedPlan, ...]:
    """Slow shapes of which no unit of work has a plan, each once."""
    planned = {plan.fingerprint for plan in plans}
    found = {skip.fingerprint: skip for capture in captures for skip in capture.skipped_plans}
    return tuple(skip for skip in found.values() if skip.fingerprint not in planned)


def _rank(finding: Finding) -> tuple[float, float, str]:
    # Queries avoided first (reproducible), milliseconds second.
    return (-finding.worst.avoidable_queries, -finding.worst.duration_ms, finding.id)


def _completed(run: Run, traces: Sequence[Trace]) -> Run:
    missing = list(run.missing)
    for trace in traces:
        missing += [f"{trace.origin.label}: {note}" for note in trace.notes]
        if trace.dropped_queries:
            dropped = f"{trace.dropped_queries} executions are counted but not listed one by one"
            missing.append(f"{trace.origin.label}: {dropped}")
    verdict = run.verdict
    saw_queries = any(query_count(trace) for trace in traces)
    if saw_queries and not any(trace.saw_application for trace in traces):
        verdict = "incomplete"
        missing.append(
            f"queries were seen, but no line of the application: nothing under {run.root!r} ran them"
        )
    return replace(run, verdict=verdict, missing=tuple(dict.fromkeys(missing)))
