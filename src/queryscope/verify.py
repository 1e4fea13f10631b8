"""Seam: the strongest proof. Apply the edits to a copy of the project, run the same work again, compare."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from queryscope.errors import ReportError
from queryscope.model import Edit, Evidence, Finding, Fix, Level, Measure, Report

_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "*.pyc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one unit of work gave: how many queries, how long in the database, a digest of its output."""

    queries: int
    database_ms: float
    digest: str


def edited_copy(report: Report, target: Path, *, folder: str = "") -> tuple[Path, tuple[Fix, ...]]:
    """Copy the project (or one folder of it) to `target` and apply every edit that can be applied.

    Args:
        report: findings with edits; paths are relative to `report.run.root`.
        target: an empty or missing directory.
        folder: the part of the project to copy, relative to its root.

    Returns:
        The copy's root, and the fixes whose edits are in it.

    Raises:
        ReportError: a file changed since the report was made; the message names it.
    """
    root = Path(report.run.root)
    shutil.copytree(root / folder, target / folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
    applied: list[Fix] = []
    taken: list[Edit] = []
    for finding in report.findings:
        for fix in finding.fixes[:1]:
            if fix.edits and not any(_overlap(edit, other) for edit in fix.edits for other in taken):
                taken += fix.edits
                applied.append(fix)
    for path in {edit.path for edit in taken}:
        apply_edits(target / path, [edit for edit in taken if edit.path == path])
    return target, tuple(applied)


def apply_edits(file: Path, edits: Iterable[Edit]) -> None:
    """Apply the edits of one file, refusing a text that they were not made for.

    Raises:
        ReportError: the file changed since; the message names it.
    """
    with file.open(encoding="utf-8", newline="") as source:
        text = source.read()
    digest = hashlib.sha256(text.encode()).hexdigest()
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        if edit.source_sha256 != digest:
            raise ReportError(f"{edit.path} changed since the report was made. Profile again, then apply.")
        text = text[: edit.start] + edit.text + text[edit.end :]
    with file.open("w", encoding="utf-8", newline="") as target:
        target.write(text)


def _overlap(one: Edit, other: Edit) -> bool:
    return (
        one.path == other.path
        and one.start < max(other.end, other.start + 1)
        and other.start < max(one.end, one.start + 1)
    )


def with_outcomes(
    report: Report, before: Mapping[str, Outcome], after: Mapping[str, Outcome], applied: Iterable[Fix]
) -> Report:
    """The report with what the second run showed, for every fix that was applied.

    Args:
        before: outcomes by the label of the unit of work ("GET books/"), without the edits.
        after: the same with them.
        applied: as `edited_copy` returned them.
    """
    labels = {trace.id: trace.origin.label for trace in report.traces}
    tried = set(applied)
    rerun = _reader(before, after)
    findings = tuple(
        replace(
            finding,
            fixes=tuple(
                _judged(finding, fix, labels, rerun) if fix in tried else fix for fix in finding.fixes
            ),
        )
        for finding in report.findings
    )
    return replace(report, findings=findings)


def _reader(
    before: Mapping[str, Outcome], after: Mapping[str, Outcome]
) -> Callable[[str], tuple[Outcome, Outcome] | None]:
    def read(label: str) -> tuple[Outcome, Outcome] | None:
        return (before[label], after[label]) if label in before and label in after else None

    return read


def _judged(
    finding: Finding,
    fix: Fix,
    labels: Mapping[str, str],
    rerun: Callable[[str], tuple[Outcome, Outcome] | None],
) -> Fix:
    outcomes = rerun(labels[finding.worst.trace])
    if outcomes is None:
        return fix
    one, two = outcomes
    if one.digest != two.digest:
        note = "run again with this change: the output differs, look at it before you apply"
        return replace(fix, evidence=replace(fix.evidence, note=note))
    if two.queries >= one.queries:
        note = f"run again with this change: {one.queries} → {two.queries} queries, no gain"
        return replace(fix, evidence=replace(fix.evidence, note=note))
    evidence = Evidence(
        level=Level.RERUN,
        before=Measure(queries=one.queries, ms=one.database_ms),
        after=Measure(queries=two.queries, ms=two.database_ms),
        note="same output",
    )
    return replace(fix, evidence=evidence)
