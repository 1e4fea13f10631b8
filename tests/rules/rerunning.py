"""Run the code of a little project under a profile, and once more with the edits of its findings applied."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.template import Context, Engine

import queryscope
from queryscope.model import Finding, Report, Trace
from queryscope.verify import apply_edits

PACKAGES = ("catalog", "orders", "reviews")


@dataclass(frozen=True)
class Run:
    """What one run of `f()` gave."""

    result: Any
    report: Report

    @property
    def trace(self) -> Trace:
        return self.report.traces[0]

    @property
    def queries(self) -> int:
        return sum(group.count for group in self.trace.groups if group.kind != "transaction")

    @property
    def rules(self) -> list[str]:
        return [finding.rule for finding in self.report.findings]

    def finding(self, rule: str) -> Finding:
        found = [each for each in self.report.findings if each.rule == rule]
        assert len(found) == 1, [(each.rule, each.message) for each in self.report.findings]
        return found[0]


def run(folder: Path, text: str = "", *, name: str = "shop_views", **files: str) -> Run:
    """Write a module (and templates: `page_html="…"`), run its `f()` under a profile."""
    for template, content in files.items():
        (folder / template.replace("_html", ".html")).write_text(content, encoding="utf-8")
    path = folder / f"{name}.py"
    if text:
        path.write_text(text, encoding="utf-8")
    sys.modules.pop(name, None)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    engine = Engine(dirs=[str(folder)])
    module.__dict__["render"] = lambda page, **context: engine.get_template(page).render(Context(context))
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    with queryscope.profile(root=str(folder), packages=PACKAGES) as profiled:
        result = module.f()
    return Run(result, profiled.report)


def rerun(folder: Path, finding: Finding, *, name: str = "shop_views") -> Run:
    """Apply the edits of a finding's fix, and run again."""
    edits = finding.fixes[0].edits
    for path in dict.fromkeys(edit.path for edit in edits):
        apply_edits(folder / path, [edit for edit in edits if edit.path == path])
    return run(folder, name=name)
