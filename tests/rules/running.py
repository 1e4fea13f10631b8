"""Code that really runs, in a project of its own on the sample project's models: profile, edit, run again."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import queryscope
from queryscope.model import Finding, Fix, Report

PATH = "shop/views.py"
BY_SHAPE = {name: {"min_rows": 0} for name in ("distinct-after-join", "random-order")}


class Project:
    """One file of a project, whose function `f` is the work."""

    def __init__(self, root: Path, text: str, path: str = PATH) -> None:
        self.root = root
        self.path = path
        self.file = root / path
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.text = text

    @property
    def text(self) -> str:
        """The source as it stands."""
        return self.file.read_text()

    @text.setter
    def text(self, text: str) -> None:
        self.file.write_text(text)
        # A class is found in the file of its module.
        module = ModuleType(f"{self.root.name}_{self.file.stem}")
        module.__file__ = str(self.file)
        sys.modules[module.__name__] = module
        self.namespace = vars(module)
        exec(compile(text, str(self.file), "exec"), self.namespace)

    def run(self, *arguments: Any, **settings: Any) -> tuple[Any, Report]:
        """What the work gives, and what was found."""
        # On a busy machine any query may be slow once; and a test's tables are small.
        rules = {**BY_SHAPE, **settings.pop("rules", {})}
        overrides = {
            "root": str(self.root),
            "explain": "off",
            "slow_ms": 60_000.0,
            "rules": rules,
            **settings,
        }
        with queryscope.profile("work", **overrides) as run:
            result = self.namespace["f"](*arguments)
        return result, run.report

    def find(self, rule: str, *arguments: Any, **settings: Any) -> list[Finding]:
        """The findings of a rule."""
        return [each for each in self.run(*arguments, **settings)[1].findings if each.rule == rule]

    def apply(self, fix: Fix) -> None:
        """Make the edits of a fix."""
        assert fix.edits, fix.caveat
        text = self.text
        for edit in sorted(fix.edits, key=lambda each: each.start, reverse=True):
            assert edit.path == self.path
            text = text[: edit.start] + edit.text + text[edit.end :]
        self.text = text


def query_count(report: Report) -> int:
    """The queries of a run."""
    return sum(
        group.count for trace in report.traces for group in trace.groups if group.kind != "transaction"
    )
