"""Traces of a bookshop whose views are real text, so that frames point into it."""

from __future__ import annotations

import ast
from typing import Any

from queryscope.analysis import conclude
from queryscope.analysis.merge import findings_of
from queryscope.fixes.sources import Sources
from queryscope.model import Capture, Finding, Frame, Models, Observation, QueryGroup, Report, Run, Trace
from queryscope.rules.remedy import Context
from queryscope.rules.trace import TRACE_RULES
from tests.builders import make_site, make_trace
from tests.rules.trace.shop import FORWARD, SHELF, books, lazy

PATH = "shop/views.py"
TEXT = """from shop.models import Book


def book_list(request):
    books = Book.objects.order_by("title")
    return render(request, "books.html", {"books": books})


def shelf(request):
    first = Book.objects.filter(shelf=1)
    second = Book.objects.filter(shelf=2)
    return render(request, "shelf.html", {"first": first, "second": second})
"""
RUN = Run(queryscope="1", python="3.11", django="5.2", postgresql="18.0", root="/srv/shop")
RULES = tuple(rule() for rule in TRACE_RULES)


def frame_at(text: str, wanted: str, path: str = PATH) -> Frame:
    """The frame that executes an expression of a source."""
    tree = ast.parse(text)
    function = ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and wanted in (ast.get_source_segment(text, node) or ""):
            function = node.name
        if isinstance(node, ast.Call) and ast.get_source_segment(text, node) == wanted:
            return Frame(
                path=path,
                line=node.lineno,
                end_line=node.end_lineno,
                column=node.col_offset,
                end_column=node.end_col_offset,
                function=function,
            )
    raise AssertionError(f"{wanted!r} is not there")


def page(
    text: str = TEXT, wanted: str = 'Book.objects.order_by("title")', index: int = 0, **more: Any
) -> QueryGroup:
    """The query of forty books, built at that expression."""
    frame = frame_at(text, wanted)
    site = {name: more.pop(name) for name in ("only", "prefetch_related", "select_related") if name in more}
    return books(index, **({"site": make_site(frame=frame, **site), "stack": (frame,)} | more))


def n_plus_one(**more: Any) -> Trace:
    """Forty books, each with a query for its author."""
    return make_trace(page(), lazy(1, FORWARD, "author"), **more)


def judge(*traces: Trace, text: str | None = TEXT, models: Models = SHELF) -> list[Finding]:
    observations = [each for trace in traces for rule in RULES for each in rule.check(trace, models)]
    return judge_observations(observations, *traces, text=text, models=models)


def judge_observations(
    observations: list[Observation], *traces: Trace, text: str | None = TEXT, models: Models = SHELF
) -> list[Finding]:
    context = Context(models, Sources(lambda path: text), {trace.id: trace for trace in traces})
    return findings_of(observations, rules={rule.name: rule for rule in RULES}, context=context)


def report_of(*captures: Capture | Trace, text: str | None = TEXT, run: Run = RUN) -> Report:
    given = [each if isinstance(each, Capture) else Capture(trace=each) for each in captures]
    return conclude(given, run=run, models=SHELF, rules=RULES, read_source=lambda path: text)
