"""Index advice over the whole run: which indexes, what they cost its writes, and which ones can go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from queryscope.analysis.existing_indexes import removals_of, replaced_by
from queryscope.analysis.index_choice import choose
from queryscope.analysis.index_wishes import MEASURED, wishes_of
from queryscope.analysis.write_cost import cost_in_words, hot_updates, reads_of, too_hot, writes_of
from queryscope.model import (
    Capture,
    IndexAdvice,
    IndexRemoval,
    Models,
    Plan,
    Refusal,
    Schema,
    Shape,
    Table,
)
from queryscope.sql.fingerprint import kind

_SEARCHING = frozenset({"update", "delete"})
_KEPT_REFUSALS = frozenset({"statistics"})  # another remedy, not a no to an index


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """What a run comes to."""

    indexes: tuple[IndexAdvice, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    removals: tuple[IndexRemoval, ...] = ()


def advise_run(
    captures: Sequence[Capture], *, shapes: Sequence[Shape], plans: Sequence[Plan], models: Models
) -> Advised:
    """The advice of all captures as one: few indexes, each with all that it serves and costs.

    Args:
        captures: of the run.
        shapes: its query shapes with their times.
        plans: the one that was kept of each shape.
        models: the project's model graph.
    """
    known = tables_of(captures)
    tables = {name: table for name, (_, table) in known.items()}
    totals = {shape.fingerprint: shape.total_ms for shape in shapes}
    writes = {shape.fingerprint: shape.count for shape in shapes if kind(shape.sql) in _SEARCHING}
    wishes = wishes_of(captures, totals, {plan.fingerprint: plan for plan in plans}, writes)
    chosen, waiting = choose(wishes, tables)
    indexes, hot = _weighed(chosen, captures, totals, known, models)
    indexes = tuple(_with_replaced(advice, tables.get(advice.relation)) for advice in indexes)
    served = {(shape, advice.relation) for advice in indexes for shape in advice.serves}
    told = [
        each
        for capture in captures
        for each in capture.refusals
        if each.kind in _KEPT_REFUSALS or (each.fingerprint, each.relation) not in served
    ]
    return Advised(
        indexes=indexes,
        refusals=_distinct([*hot, *waiting, *told]),
        removals=removals_of(known, models, indexes),
    )


def tables_of(captures: Iterable[Capture]) -> dict[str, tuple[Schema, Table]]:
    """Each table that was looked at, with its indexes where they were read, as it was seen last."""
    found: dict[str, tuple[Schema, Table]] = {}
    for capture in captures:
        for table in capture.schema.tables if capture.schema is not None else ():
            if table.indexes or table.columns or table.name not in found:
                assert capture.schema is not None
                found[table.name] = (capture.schema, table)
    return found


def _weighed(
    chosen: Sequence[IndexAdvice],
    captures: Sequence[Capture],
    totals: Mapping[str, float],
    known: Mapping[str, tuple[Schema, Table]],
    models: Models,
) -> tuple[tuple[IndexAdvice, ...], list[Refusal]]:
    """With what they cost the writes of the run; those that cost more than they win are refused."""
    traces = [capture.trace for capture in captures]
    version = next((trace.server_version for trace in traces if trace.server_version), None)
    writes, reads = (writes_of(traces, models), reads_of(traces)) if chosen else ({}, {})
    kept: list[IndexAdvice] = []
    refusals: list[Refusal] = []
    for advice in chosen:
        _, table = known.get(advice.relation, (None, None))
        model = models.by_table(advice.relation) or models.get(advice.model)
        written = writes.get(advice.relation)
        hot = hot_updates(advice, written, table, version)
        won_ms = advice.gain_ms if advice.evidence.level in MEASURED else None
        if won_ms is None:
            won_ms = sum(totals.get(shape, 0.0) for shape in advice.serves)
        count = sum(reads.get(shape, 0) for shape in advice.serves)
        objections = too_hot(advice, hot, model, reads=count, won_ms=won_ms)
        if objections:
            refusals += objections
        else:
            kept.append(replace(advice, write_cost=cost_in_words(advice, written, hot, model)))
    left = {advice.name for advice in chosen} - {advice.name for advice in kept}
    # Without one of a set the others help little.
    return tuple(advice for advice in kept if left.isdisjoint(advice.together)), refusals


def _with_replaced(advice: IndexAdvice, table: Table | None) -> IndexAdvice:
    """The keys may have become more since a rule looked."""
    if table is None or not table.indexes:
        return advice
    return replace(advice, replaces=replaced_by(advice, table))


def _distinct(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """One refusal for each shape, relation and kind: its number differs from one page to the next."""
    return tuple({(each.fingerprint, each.relation, each.kind): each for each in refusals}.values())
