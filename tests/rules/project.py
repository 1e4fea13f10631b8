"""A project in a folder of its own, over the sample project's models: really run, edited, and run again."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

from django.template import Context, Engine

import queryscope
from queryscope.examine import models_of
from queryscope.model import Capture, Finding, Fix, Report, Trace
from queryscope.profiler import current_config, report_on
from queryscope.verify import apply_edits

PATH = "shop/views.py"
MODULE = "shop_views"
# On a busy machine any query may be slow once; and a test's tables are small.
SETTINGS = {"explain": "off", "slow_ms": 60_000.0}
BY_SHAPE = {name: {"min_rows": 0} for name in ("distinct-after-join", "random-order")}


@dataclass(frozen=True)
class Ran:
    """What a run gave: its result, the report on it, and the text that was run."""

    result: Any
    report: Report
    text: str

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.report.findings

    @property
    def trace(self) -> Trace:
        return self.report.traces[0]

    @property
    def queries(self) -> int:
        """All of them, but for bounds of transactions."""
        groups = [group for trace in self.report.traces for group in trace.groups]
        return sum(group.count for group in groups if group.kind != "transaction")

    @property
    def rules(self) -> list[str]:
        return [finding.rule for finding in self.findings]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(finding.rule, finding.message) for finding in self.findings]

    def only(self, rule: str = "") -> Finding:
        """The one finding that there is; with a name it is that rule's."""
        assert len(self.findings) == 1, self.told
        assert not rule or self.rules == [rule], self.told
        return self.findings[0]

    def of(self, rule: str) -> Finding:
        """The one finding of a rule; others may stand beside it."""
        found = [finding for finding in self.findings if finding.rule == rule]
        assert len(found) == 1, self.told
        return found[0]

    def fix(self, rule: str = "") -> Fix:
        """The fix of the one finding."""
        return self.only(rule).fixes[0]

    def line(self, text: str) -> int:
        """The number of the only line with that text."""
        [found] = [at for at, line in enumerate(self.text.splitlines(), 1) if text in line]
        return found

    def applied(self) -> str:
        """The text with the edits of all findings."""
        text = self.text
        edits = [edit for finding in self.findings for fix in finding.fixes for edit in fix.edits]
        assert edits, [fix.caveat for finding in self.findings for fix in finding.fixes]
        for edit in sorted(edits, key=lambda each: each.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def limited(self, rules: Sequence[str]) -> Ran:
        """The same with the findings of some rules only."""
        kept = tuple(finding for finding in self.findings if finding.rule in rules)
        return replace(self, report=replace(self.report, findings=kept))


class Project:
    """Files in a folder; the work is a function of one of them, and is imported afresh for every run."""

    def __init__(
        self, root: Path, text: str | None = None, *, path: str = PATH, head: str = "", **files: str
    ) -> None:
        """
        Args:
            root: its folder.
            text: of the module whose function `f` is the work.
            path: where that stands.
            head: what stands above the text.
            **files: others by their paths; `page_html` is a template.
        """
        self.root = root
        self.path = path
        if text is not None:
            self.text = head + dedent(text)
        for name, content in files.items():
            is_page = name.endswith("_html")
            self.write(f"templates/{name.removesuffix('_html')}.html" if is_page else name, dedent(content))

    @property
    def text(self) -> str:
        """The module as it stands."""
        return self.read()

    @text.setter
    def text(self, text: str) -> None:
        self.write(self.path, text)

    def read(self, path: str = "") -> str:
        return (self.root / (path or self.path)).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def line(self, text: str, path: str = "") -> int:
        """The number of the only line with that text."""
        [found] = [at for at, line in enumerate(self.read(path).splitlines(), 1) if text in line]
        return found

    def run(
        self,
        *arguments: Any,
        call: str = "f",
        prepare: Callable[[ModuleType], object] | None = None,
        **settings: Any,
    ) -> Ran:
        """Run the work as one unit.

        Args:
            *arguments: what the function is given.
            call: its name.
            prepare: is given the module before.
            **settings: of queryscope.
        """
        with self._loaded() as module:
            if prepare is not None:
                prepare(module)
            with self._profiled(call, settings) as run:
                result = _awaited(getattr(module, call)(*arguments))
        return Ran(result, run.report, self.text)

    def run_each(self, *calls: str, **settings: Any) -> Ran:
        """Run several calls, `f(1)`, each as a unit of its own, and judge them together."""
        results: list[Any] = []
        captures: list[Capture] = []
        with self._loaded() as module:
            for call in calls:
                with self._profiled(call, settings) as run:
                    results.append(_awaited(eval(call, vars(module))))
                assert run.capture is not None
                captures.append(run.capture)
            report = report_on(captures, current_config(**self._settings(settings)))
        return Ran(results, report, self.text)

    def find(self, rule: str, *arguments: Any, **settings: Any) -> list[Finding]:
        """The findings of a rule."""
        return [each for each in self.run(*arguments, **settings).findings if each.rule == rule]

    def apply(self, *changes: Finding | Fix) -> None:
        """Make the edits of findings or fixes."""
        fixes = [each.fixes[0] if isinstance(each, Finding) else each for each in changes]
        edits = [edit for fix in fixes for edit in fix.edits]
        assert edits, [fix.caveat for fix in fixes]
        for path in dict.fromkeys(edit.path for edit in edits):
            apply_edits(self.root / path, [edit for edit in edits if edit.path == path])
            # Files are told apart by their times: two writes may fall into one tick of the clock.
            later = (self.root / path).stat().st_mtime + 5
            os.utime(self.root / path, (later, later))

    def cured(self, before: Ran, *arguments: Any, **settings: Any) -> Ran:
        """Run again with the fix of the only finding: the same output, no finding."""
        fix = before.fix()
        assert fix.diff, (fix.code, fix.caveat)
        self.apply(fix)
        after = self.run(*arguments, **settings)
        assert after.result == before.result, (before.result, after.result)
        assert not after.rules, after.told
        return after

    def _settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        rules = {**BY_SHAPE, **settings.get("rules", {})}
        return {"root": str(self.root), **SETTINGS, **settings, "rules": rules}

    @contextmanager
    def _profiled(self, label: str, settings: dict[str, Any]) -> Iterator[Any]:
        models_of.cache_clear()  # of what listens to signals
        try:
            with queryscope.profile(label, **self._settings(settings)) as run:
                yield run
        finally:
            models_of.cache_clear()

    @contextmanager
    def _loaded(self) -> Iterator[ModuleType]:
        """The module, and whatever it imports of the project, imported afresh."""
        module = ModuleType(MODULE)
        module.__file__ = str(self.root / self.path)
        module.__dict__["render"] = self._render
        known = set(sys.modules) - {MODULE}
        sys.modules[MODULE] = module  # a class is found in the file of its module
        sys.path.insert(0, str(self.root))
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
        try:
            exec(compile(self.text, module.__file__, "exec"), module.__dict__)
            yield module
        finally:
            sys.dont_write_bytecode = before
            sys.path.remove(str(self.root))
            for name in set(sys.modules) - known - {MODULE}:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(str(self.root)):
                    del sys.modules[name]

    def _render(self, name: str, context: dict[str, Any] | None = None, **more: Any) -> str:
        """A template of the project, as the module's own `render()`."""
        engine = Engine(dirs=[str(self.root / "templates")])
        return engine.get_template(f"{name.removesuffix('.html')}.html").render(
            Context({**(context or {}), **more})
        )


def _awaited(result: Any) -> Any:
    return asyncio.run(result) if inspect.iscoroutine(result) else result
