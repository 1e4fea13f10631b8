"""Small applications: written to a file, run under a recorder, edited as a finding says, run again."""

from __future__ import annotations

import importlib.util
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from queryscope import profile
from queryscope.capture.state import FAULTS
from queryscope.model import Capture, Finding, Origin, Report
from queryscope.profiler import current_config, report_on

HEAD = """\
from django.db.models import Prefetch
from catalog.models import Brand, Category, Product, Tag
from orders.models import Customer, Order, OrderLine
from reviews.models import Comment, Review


"""
RULES = ("unused-select-related", "unused-prefetch-related", "unread-columns")


class Made:
    """One module of an application, in a folder of its own."""

    def __init__(self, folder: Path, text: str, **others: str) -> None:
        self.folder = folder
        self.file = folder / "shop" / "pages.py"
        self.file.parent.mkdir()
        self.file.write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
        for name, content in others.items():
            other = folder / "shop" / f"{name}.py"
            other.write_text(HEAD + textwrap.dedent(content), encoding="utf-8")
        self.captures: list[Capture] = []

    @property
    def config(self) -> Any:
        return current_config(root=str(self.folder), explain="off", trial_indexes=[])

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8").removeprefix(HEAD)

    def module(self) -> Any:
        spec = importlib.util.spec_from_file_location("shop_pages", self.file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    def run(
        self, *arguments: Any, name: str = "page", label: str = "", status: int | None = None, **more: Any
    ) -> Any:
        """Call a function of it in a unit of work; with a status, as the view of a request."""
        call: Callable[..., Any] = getattr(self.module(), name)
        with profile(label or name, root=str(self.folder), explain="off", trial_indexes=[], **more) as run:
            result = call(*arguments)
        assert FAULTS.count == 0
        assert run.capture is not None
        capture = run.capture
        if status is not None:
            origin = Origin(kind="request", label=label or name)
            capture = replace(capture, trace=replace(capture.trace, origin=origin, status=status))
        self.captures.append(capture)
        return result

    def report(self) -> Report:
        return report_on(self.captures, self.config)

    def found(self, rule: str = "") -> list[Finding]:
        """What the rules on unused loads tell of all units so far."""
        return [
            each for each in self.report().findings if each.rule == rule or (not rule and each.rule in RULES)
        ]

    def apply(self, finding: Finding) -> None:
        text = self.file.read_text(encoding="utf-8")
        for edit in sorted(finding.fixes[0].edits, key=lambda each: each.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        self.file.write_text(text, encoding="utf-8")


def cure(made: Made, *arguments: Any) -> tuple[Finding, int, int]:
    """Run, apply the only finding's edit, run again: the same output, no finding left."""
    with CaptureQueriesContext(connection) as before:
        first = made.run(*arguments)
    [finding] = made.found()
    assert finding.fixes[0].diff, finding.fixes[0].caveat
    made.apply(finding)
    made.captures.clear()
    with CaptureQueriesContext(connection) as after:
        assert made.run(*arguments) == first
    assert not made.report().findings
    return finding, len(before), len(after)


def messages(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(each.rule, each.message) for each in findings]
