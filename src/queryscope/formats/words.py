"""The words that every format uses for the same thing: titles, the verdict, effect and evidence."""

from __future__ import annotations

from queryscope.formats.numbers import count, milliseconds, percent, plural, queries
from queryscope.formats.totals import (
    confidences,
    database_ms,
    query_count,
    removable_share,
    statuses,
)
from queryscope.model import (
    AllowedFinding,
    Evidence,
    Finding,
    IndexRemoval,
    Level,
    Occurrence,
    Report,
    Run,
    Trace,
)

# Where the rule's own name, with spaces for hyphens, would read badly.
_TITLES = {"n-plus-one": "N+1", "latent-n-plus-one": "Latent N+1"}

LEVELS = {
    Level.RERUN: "run again with this change",
    Level.TIMED: "the index was built, the query timed, all rolled back",
    Level.PLANNED: "the planner would choose it at production size; not timed",
    Level.USABLE: "it can serve this query; the gain was not measured",
    Level.NONE: "not tried; the effect is counted from the queries that ran",
}
_UNKNOWN = "not tried; the gain was not measured"
SIGNS = {
    Level.RERUN: "✓",
    Level.TIMED: "✓",
    Level.PLANNED: "~",
    Level.USABLE: "~",
    Level.NONE: "○",
}
VERDICTS = {"fail": "✕ FAIL", "pass": "✓ PASS", "incomplete": "! INCOMPLETE", "none": "No gate"}
ORIGINS = {
    "request": ("route", "routes"),
    "test": ("test", "tests"),
    "command": ("command", "commands"),
    "task": ("task", "tasks"),
    "block": ("block", "blocks"),
}


def rule_title(rule: str) -> str:
    """`n-plus-one` as `N+1`, `slow-query` as `Slow query`."""
    return _TITLES.get(rule) or rule.replace("-", " ").capitalize()


def subjects(finding: Finding) -> tuple[str, ...]:
    """What a finding speaks of: `Book.author.publisher`, or the model where no relation is meant."""
    model = finding.model.partition(".")[2] or finding.model
    return tuple(f"{model}.{path.replace('__', '.')}" for path in finding.relations) or (
        (model,) if model else ()
    )


def title(finding: Finding) -> str:
    """`N+1 on Book.author, Book.tags`."""
    named = subjects(finding)
    return f"{rule_title(finding.rule)} on {', '.join(named)}" if named else rule_title(finding.rule)


def gain(occurrence: Occurrence) -> str:
    """What a fix saves, `−80 queries`; else the time that the finding is about, and ranked by: `104 ms`."""
    if occurrence.avoidable_queries:
        return f"−{queries(occurrence.avoidable_queries)}"
    return milliseconds(occurrence.duration_ms) if occurrence.duration_ms > 0 else "not measured"


def allowed_in_words(allowed: AllowedFinding) -> str:
    """`n-plus-one at shop/views.py:4: five rows at most`."""
    reason = allowed.allow.reason or f"no reason is given at {allowed.allow.origin}"
    return f"{allowed.finding.rule} at {place(allowed.finding)}: {reason}"


def removal_in_words(removal: IndexRemoval) -> str:
    """`shop_order_a of shop_order: shop_order_a_b begins with the same keys …`."""
    unsure = "" if removal.confidence == "certain" else f" ({removal.confidence})"
    return f"{removal.name} of {removal.relation}{unsure}: {removal.reason}"


def place(finding: Finding) -> str:
    """`shop/views.py:4`, or what is known instead."""
    if finding.location:
        return f"{finding.location.path}:{finding.location.line}"
    if finding.trigger:
        return f"{finding.trigger.path}:{finding.trigger.line}"
    return "no line of the application"


def badge(run: Run) -> str:
    """`✕ FAIL (n-plus-one)`: the verdict, and the gate that it is about."""
    named = ", ".join(run.breached or run.gate)
    return f"{VERDICTS[run.verdict]} ({named})" if named else VERDICTS[run.verdict]


def verdict(report: Report) -> str:
    """`✕ FAIL (n-plus-one) – 2 new, 1 worse, 37 known`."""
    return f"{badge(report.run)} – {tally(report)}"


def tally(report: Report) -> str:
    """How many findings of which kind; by status where a baseline was there, else by confidence."""
    if not report.findings:
        return "no findings"
    counts = statuses(report.findings)
    if any(counts.values()):
        return ", ".join(f"{count(number)} {name}" for name, number in counts.items() if number)
    kinds = [
        plural(number, name) if name == "idea" else f"{count(number)} {name}"
        for name, number in confidences(report.findings).items()
        if number
    ]
    return f"{plural(len(report.findings), 'finding')} ({', '.join(kinds)})"


def promise(report: Report) -> str:
    """`Fixing the top 3 removes 61 % of the queries`; empty where that would be nothing."""
    top = min(3, sum(finding.worst.avoidable_queries > 0 for finding in report.findings[:3]))
    share = removable_share(report, top=3)
    if not top or share < 0.005:
        return ""
    which = "the first finding" if top == 1 else f"the top {min(3, len(report.findings))}"
    return f"Fixing {which} removes {percent(share)} of the queries"


