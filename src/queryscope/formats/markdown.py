"""Markdown: the same cards for a pull request or a ticket; inert against hostile names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from queryscope.formats.inert import inert, inert_block
from queryscope.formats.words import (
    allowed_in_words,
    gain,
    place,
    promise,
    proof,
    removal_in_words,
    scope,
    seen_in,
    title,
    verdict,
)
from queryscope.model import Finding, Fix, Report

TOP = 50
REMOVALS = 10
# Everything that Markdown, its tables, its mentions or HTML could act on.
_ACTIVE = re.compile(r"[\\`*_{}\[\]()<>#+!|~@&$:]|(?<=\w)\.(?=\w)|^[-=]")


def render(report: Report) -> str:
    """The verdict, then a card for each of the first 50 findings."""
    lines = [f"## queryscope: {escape(verdict(report))}", "", escape(scope(report))]
    if promise(report):
        lines += ["", f"**{escape(promise(report))}.**"]
    lines += ["", *(f"- Not seen: {escape(text)}" for text in report.run.missing)]
    lines += [f"- Note: {escape(text)}" for text in report.run.notes]
    lines += [f"- Allowed: {escape(allowed_in_words(each))}" for each in report.allowed]
    lines += [f"- Index that can go: {escape(removal_in_words(each))}" for each in report.removals[:REMOVALS]]
    if len(report.removals) > REMOVALS:
        lines.append(f"- … and {len(report.removals) - REMOVALS} more indexes that can go")
    for finding in report.findings[:TOP]:
        lines += ["", *card(finding, report)]
    if len(report.findings) > TOP:
        lines += ["", f"… and {len(report.findings) - TOP} more findings."]
    return "\n".join(lines).rstrip() + "\n"


def card(finding: Finding, report: Report) -> Iterator[str]:
    """One finding: why, change, trigger, fix, effect, evidence, seen in."""
    status = f"{finding.status}: " if finding.status else ""
    yield f"### {status}{escape(title(finding))} ({gain(finding.worst)})"
    yield ""
    yield f"{escape(finding.message)} *{finding.confidence}*, {code(finding.id)}"
    yield ""
    yield f"- Change: {code(place(finding))}"
    if finding.trigger:
        trigger = f"- Trigger: {code(f'{finding.trigger.path}:{finding.trigger.line}')}"
        yield trigger + (f" {code(finding.trigger.source)}" if finding.trigger.source else "")
    if seen_in(finding, report):
        yield f"- Seen in: {escape(seen_in(finding, report))}"
    for fix in finding.fixes[:1]:
        yield from _fix(fix)


def _fix(fix: Fix) -> Iterator[str]:
    yield f"- Evidence: {escape(proof(fix.evidence))}"
    if fix.caveat:
        yield f"- Mind: {escape(fix.caveat)}"
    yield ""
    if fix.diff or fix.code:
        yield fence(fix.diff, "diff") if fix.diff else fence(fix.code, "python")


def escape(text: str) -> str:
    """Plain text that stays plain text: every active character as a character reference."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match.group())};", inert(text))


def code(text: str) -> str:
    """An inline code span that its content cannot close."""
    clean = inert(text)
    ticks = "`" * (_longest_run(clean) + 1)
    pad = " " if clean.startswith("`") or clean.endswith("`") else ""
    return f"{ticks}{pad}{clean}{pad}{ticks}"


def fence(text: str, language: str) -> str:
    """A code block that its content cannot close."""
    clean = inert_block(text).rstrip("\n")
    ticks = "`" * max(3, _longest_run(clean) + 1)
    return f"{ticks}{language}\n{clean}\n{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
