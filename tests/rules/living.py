"""Code that is really run against the database, judged by all trace rules, edited, and run again."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

from django.template import Context, Engine

from queryscope.analysis import conclude
from queryscope.capture.codes import Codes
from queryscope.capture.finish import finish
from queryscope.capture.introspect import read_models
from queryscope.capture.project import find_project
from queryscope.capture.recorder import Recorder
from queryscope.config import Config
from queryscope.model import Capture, Finding, Fix, Origin, Run, Trace
from queryscope.rules import run_rules, trace_rules
from queryscope.verify import apply_edits

IMPORTS = """\
from time import sleep
from catalog.models import Brand, Category, Product, Stock, Tag
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.db import transaction
from orders.models import Customer, Order, OrderLine
from reviews.models import Review
"""
_numbers = itertools.count()


class Project:
    """A project of one module, `shop/views.py`, and the templates beside it."""

    def __init__(self, folder: Path, text: str, templates: dict[str, str]) -> None:
        self.folder = folder
        self.views = folder / "shop" / "views.py"
        self.views.parent.mkdir(parents=True, exist_ok=True)
        self.views.write_text(IMPORTS + "\n\n" + dedent(text).lstrip("\n"))
        for name, template in templates.items():
            path = folder / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(template)
        self.output: Any = None
        self.trace: Trace
        self.findings: tuple[Finding, ...] = ()

    @property
    def text(self) -> str:
        """The module as it is now, without what every module imports."""
        return self.views.read_text().removeprefix(IMPORTS).lstrip("\n")

    @property
    def queries(self) -> int:
        return sum(group.count for group in self.trace.groups if group.kind != "transaction")

    def read(self, path: str) -> str | None:
        file = self.folder / path
        return file.read_text() if file.is_file() else None

    def run(self, **config: Any) -> Project:
        """Call `f` of the module, and judge what it ran."""
        self.engine = Engine(dirs=[str(self.folder / "templates")])
        module = self._load()
        with self._recorded(**config) as recorder:
            result = module.f()
            self.output = asyncio.run(result) if inspect.iscoroutine(result) else result
        self.trace, _ = finish(recorder)
        self.findings = conclude(
            [Capture(trace=self.trace)],
            run=Run(queryscope="0", python="3", django="5", postgresql="", root=str(self.folder)),
            models=read_models(find_project(str(Path(__file__).resolve().parents[2]))),
            rules=trace_rules(Config(slow_ms=60_000.0)),  # a busy machine is no finding
            run_rules=run_rules(Config()),
            read_source=self.read,
        ).findings
        return self

    def _load(self) -> Any:
        name = f"shop_views_{next(_numbers)}"
        spec = importlib.util.spec_from_file_location(name, self.views)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        module.render = self.render
        exec(compile(self.views.read_text(), str(self.views), "exec"), module.__dict__)
        return module

    def render(self, name: str, context: dict[str, Any]) -> str:
        """A template of the project."""
        return self.engine.get_template(name).render(Context(context))

    @contextmanager
    def _recorded(self, **config: Any) -> Iterator[Recorder]:
        codes = Codes(find_project(str(self.folder)))
        with Recorder(Origin(kind="block", label="f"), Config(**config), codes) as recorder:
            yield recorder

    @property
    def told(self) -> list[str]:
        return [finding.rule for finding in self.findings]

    def fix(self, rule: str) -> Fix:
        """The fix of the only finding, which is that rule's."""
        assert self.told == [rule], [(each.rule, each.message) for each in self.findings]
        return self.findings[0].fixes[0]

    def cured(self, rule: str) -> Project:
        """The project with the fix applied, run again: the same output, fewer queries or rows, no finding."""
        fix, before, queries = self.fix(rule), self.output, self.queries
        assert fix.diff, (fix.code, fix.caveat)
        for path in {edit.path for edit in fix.edits}:
            apply_edits(self.folder / path, [edit for edit in fix.edits if edit.path == path])
        self.run()
        assert self.output == before, (before, self.output)
        assert self.queries < queries or fix.kinds == ("rewrite",), (queries, self.queries)
        assert not self.told, [(each.rule, each.message) for each in self.findings]
        return self


Living = Callable[..., Project]
