"""Seam: a slow UPDATE or DELETE never runs a second time, but what finds its rows does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace

from queryscope.capture.finish import Slow
from queryscope.errors import ExplainRefusedError, PlanError
from queryscope.model import Evidence, IndexAdvice, Level, Measure, Plan, QueryGroup, Refusal, Schema, Trace
from queryscope.plans.metrics import walk
from queryscope.proving import Place
from queryscope.sql.search import search_of

LEAST_SHARE = 1 / 6  # of the whole: without what takes less it isn't 1.2 times as fast
# Of one row, as far as the write took so long: 0.004 ms in order and with no index beside the primary key,
# 0.04 measured for 15 000 rows all over a table, whose pages go to the WAL.
WRITE_MS = 0.05
FETCH_MS = 0.001  # of one row, by an index


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The search of a write."""

    slow: Slow  # its SELECT, under the write's fingerprint
    plan: Plan
    verb: str  # "UPDATE" or "DELETE"
    table: str  # that is written
    rows: float  # that one execution wrote, at the most
    write_ms: float  # that the whole write took, on the average


def with_searches(
    planned: Sequence[tuple[Slow, Plan | None]], explain: Callable[[Slow], Plan], trace: Trace
) -> list[tuple[Slow, Plan | None, Search | None]]:
    """The plans, beside those of writes their search; where that was not run the plan says why.

    A plan that PostgreSQL told of the very write holds its search: nothing runs again.
    """
    return [(slow, *_with_search(slow, plan, explain, trace)) for slow, plan in planned]


def _with_search(
    slow: Slow, plan: Plan | None, explain: Callable[[Slow], Plan], trace: Trace
) -> tuple[Plan | None, Search | None]:
    found = None if slow.is_select or plan is None else search_of(slow.sql, slow.params)
    if found is None or plan is None:
        return plan, None
    other = copy(slow)
    other.is_select = other.is_search = True
    other.sql, other.params = found.sql, found.params
    typical = slow.typical and search_of(*slow.typical)
    other.typical = (typical.sql, typical.params) if typical else None
    try:
        own = plan if plan.source == "auto_explain" else explain(other)
    except (ExplainRefusedError, PlanError) as refused:
        return replace(plan, note=f"{plan.note} Its search: {refused}".strip()), None
    search = Search(
        slow=other,
        plan=own,
        verb=found.verb,
        table=found.table,
        rows=_most_rows(slow, trace),
        write_ms=slow.total_ms / max(trace.groups[slow.group].count, 1),
    )
    if not own.is_analyzed:  # and where time was short, the next visit asks again
        plan = replace(plan, note=f"{plan.note} Its search: {own.note}".strip())
    return plan, search


def _most_rows(slow: Slow, trace: Trace) -> float:
    """What one execution of this shape wrote."""
    group = trace.groups[slow.group]
    same = {each.index for each in trace.groups if _shape(each) == _shape(group)}
    rows = [query.row_count or 0 for query in trace.queries if query.group in same]
    return max([*rows, (group.rows or 0) / max(group.count, 1)])


def _shape(group: QueryGroup) -> tuple[str, str]:
    return group.fingerprint, group.alias


def weigh_search(
    search: Search, candidates: Sequence[IndexAdvice], schema: Schema, *, place: Place
) -> tuple[tuple[IndexAdvice, ...], list[Refusal]]:
    """The candidates that may be worth their while, and why the others aren't.

    What the write changed counts, not what is found now: its rows may be gone, or not meet the condition.
    """
    from queryscope.rules.index.candidate.objections import MOST_KEPT, TINY_ROWS

    rows = _table_rows(search, schema)
    is_silent = place.is_test_database and rows < TINY_ROWS  # of a test, whose size says nothing
    refused: list[Refusal] = []
    if search.rows > MOST_KEPT * rows and not is_silent:
        text = f"No index: this {search.verb} wrote {search.rows:,.0f} of {rows:,.0f} rows of {search.table}."
        own = {each.name for each in candidates if each.relation == search.table}
        out = [each for each in candidates if not own.isdisjoint({each.name, *each.together})]
        refused = _refused(search, out, "low-selectivity", text)[:1]
        candidates = [each for each in candidates if each not in out]
    ms, rest_ms = search.plan.execution_time_ms, _rest_ms(search)
    if candidates and ms is not None and ms < LEAST_SHARE * (ms + rest_ms):
        text = f"To find the rows of this {search.verb} takes {ms:.1f} ms. {_rest(search)}"
        return (), refused + _refused(search, candidates, "writing", text)
    return tuple(candidates), refused