def scope(report: Report) -> str:
    """`86 routes, 29 tests (13 with queries) · 104 212 queries · 41.8 s in the database`."""
    units = []
    for kind, (one, many) in ORIGINS.items():
        labels = {trace.origin.label for trace in report.traces if trace.origin.kind == kind}
        if kind == "test" and report.run.tests:
            units.append(_tests(report))
        elif labels:
            units.append(plural(len(labels), one, many))
    total = sum(query_count(trace) for trace in report.traces)
    spent = sum(database_ms(trace) for trace in report.traces)
    return f"{', '.join(units) or 'nothing ran'} · {queries(total)} · {milliseconds(spent)} in the database"


def _tests(report: Report) -> str:
    # The requests of a test are units of their own: their queries are the test's too.
    asking = {trace.origin.parent or trace.origin.label for trace in report.traces if query_count(trace)}
    total = max(report.run.tests, len(asking))
    told = plural(total, *ORIGINS["test"])
    return told if len(asking) == total else f"{told} ({count(len(asking))} with queries)"


def seen_in(finding: Finding, report: Report) -> str:
    """`GET books/ · 12 tests`: the units of work where it was met, the one that is named being the worst."""
    origins = {trace.id: trace.origin for trace in report.traces}
    met = [origins[item.trace] for item in finding.occurrences or (finding.worst,) if item.trace in origins]
    parts = []
    for kind, (one, many) in ORIGINS.items():
        labels = sorted({origin.label for origin in met if origin.kind == kind})
        if labels:
            parts.append(labels[0] if len(labels) == 1 else plural(len(labels), one, many))
    return " · ".join(parts)


def counted(evidence: Evidence) -> tuple[int, int] | None:
    """Queries before and after, where they are worth a word.

    The trial of an index runs one and one; a fix that saves no queries but time or rows was counted in vain.
    """
    before, after = evidence.before, evidence.after
    if before is None or after is None or before.queries is None or after.queries is None:
        return None
    if before.queries == after.queries and evidence.level is Level.NONE:
        return None
    is_all = before.ms is None and before.blocks is None
    return (before.queries, after.queries) if is_all or before.queries != after.queries else None


def sentence(text: str) -> str:
    """`same output` as `Same output.`."""
    text = text.strip()
    return text and text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


def comparison(evidence: Evidence) -> str:
    """`122 → 42 queries, 94 → 61 ms, 5 800 → 12 blocks`; only what both sides have."""
    before, after = evidence.before, evidence.after
    if before is None or after is None:
        return ""
    parts = []
    if number := counted(evidence):
        parts.append(f"{count(number[0])} → {queries(number[1])}")
    if before.ms is not None and after.ms is not None:
        left, right = milliseconds(before.ms), milliseconds(after.ms)
        parts.append(f"{left.removesuffix(' ms') if right.endswith(' ms') else left} → {right}")
    if before.blocks is not None and after.blocks is not None:
        parts.append(f"{count(before.blocks)} → {plural(after.blocks, 'block')}")
    return ", ".join(parts)


def meaning(evidence: Evidence) -> str:
    """What the level means; of a fix that wasn't tried and saves no queries, that nobody knows its gain."""
    is_unknown = evidence.level is Level.NONE and not comparison(evidence)
    return _UNKNOWN if is_unknown and evidence.before is not None else LEVELS[evidence.level]


def proof(evidence: Evidence) -> str:
    """`✓ re-run: 122 → 42 queries. Same output.`: the level first, then its numbers, never more."""
    parts = [part for part in (comparison(evidence), meaning(evidence)) if part]
    note = f". {sentence(evidence.note)}" if evidence.note else ""
    return f"{SIGNS[evidence.level]} {evidence.level}: {'; '.join(parts)}{note}"


def on_connections(trace: Trace) -> str:
    """`1 connection opened, 12.0 ms · 3 transactions begun, 2 commits, 1 rollback, 4.1 ms`, or nothing."""
    parts = []
    opened = [event for event in trace.connections if event.kind == "connect"]
    if opened:
        pooled = sum(event.is_pooled for event in opened)
        source = f" ({count(pooled)} from a pool)" if pooled else ""
        spent = milliseconds(sum(event.duration_ms for event in opened))
        parts.append(f"{plural(len(opened), 'connection')} opened{source}, {spent}")
    bounds = [event for event in trace.connections if event.kind in ("begin", "commit", "rollback")]
    if bounds:
        kinds = [event.kind for event in bounds]
        told = [
            f"{plural(kinds.count('begin'), 'transaction')} begun",
            plural(kinds.count("commit"), "commit"),
            plural(kinds.count("rollback"), "rollback"),
            milliseconds(sum(event.duration_ms for event in bounds)),
        ]
        parts.append(", ".join(told))
    return " · ".join(parts)
