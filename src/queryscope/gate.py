"""Room: a gate, when asked for, turns a report into pass, fail or incomplete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from queryscope.config import Config, nearest
from queryscope.errors import ConfigError
from queryscope.model import Finding, Report
from queryscope.rules import finding_rules

CERTAIN = "certain"
NEW = "new"
# Names of tests, and the rules that are allowed there.
Allowed = Mapping[str, frozenset[str]]


def read_gate(asked: str | Sequence[str], config: Config) -> tuple[str, ...]:
    """What a gate fails on: `certain`, or names of rules, separated by commas.

    Raises:
        ConfigError: an unknown name, which is shown with the nearest valid one.
    """
    texts = [asked] if isinstance(asked, str) else list(asked)
    names = tuple(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))
    if not names and any(texts):
        raise ConfigError(f"A gate needs 'certain' or names of rules, not {asked!r}.")
    valid = [CERTAIN, *finding_rules(config)]
    for name in names:
        if name == NEW:
            raise ConfigError(
                "A gate on 'new' needs a baseline, which this version can't keep yet. "
                "Gate on 'certain' or on names of rules."
            )
        if name not in valid:
            raise ConfigError(f"Can't gate on {name!r}. {nearest(name, valid)}")
    return names


def breaches(report: Report, gate: Sequence[str], allowed: Allowed | None = None) -> tuple[Finding, ...]:
    """The findings that the gate doesn't let through."""
    labels = {trace.id: trace.origin.parent or trace.origin.label for trace in report.traces}
    return tuple(
        finding
        for finding in report.findings
        if _is_judged(finding, gate) and not _is_allowed(finding, labels, allowed or {})
    )


def judge(
    report: Report, gate: Sequence[str], *, incomplete: Sequence[str] = (), allowed: Allowed | None = None
) -> Report:
    """The report with its verdict.

    Args:
        report: what was found.
        gate: as `read_gate` gives it; empty: nothing is judged.
        incomplete: what keeps the gate from judging, in words.
        allowed: rules that single tests are allowed to break.
    """
    missing = tuple(dict.fromkeys((*report.run.missing, *incomplete)))
    run = replace(report.run, gate=tuple(gate), missing=missing)
    if found := breaches(report, gate, allowed):
        breached = tuple(name for name in gate if any(_is_judged(finding, (name,)) for finding in found))
        run = replace(run, verdict="fail", breached=breached)
    elif incomplete:
        run = replace(run, verdict="incomplete")
    elif gate and run.verdict != "incomplete":
        run = replace(run, verdict="pass")
    return replace(report, run=run)


def _is_judged(finding: Finding, gate: Sequence[str]) -> bool:
    if finding.confidence == "certain" and CERTAIN in gate:
        return True
    return finding.confidence != "idea" and finding.rule in gate


def _is_allowed(finding: Finding, labels: Mapping[str, str], allowed: Allowed) -> bool:
    places = [labels.get(occurrence.trace, "") for occurrence in finding.occurrences or (finding.worst,)]
    return all(finding.rule in allowed.get(place, ()) for place in places)
