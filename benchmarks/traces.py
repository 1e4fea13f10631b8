"""Hand-built traces of any size, as a page with loops would leave them: for the suites of analysis."""

from __future__ import annotations

from dataclasses import replace

from queryscope.model import (
    Access,
    AccessKind,
    Frame,
    Model,
    ModelRelation,
    Models,
    Origin,
    Query,
    QueryGroup,
    QuerySetSite,
    Repeat,
    Trace,
)

PLACES = 50  # loops of the page: each a list of books, and one query more for the author of each


def make_models() -> Models:
    """Books and their authors."""
    author = ModelRelation(name="author", query_name="author", kind=AccessKind.FORWARD, target="shop.Author")
    return Models(
        models=(
            Model(label="shop.Book", table="shop_book", relations=(author,)),
            Model(label="shop.Author", table="shop_author"),
        )
    )


def make_trace(queries: int) -> Trace:
    """That many queries in pairs of groups: one runs the list, the other once for each of its rows."""
    groups: list[QueryGroup] = []
    events: list[Query] = []
    for place in range(PLACES):
        root, loop = _groups(place, queries // PLACES - 1)
        groups += (root, loop)
        for group in (root, *[loop] * loop.count):
            at = len(events)
            events.append(Query(group=group.index, started_ms=float(at), duration_ms=0.5))
    return Trace(
        id="benchmark",
        origin=Origin(kind="request", label="GET books/"),
        started_at="2026-01-01T00:00:00Z",
        wall_ms=float(queries),
        groups=tuple(groups),
        queries=tuple(events),
        saw_application=True,
    )


def make_repeats(lines: int) -> tuple[Trace, str]:
    """One query repeated at many lines of a long file, and the text of the file."""
    head = "from shop.models import Book\n"
    text = head + "".join(
        f"def f{at}(shelf):\n    books = Book.objects.filter(shelf=shelf)\n    return [{at}, *books]\n"
        for at in range(4 * lines)
    )
    groups = []
    for at in range(lines):
        frame = Frame(
            path="shop/views.py", line=3 * at + 3, end_line=3 * at + 3, column=12, end_column=44,
            function=f"f{at}",
        )  # fmt: skip
        root, _ = _groups(at, 1)
        site = QuerySetSite(model="shop.Book", frame=frame)
        groups.append(replace(root, index=at, fingerprint="0" * 16, stack=(frame,), site=site, rows=1))
    repeat = Repeat(fingerprint="0" * 16, alias="default", count=lines, groups=tuple(range(lines)))
    return replace(make_trace(PLACES), groups=tuple(groups), queries=(), repeats=(repeat,)), text


def _groups(place: int, rows: int) -> tuple[QueryGroup, QueryGroup]:
    view = f"book_list_{place}"
    built = Frame(path="shop/views.py", line=10 * place + 4, function=view, column=8, end_column=30)
    read = Frame(path="shop/views.py", line=10 * place + 5, function=view, column=12, end_column=23)
    site = QuerySetSite(model="shop.Book", frame=built)
    root = QueryGroup(
        index=2 * place,
        fingerprint=f"{2 * place:016x}",
        sql=f'SELECT "id", "author_id" FROM "shop_book" WHERE "shelf" = %s AND {place} = %s',
        alias="default",
        vendor="postgresql",
        kind="select",
        count=1,
        distinct=1,
        total_ms=1.0,
        max_ms=1.0,
        rows=rows,
        stack=(built,),
        access=Access(
            kind=AccessKind.MANAGER, model="shop.Book", attribute="", target="shop.Book", method="iterate"
        ),
        site=site,
    )
    loop = QueryGroup(
        index=2 * place + 1,
        fingerprint=f"{2 * place + 1:016x}",
        sql='SELECT "id", "name" FROM "shop_author" WHERE "id" = %s LIMIT %s',
        alias="default",
        vendor="postgresql",
        kind="select",
        count=rows,
        distinct=rows,
        total_ms=0.5 * rows,
        max_ms=0.5,
        rows=rows,
        stack=(read,),
        access=Access(
            kind=AccessKind.FORWARD,
            model="shop.Book",
            attribute="author",
            target="shop.Author",
            owner_group=2 * place,
        ),
        site=QuerySetSite(model="shop.Author", frame=read),
        owners=rows,
    )
    return root, loop
