"""Seam: the strongest proof. Apply the edits to a copy of the project, run the same work again, compare."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from queryscope.errors import ReportError
from queryscope.fixes.together import continues, joined
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

    What several fixes add at one place is made as one edit. Of others that overlap the first is applied;
    edits of files outside of the copy are left alone.

    Args:
        report: findings with edits; paths are relative to `report.run.root`.
        target: an empty or missing directory outside of the project.
        folder: the part of the project to copy, relative to its root.

    Returns:
        The copy's root, and the fixes whose edits are in it.

    Raises:
        ReportError: a file changed since the report was made, or can't be copied; the message names it.
    """
    root, target = Path(report.run.root).resolve(), target.resolve()
    if target.is_relative_to(root / folder):
        raise ReportError(f"The copy can't be made at {str(target)!r}, inside of what it copies.")
    _copy(root / folder, target / folder)
    fixes = [
        fix
        for fix in first_fixes(report)
        if fix.edits and all(_is_copied(edit, root, target, folder) for edit in fix.edits)
    ]
    applied, taken = choose_edits(fixes)
    for path in dict.fromkeys(edit.path for edit in taken):
        apply_edits(target / path, [edit for edit in taken if edit.path == path])
    return target, applied


def first_fixes(report: Report) -> list[Fix]:
    """The fix of each finding."""
    return [finding.fixes[0] for finding in report.findings if finding.fixes]


def choose_edits(fixes: Iterable[Fix]) -> tuple[tuple[Fix, ...], tuple[Edit, ...]]:
    """The fixes whose edits can be made together, and these edits; of fixes that overlap the first.

    What several fixes hold (an import that all of them need) is made once. Of what several add at one place
    one edit is made that adds all of it.

    Args:
        fixes: those of the findings, in rank order.
    """
    chosen: list[Fix] = []
    taken: list[Edit] = []
    for fix in fixes:
        if any(_overlap(*pair) for pair in combinations(fix.edits, 2)):
            continue
        together = _with(taken, fix.edits)
        if together is not None:
            taken = together
            chosen.append(fix)
    return tuple(chosen), tuple(taken)


def _with(taken: Sequence[Edit], edits: Iterable[Edit]) -> list[Edit] | None:
    """All these edits; None where one of them overlaps what is taken and can't be joined with it."""
    every = list(taken)
    for edit in edits:
        overlapping = [each for each in every if _overlap(each, edit)]
        # To indent a line twice is not what each of two blocks around it means.
        if edit in overlapping and edit.text.strip():
            continue
        for each in overlapping:
            both = joined(each, edit)
            if both is None:
                return None
            every.remove(each)
            edit = both
        every.append(edit)
    return every


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target, symlinks=True, ignore=_left_out, dirs_exist_ok=True)
        for link in target.rglob("*"):
            if link.is_symlink() and not link.exists():  # a relative one that leads out of the copy
                link.unlink()
                link.symlink_to(os.path.realpath(source / link.relative_to(target)))
    except OSError as error:  # shutil.Error holds one entry for each file
        first = error.args[0][0][0] if isinstance(error, shutil.Error) else error.filename
        raise ReportError(f"{str(first)!r} can't be copied. Make it readable, or move it away.") from error


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Hidden files, caches, and what is neither file nor folder: copying a pipe would wait for a writer."""
    paths = {name: Path(folder, name) for name in names}
    odd = {name for name, path in paths.items() if path.exists() and not (path.is_file() or path.is_dir())}
    return _LEFT_OUT(folder, names) | odd


def _is_copied(edit: Edit, root: Path, target: Path, folder: str) -> bool:
    """Edits of other files are left alone: paths outside of the project are absolute, links lead anywhere."""
    file = Path(os.path.realpath(target / edit.path))
    return file.is_relative_to(target / folder) and (file.is_file() or not (root / edit.path).exists())


def apply_edits(file: Path, edits: Iterable[Edit]) -> None:
    """Apply the edits of one file, refusing a text that they were not made for.

    Raises:
        ReportError: the file changed since; the message names it.
    """
    _, text = edited_text(file, edits)
    file.chmod(file.stat().st_mode | stat.S_IWUSR)
    file.write_bytes(text.encode())


def edited_text(file: Path, edits: Iterable[Edit]) -> tuple[str, str]:
    """The text of a file, and the same with its edits.

    Raises:
        ReportError: the file changed since; the message names it.
    """
    edits = sorted(edits, key=lambda each: each.start, reverse=True)
    data = file.read_bytes() if file.is_file() else b""
    digest = hashlib.sha256(data).hexdigest()
    for edit in edits:
        if edit.source_sha256 != digest:
            raise ReportError(f"{edit.path} changed since the report was made. Profile again, then apply.")
    before = text = data.decode()
    for edit in edits:
        text = text[: edit.start] + edit.text + text[edit.end :]
    return before, text


def _overlap(one: Edit, other: Edit) -> bool:
    return (
        one.path == other.path
        and one.start < max(other.end, other.start + 1)
        and other.start < max(one.end, one.start + 1)
    ) or continues(*sorted((one, other), key=lambda each: each.start))


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

    def judged(finding: Finding, fix: Fix) -> Fix:
        label = labels.get(finding.worst.trace, "")
        if fix not in tried or label not in before or label not in after:
            return fix
        return replace(fix, evidence=_evidence(fix.evidence, before[label], after[label]))

    findings = (
        replace(finding, fixes=tuple(judged(finding, fix) for fix in finding.fixes))
        for finding in report.findings
    )
    return replace(report, findings=tuple(findings))


def _evidence(known: Evidence, one: Outcome, two: Outcome) -> Evidence:
    if one.digest != two.digest:
        note = "run again with this change: the output differs, look at it before you apply"
        return replace(known, note=note)
    if two.queries >= one.queries:
        return replace(
            known, note=f"run again with this change: {one.queries} → {two.queries} queries, no gain"
        )
    return Evidence(
        level=Level.RERUN,
        before=Measure(queries=one.queries, ms=one.database_ms),
        after=Measure(queries=two.queries, ms=two.database_ms),
        note="same output",
    )
