"""Runs situations under queryscope, and says what it reports in the words of the scoring."""

from __future__ import annotations

import ast
import contextlib
import hashlib
from pathlib import Path
from typing import Any

from django.http import Http404
from performing import around, perform
from scoring import Reported
from situation import PROJECT, Situation

import queryscope
from queryscope.model import Capture, Finding, Fix
from queryscope.profiler import current_config, report_on

SETTINGS: dict[str, Any] = {"reads": True, "slow_ms": 10_000, "root": str(PROJECT)}


def findings_of(situation: Situation) -> tuple[list[Reported], int]:
    """What queryscope reports of all runs of a situation together, and how many queries they made."""
    captures: list[Capture] = []
    settings = {**SETTINGS, **situation.settings}
    for arguments in situation.runs:
        with around(situation):
            run = queryscope.profile(situation.slug, **settings)
            with contextlib.suppress(Http404), run:  # a page that isn't there is a page too
                perform(situation.subject, arguments)
            assert run.capture is not None
            captures.append(run.capture)
    report = report_on(captures, current_config(**settings))
    queries = sum(group.count for capture in captures for group in capture.trace.groups)
    return [reported(finding) for finding in report.findings], queries


def reported(finding: Finding) -> Reported:
    """What of a finding is judged."""
    fix = finding.fixes[0] if finding.fixes else None
    said = [finding.message]
    for one in finding.fixes:
        said += [one.title, one.code, one.caveat]
        said += [line for line in one.diff.splitlines() if line.startswith("+")]
    return Reported(
        rule=finding.rule,
        path=finding.location.path if finding.location else "",
        line=finding.location.line if finding.location else 0,
        model=finding.model,
        relations=finding.relations,
        message=finding.message,
        kinds=fix.kinds if fix else (),
        code=fix.code if fix else "",
        alternatives=tuple(one.code for one in finding.fixes[1:]),
        text="\n".join(said),
        has_edits=bool(fix and fix.edits),
        is_broken=any(not parses(one) for one in finding.fixes),
    )


def parses(fix: Fix) -> bool:
    """The files are Python still when the fix has been applied."""
    for path in {edit.path for edit in fix.edits}:
        file = PROJECT / path
        source = file.read_bytes()
        text = source.decode()
        for edit in sorted((one for one in fix.edits if one.path == path), key=lambda one: -one.start):
            if edit.source_sha256 != hashlib.sha256(source).hexdigest():
                return False
            text = text[: edit.start] + edit.text + text[edit.end :]
        if Path(path).suffix == ".py":
            try:
                ast.parse(text)
            except SyntaxError:
                return False
    return True
