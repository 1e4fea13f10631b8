"""Passings of one line of a bookshop, made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Load, Observation, Origin, QueryGroup, Trace
from queryscope.rules.remedy import Context
from tests.builders import (
    make_access,
    make_frame,
    make_load,
    make_models,
    make_query_group,
    make_site,
    make_trace,
)

VIEW = """\
from shop.models import Book


def book_list(request):
    books = Book.objects.select_related("author").prefetch_related("tags")
    return [book.title for book in books]
"""
CALL = 'Book.objects.select_related("author")'
SITE = make_site(frame=make_frame(line=5, end_line=5, column=12, end_column=12 + len(CALL)))


def books(**more: Any) -> QueryGroup:
    """The books of the line: forty."""
    access = make_access(AccessKind.MANAGER, model="shop.Book", attribute="", method="iterate")
    return make_query_group(0, **({"site": SITE, "access": access, "rows": 40} | more))


def tags(index: int = 1, **more: Any) -> QueryGroup:
    """The query of their prefetch."""
    access = make_access(
        AccessKind.PREFETCH, model="shop.Book", attribute="tags", target="shop.Tag", owner_group=0
    )
    return make_query_group(index, **({"access": access, "rows": 80} | more))


def loads(*read: str, author: bool = True, tagged: bool = True, **more: Any) -> tuple[Load, ...]:
    """What came with the books, of which these relations were read."""
    own = {"select_related": ("author",), "prefetch_related": ("tags",), "relations_read": read} | more
    found = [make_load(0, **own)]
    if author:
        found.append(make_load(0, path="author", model="shop.Author", columns_read=()))
    if tagged:
        found.append(make_load(1, model="shop.Tag", instances=80, columns_read=()))
    return tuple(found)


def unit(name: str = "GET books/", *groups: QueryGroup, **more: Any) -> Trace:
    """A unit of work that passed the line."""
    values: dict[str, Any] = {
        "id": name,
        "origin": Origin(kind="request", label=name),
        "status": 200,
        "loads": loads(),
        "saw_reads": True,
    }
    return make_trace(*(groups or (books(), tags())), **(values | more))


def context(*traces: Trace, text: str = VIEW, path: str = "shop/views.py", **others: str) -> Context:
    """What stands around the observations of these traces."""
    files = {path: text, **others}
    return Context(make_models(), Sources(files.get), {trace.id: trace for trace in traces})


def told(rule: Any, *traces: Trace, text: str = VIEW, **others: str) -> list[Observation]:
    """What a rule says of these units, and its source agrees with."""
    around = context(*traces, text=text, **others)
    return list(_confirmed(rule, around, traces))


def _confirmed(rule: Any, around: Context, traces: tuple[Trace, ...]) -> Iterator[Observation]:
    for observation in rule.check(traces, around.models):
        if rule.confirm(observation, around):
            yield observation
