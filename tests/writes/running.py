"""Application code that is really run: a module of its own folder, profiled on the test database."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import queryscope
from queryscope.examine import models_of
from queryscope.model import Finding, Report

HEAD = """\
import time

from django.db import connection, transaction
from django.db.models import F, Model

from catalog.models import Brand, Category, Collection, Company, Product, Stock, Tag
from orders.models import Order, OrderLine
from reviews.models import Review, Vote

"""
PATH = "shop/jobs.py"


class Ran:
    """What one run of the code gave: result, report, and the module's text."""

    def __init__(self, result: Any, report: Report, text: str) -> None:
        self.result = result
        self.report = report
        self.text = text

    @property
    def trace(self) -> Any:
        return self.report.traces[0]

    @property
    def queries(self) -> int:
        return sum(group.count for group in self.trace.groups if group.kind != "transaction")

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(each.rule, each.message) for each in self.report.findings]

    def only(self, rule: str) -> Finding:
        """The one finding, which is that rule's."""
        assert [each.rule for each in self.report.findings] == [rule], self.told
        return self.report.findings[0]

    def line(self, text: str) -> int:
        """The number of the only line with that text."""
        [found] = [at for at, line in enumerate(self.text.splitlines(), 1) if text in line]
        return found

    def applied(self) -> str:
        """The module with the edits of all findings."""
        text = self.text
        edits = [edit for each in self.report.findings for fix in each.fixes for edit in fix.edits]
        assert edits, [fix.caveat for each in self.report.findings for fix in each.fixes]
        for edit in sorted(edits, key=lambda each: each.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text


def load(folder: Path, text: str, path: str = PATH) -> ModuleType:
    """A module of that text, in a project of its own."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("shop_jobs_under_test", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def run(
    folder: Path,
    code: str,
    *args: Any,
    path: str = PATH,
    prepare: Callable[[ModuleType], object] = lambda module: None,
    **more: Any,
) -> Ran:
    """Call `job` of that code under a profile; `more` are settings, `prepare` is given the module before."""
    text = code if code.startswith(HEAD) else HEAD + code
    module = load(folder, text, path)
    prepare(module)
    models_of.cache_clear()  # of what listens to signals
    job: Callable[..., Any] = module.job
    with queryscope.profile("job", root=str(folder), explain="off", **more) as profiled:
        result = job(*args)
    report = profiled.report
    models_of.cache_clear()
    return Ran(result, report, text)
