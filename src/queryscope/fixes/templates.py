"""Edits of template tags: one piece of a line gives way to another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from queryscope.fixes.source import unified_diff
from queryscope.fixes.sources import Sources
from queryscope.model import Edit, Fix, Frame


def template_fix(sources: Sources, frame: Frame, before: str, after: str) -> Fix:
    """Replace a piece of the tag at a template frame, where the line holds that piece once."""
    code = frame.source.replace(before, after)
    text = sources.text(frame.path)
    # As Django counts them: by line feeds alone.
    lines = re.findall(r"[^\n]*\n|[^\n]+", text or "")
    line = lines[frame.line - 1] if 0 < frame.line <= len(lines) else ""
    if text is None or line.count(before) != 1:
        caveat = f"No diff: {frame.path}:{frame.line} doesn't hold {before} once."
        return Fix(kinds=(), title="", code=code, caveat=caveat)
    start = sum(len(each) for each in lines[: frame.line - 1]) + line.index(before)
    changed = text[:start] + after + text[start + len(before) :]
    edit = Edit(
        path=frame.path,
        start=start,
        end=start + len(before),
        text=after,
        source_sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    diff = unified_diff(frame.path, text, changed)
    return Fix(kinds=(), title="", code=code, diff=diff, edits=(edit,))


def template_diff(path: str, text: str, edits: Sequence[Edit]) -> str:
    """A unified diff of several edits of one template."""
    changed = text
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        changed = changed[: edit.start] + edit.text + changed[edit.end :]
    return unified_diff(path, text, changed)
