"""Hand-built traces of one queryset of books that is asked again and again."""

from __future__ import annotations

from typing import Any

from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Frame, Models, Observation, QueryGroup, Trace
from queryscope.rules.remedy import Context
from tests.builders import make_access, make_frame, make_query_group, make_site, make_trace

SQL = 'SELECT "shop_book"."id" FROM "shop_book" WHERE "shop_book"."price" > %s'
VIEW = """\
def page(request):
    books = Book.objects.filter(price__gt=request.price)
    total = books.count()
    if books.exists():
        titles = [book.title for book in books.all()]
    again = list(books.all())
    first = books.get()
    number = len(books)
    return books if books else None
"""
BUILT = make_frame(line=2, function="page", end_line=2, column=12, end_column=56, operation="call")
TEST = make_frame("shop/tests/test_page.py", 30, "test_page")


def at(text: str, *, operation: str = "call") -> Frame:
    """The frame of an expression of the view."""
    lines = VIEW.splitlines()
    [line] = [number for number, each in enumerate(lines, start=1) if text in each]
    column = lines[line - 1].index(text)
    return in_page(line, column, column + len(text), operation=operation)


def in_page(line: int, column: int, end_column: int, *, operation: str = "call") -> Frame:
    """The frame of an expression of a function `page`."""
    return make_frame(
        line=line,
        function="page",
        end_line=line,
        column=column,
        end_column=end_column,
        operation=operation,
    )


def asked(index: int, method: str, where: Frame | str, *outer: Frame, **more: Any) -> QueryGroup:
    """A query of the books, by that method, at that expression."""
    place = at(where) if isinstance(where, str) else where
    values: dict[str, Any] = {
        "sql": SQL,
        "fingerprint": f"{method if method in ('count', 'exists') else 'rows'}-shape",
        "distinct": 1,
        "first_index": index,
        "selection": 0,
        "window": {"exists": 1, "get": 2, "first": 1}.get(method, 0),
        "rows": 40,
        "stack": (place, *outer),
        "site": make_site(frame=BUILT),
        "access": make_access(
            AccessKind.MANAGER, model="shop.Book", attribute="", target="shop.Book", method=method
        ),
    }
    return make_query_group(index, **(values | more))


def written(index: int, sql: str = 'UPDATE "shop_book" SET "price" = %s', **more: Any) -> QueryGroup:
    return make_query_group(index, **({"sql": sql, "kind": "update", "first_index": index} | more))


def seen(rule: Any, *groups: QueryGroup, text: str = VIEW, **more: Any) -> list[Observation]:
    """What a rule tells of these queries, confirmed by the source."""
    trace = make_trace(*groups, **more)
    context = context_of(trace, text=text)
    return [each for each in rule.check(trace, Models()) if rule.confirm(each, context)]


def context_of(trace: Trace, *, text: str = VIEW) -> Context:
    return Context(Models(), Sources({"shop/views.py": text}.get), {trace.id: trace})