def _rest(search: Search) -> str:
    return f"To write these {search.rows:,.0f} takes {_rest_ms(search):,.0f} ms, which no index makes faster."


def _rest_ms(search: Search) -> float:
    """What writing the rows takes, without what the write waited for others."""
    ms = search.plan.execution_time_ms or 0.0
    is_whole = search.plan.source == "auto_explain"  # the plan of the write itself
    return 0.0 if is_whole else min(search.rows * WRITE_MS, max(0.0, search.write_ms - ms))


def _table_rows(search: Search, schema: Schema) -> float:
    """As analysed, or as the search saw them, and those that a DELETE took away."""
    table = schema.table(search.table)
    seen = sum(
        ((node.actual_rows or 0.0) + node.rows_removed_by_filter) * (node.actual_loops or 1.0)
        for node in walk(search.plan.root)
        if node.relation_name == search.table and node.node_type == "Seq Scan"
    )
    gone = _gone(search) if search.verb == "DELETE" else 0.0
    return max(table.rows if table is not None else 0.0, seen + gone)


def _gone(search: Search) -> float:
    """Rows that the write found, and its search finds no more."""
    root = search.plan.root
    if not search.plan.is_analyzed or search.plan.source == "auto_explain":
        return 0.0
    return max(0.0, search.rows - (root.actual_rows or 0.0) * (root.actual_loops or 1.0))


def told_of_search(
    search: Search | None, indexes: Sequence[IndexAdvice]
) -> tuple[list[IndexAdvice], list[Refusal]]:
    """The proved indexes with a note on what was tried, and why others aren't worth it for all its rows."""
    if search is None:
        return list(indexes), []
    kept: list[IndexAdvice] = []
    refused: list[Refusal] = []
    gone = _gone(search)
    for advice in indexes:
        evidence = advice.evidence
        objection = _objection(search, evidence, gone) if evidence.level is Level.TIMED else None
        if objection is not None:
            refused += _refused(search, [advice], *objection)
            continue
        note = f"{evidence.note} {_note(search, gone)}".strip()
        kept.append(replace(advice, evidence=replace(evidence, note=note)))
    return kept, refused


def _objection(search: Search, evidence: Evidence, gone: float) -> tuple[str, str] | None:
    """Kind and reason, where the times alone promise too much."""
    from queryscope.database.trial_choice import MIN_GAIN_MS, MIN_RATIO

    before, after = _ms(evidence.before), _ms(evidence.after)
    all_after = after + gone * FETCH_MS
    if gone and (before < MIN_RATIO * all_after or before - all_after < MIN_GAIN_MS):
        text = (
            f"The rows that are left are found in {before:.1f} ms, and in {after:.1f} ms with an index. "
            f"But this {search.verb} wrote {gone:,.0f} more: to fetch them one by one takes as long."
        )
        return "no-gain", text
    if before - all_after < LEAST_SHARE * (before + _rest_ms(search)):
        text = (
            f"With an index the rows of this {search.verb} are found in {after:.1f} ms instead of "
            f"{before:.1f} ms. {_rest(search)}"
        )
        return "writing", text
    return None


def _note(search: Search, gone: float) -> str:
    took = f"{search.write_ms:,.1f} ms" if search.write_ms >= 1 else f"{search.write_ms:.2f} ms"
    text = (
        f"Tried was the search for the rows of the {search.verb}, which itself is never run a second time; "
        f"the whole {search.verb} took {took}."
    )
    return f"{text} Of its rows {gone:,.0f} no longer meet the condition." if gone else text


def _ms(measure: Measure | None) -> float:
    return (measure.ms if measure is not None else None) or 0.0


def _refused(search: Search, candidates: Sequence[IndexAdvice], kind: str, reason: str) -> list[Refusal]:
    return [
        Refusal(fingerprint=search.slow.fingerprint, relation=relation, kind=kind, reason=reason)
        for relation in dict.fromkeys(each.relation for each in candidates)
    ]
