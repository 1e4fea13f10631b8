"""A project of its own over the sample project's models, really run before and after its fix."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import queryscope
from queryscope.model import Finding, Report
from queryscope.verify import apply_edits

HEAD = """\
from django.db.models import Count
from django.shortcuts import get_object_or_404
from catalog.models import Brand, Category, Product, Tag
"""


# On a busy machine any query may be slow.
SETTINGS = {"explain": "off", "slow_ms": 60_000}


@dataclass
class Ran:
    """What a run of `f` gave."""

    report: Report
    output: Any

    @property
    def queries(self) -> int:
        return sum(group.count for trace in self.report.traces for group in trace.groups)

    @property
    def finding(self) -> Finding:
        [found] = self.report.findings
        return found

    @property
    def rules(self) -> list[str]:
        return [finding.rule for finding in self.report.findings]

    @property
    def fix(self) -> Any:
        return self.finding.fixes[0]


@dataclass
class Project:
    """A project of a few files in a folder; `shop/views.py` holds the function `f`."""

    root: Path
    files: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, *, path: str = "shop/views.py", **config: Any) -> Ran:
        with self._modules():
            f = _loaded(self.root / path, "shop_views").f
            with queryscope.profile("page", **(SETTINGS | {"root": str(self.root)} | config)) as run:
                output = f()
        return Ran(run.report, output)

    def line(self, text: str, path: str = "shop/views.py") -> int:
        """The only line that holds a text."""
        lines = (self.root / path).read_text().splitlines()
        [found] = [at for at, line in enumerate(lines, 1) if text in line]
        return found

    def apply(self, finding: Finding) -> None:
        edits = finding.fixes[0].edits
        assert edits, finding.fixes[0].caveat
        for path in {edit.path for edit in edits}:
            apply_edits(self.root / path, [edit for edit in edits if edit.path == path])
            # Files are told apart by their times: two writes may fall into one tick of the clock.
            later = (self.root / path).stat().st_mtime + 5
            os.utime(self.root / path, (later, later))

    def read(self, path: str = "shop/views.py") -> str:
        return (self.root / path).read_text()

    @contextmanager
    def _modules(self) -> Iterator[None]:
        known = set(sys.modules)
        sys.path.insert(0, str(self.root))
        try:
            yield
        finally:
            sys.path.remove(str(self.root))
            for name in set(sys.modules) - known:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(str(self.root)):
                    del sys.modules[name]


def project(folder: Path, text: str, *, head: str = HEAD, **files: str) -> Project:
    made = Project(folder)
    made.write("shop/views.py", head + dedent(text))
    for path, content in files.items():
        made.write(path, dedent(content))
    return made


def cured(made: Project, before: Ran) -> Ran:
    """Run again with the fix of its only finding: same output, fewer queries, no finding."""
    made.apply(before.finding)
    after = made.run()
    assert after.output == before.output
    assert after.queries == before.queries - before.finding.worst.avoidable_queries
    assert after.rules == []
    return after


def _loaded(file: Path, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(compile(file.read_text(), str(file), "exec"), module.__dict__)
    return module
