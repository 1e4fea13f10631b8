"""A small application that is really run: its files, what a run of it reports, and itself after the edits."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from queryscope.analysis import conclude
from queryscope.capture.codes import Codes
from queryscope.capture.finish import finish
from queryscope.capture.introspect import read_models
from queryscope.capture.project import Project
from queryscope.capture.recorder import Recorder
from queryscope.config import Config
from queryscope.model import Capture, Finding, Origin, Report, Run, Trace
from queryscope.rules.trace import LatentNPlusOne, NPlusOne, OneQueryPerInstancePrefetch, TreeWalk
from queryscope.verify import apply_edits

# Those that judge relations, in their order: times and repeats are others' matter.
RULES = (NPlusOne(), OneQueryPerInstancePrefetch(), TreeWalk(), LatentNPlusOne())
RUN = Run(queryscope="", python="", django="", postgresql="", root="")
SAMPLE = str(Path(__file__).resolve().parents[2] / "sample_project") + "/"
VIEWS = "shop/views.py"
_names = count()

PRELUDE = """from itertools import groupby

from django.db.models import Prefetch, prefetch_related_objects

from bookings.models import Booking, Building, Room
from catalog.models import Brand, Category, Collection, Company, Product, Stock, Tag, Warranty
from orders.models import Address, Customer, Order, OrderLine, Payment, Refund
from reviews.models import Comment, Review, Vote
from staff.models import Employee, Manager, Person


"""


def run_application(folder: Path, codes: Codes, work: Callable[[], Any], label: str) -> tuple[Any, Trace]:
    """What it gives, and the trace of it."""
    with Recorder(Origin(kind="block", label=label), Config(), codes) as recorder:
        result = work()
    return result, finish(recorder)[0]


class Application:
    """Files in a folder; `shop/views.py` is imported afresh for every application."""

    def __init__(self, folder: Path, views: str, **templates: str) -> None:
        self.folder = folder
        (folder / "shop").mkdir(parents=True, exist_ok=True)
        (folder / VIEWS).write_text(views if views.startswith("from ") else PRELUDE + views)
        for name, text in templates.items():
            (folder / "shop" / f"{name}.html").write_text(text)
        self.codes = Codes(Project(str(folder.resolve()), (SAMPLE,)))
        self.result: Any = None
        self.queries = 0
        self.report: Report | None = None
        self.traces: list[Trace] = []

    def _module(self) -> Any:
        name = f"shop_views_{next(_names)}"
        spec = importlib.util.spec_from_file_location(name, self.folder / VIEWS)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        module.render = self._render
        spec.loader.exec_module(module)
        return module

    def _render(self, name: str, **context: Any) -> str:
        engine = Engine(dirs=[str(self.folder / "shop")])
        return engine.get_template(f"{name}.html").render(Context(context))

    def run(self, *calls: str) -> Application:
        """Run functions of the application, each as a unit of work of its own."""
        module = self._module()
        results = []
        self.traces = []
        for call in calls or ("f()",):

            def work(call: str = call) -> Any:
                found = eval(call, vars(module))
                return asyncio.run(found) if inspect.iscoroutine(found) else found

            result, trace = run_application(self.folder, self.codes, work, call)
            results.append(result)
            self.traces.append(trace)
        self.result = results
        kept = [group for trace in self.traces for group in trace.groups if group.kind != "transaction"]
        self.queries = sum(group.count for group in kept)
        self.report = conclude(
            [Capture(trace=trace) for trace in self.traces],
            run=RUN,
            models=read_models(self.codes.project),
            rules=RULES,
            read_source=self._read,
        )
        return self

    def _read(self, path: str) -> str | None:
        file = self.folder / path
        return file.read_text() if file.is_file() else None

    @property
    def findings(self) -> list[Finding]:
        assert self.report is not None
        return list(self.report.findings)

    @property
    def only(self) -> Finding:
        """The only finding."""
        [found] = self.findings
        return found

    @property
    def told(self) -> list[tuple[str, tuple[str, ...]]]:
        """Rules and relations of the findings."""
        return [(finding.rule, finding.relations) for finding in self.findings]

    def text(self, path: str = VIEWS) -> str:
        return (self.folder / path).read_text()

    def at_line(self, finding: Finding) -> str:
        """The line that a finding speaks of."""
        assert finding.location is not None
        return self.text(finding.location.path).splitlines()[finding.location.line - 1].strip()

    def apply(self, *calls: str) -> Application:
        """Apply every edit that was proposed, and run again."""
        edits = [edit for finding in self.findings for fix in finding.fixes for edit in fix.edits]
        for path in dict.fromkeys(edit.path for edit in edits):
            apply_edits(self.folder / path, [edit for edit in edits if edit.path == path])
        return self.run(*calls)
