"""Seam: all edits of a report as one unified diff, for `git apply`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from queryscope.errors import ReportError
from queryscope.fixes.line_limit import configured_limit, line_limit
from queryscope.fixes.source import unified_diff
from queryscope.fixes.wrapping import wrapped
from queryscope.model import Fix, Report
from queryscope.verify import choose_edits, edited_text, first_fixes


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """The diff, and what isn't in it."""

    text: str  # "" where no fix has an edit that can be made
    base: str  # folder from which it applies
    fixes: int  # how many are in it
    without_edit: int  # findings that only say what to do
    overlapping: int  # fixes that touch what another one changes
    notes: tuple[str, ...] = ()  # files that changed since


def patch_of(report: Report, folder: Path) -> Patch:
    """All edits of a report together; of fixes that overlap the first.

    Args:
        report: paths are relative to `report.run.root`.
        folder: where `git apply` will run: paths are relative to it, or to the root where a file is outside.
    """
    root = Path(report.run.root)
    fixes = first_fixes(report)
    edited = [fix for fix in fixes if fix.edits]
    current, notes = _current(edited, root)
    chosen, edits = choose_edits(current)
    paths = sorted({edit.path for edit in edits})
    base = _base(root, folder, paths)
    pieces = []
    for path in paths:
        before, after = edited_text(root / path, [edit for edit in edits if edit.path == path])
        if path.endswith(".py"):
            limit = line_limit(before, configured_limit(lambda name: _read(root / name), path))
            after = wrapped(before, after, limit)
        pieces.append(unified_diff(_relative(root / path, base), before, after))
    return Patch(
        text="".join(pieces),
        base=str(base),
        fixes=len(chosen),
        without_edit=len(report.findings) - len(edited),
        overlapping=len(current) - len(chosen),
        notes=notes,
    )


def _current(fixes: list[Fix], root: Path) -> tuple[list[Fix], tuple[str, ...]]:
    """The fixes of files that still are what they were, and what is to say of the others."""
    kept = []
    notes: dict[str, None] = {}
    for fix in fixes:
        try:
            for path in {edit.path for edit in fix.edits}:
                edited_text(root / path, [edit for edit in fix.edits if edit.path == path])
        except (ReportError, UnicodeDecodeError) as error:
            notes[str(error)] = None
        else:
            kept.append(fix)
    return kept, tuple(notes)


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _base(root: Path, folder: Path, paths: list[str]) -> Path:
    """`git apply` takes paths from where it runs, and passes over what lies outside."""
    below = os.path.realpath(folder)
    is_below = all(Path(os.path.realpath(root / path)).is_relative_to(below) for path in paths)
    return Path(below) if is_below else root


def _relative(file: Path, base: Path) -> str:
    return Path(os.path.relpath(os.path.realpath(file), os.path.realpath(base))).as_posix()
