"""Rows that were loaded by `len()` or for their truth, and what shows that nobody read them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from queryscope.fixes.listed import find_listed
from queryscope.fixes.template_truth import handed_use
from queryscope.fixes.unread import is_unread
from queryscope.model import Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context, Gathered
from queryscope.rules.selection import is_asked_again, is_own

# What a template line may do with rows that it builds itself, without reading one.
_SIZED = {
    "len": re.compile(r"\.(?:all|distinct)\|length(?!_)\b"),
    "bool": re.compile(r"{% *(?:el)?if (?:not )?[\w.]+\.(?:all|distinct) *%}"),
}


def unread_groups(
    trace: Trace, models: Models, *, rule: str, method: str, min_rows: int
) -> Iterator[Observation]:
    """An observation for each group whose rows may be loaded by that method only; the source decides."""
    for group in trace.groups:
        if group.access is None or not _may_be(method, group.access.method, group):
            continue
        # A list() may be made only to be measured.
        if group.access.method == "iterate" and not (group.stack and group.stack[0].operation == "call"):
            continue
        if not is_own(group, models):
            continue
        if (group.rows or 0) < min_rows * group.count or group.distinct > 1 or group.owners > 1:
            continue  # a look-up in a loop is another matter
        # Loaded once more, or counted too: then one answer has to do for both.
        if is_asked_again(trace, group) or _is_read(trace, group):
            continue
        assert group.site is not None
        yield Observation(
            rule=rule,
            trace=trace.id,
            model=group.site.model,
            site=group.site,
            trigger=group.stack[0],
            fact="rows",
            groups=(group.index,),
            fingerprints=(group.fingerprint,),
            query_count=group.count,
            duration_ms=group.total_ms,
            owner_rows=(group.rows or 0) // group.count,
            subject=group.site.model.rpartition(".")[2],
        )


def _may_be(method: str, loaded: str, group: QueryGroup) -> bool:
    """Whether rows loaded that way may serve this only: of a list, or behind a template's `{% if rows %}`."""
    is_tested_first = loaded == "bool" and bool(group.stack) and group.stack[0].is_template
    return loaded in (method, "iterate") or (method == "len" and is_tested_first)


def _is_read(trace: Trace, group: QueryGroup) -> bool:
    """Whether reads were observed, and something of these rows was read; of values nobody knows."""
    has_rows = any(load.group == group.index for load in trace.loads)
    return trace.saw_reads and has_rows and not is_seen_unread(trace, group)


def is_seen_unread(trace: Trace, group: QueryGroup) -> bool:
    """Whether reads were observed, and nothing of these rows was read."""
    loads = [load for load in trace.loads if load.group == group.index]
    if not trace.saw_reads or not loads:
        return False
    return not any(
        load.is_escaped or load.columns_read or load.annotations_read or load.relations_read for load in loads
    )


def gathered_by_line(observation: Observation) -> Gathered | None:
    """The line that loads the rows: what several querysets are handed to is one edit."""
    line = observation.trigger
    if line is None or line.is_template:
        return None
    return Gathered(observation.model, line.path, function_name(line), line.line, line.column or 0)


def is_certainly_unread(observation: Observation, context: Context, measured: str) -> bool:
    """Whether the source shows that no row is read, or the trace has seen that none was."""
    [group] = context.groups(observation)
    place = group.stack[0]
    method = group.access.method if group.access is not None else ""
    if place.is_template:
        built = group.site.frame if group.site is not None else None
        if built == place:
            return method == measured and method in _SIZED and bool(_SIZED[method].search(place.source))
        # What a view hands over may be read in a branch that wasn't taken.
        is_seen = is_seen_unread(context.traces[observation.trace], group)
        return is_seen and handed_use(place, group.stack, built, context.sources) == measured
    source = context.sources.around(place)
    if method == "iterate":
        listed = find_listed(source, place) if source is not None else None
        return listed is not None and listed.use == measured
    is_seen = is_seen_unread(context.traces[observation.trace], group)
    return source is not None and is_unread(source, place, method, is_seen=is_seen)
