"""A hand-built trace that no page leaves: very many groups, half of them writes, all in loops of a source."""

from __future__ import annotations

from typing import Any

from queryscope.model import (
    Access,
    AccessKind,
    ConnectionEvent,
    ConnectionEventKind,
    Field,
    Frame,
    Model,
    ModelRelation,
    Models,
    Origin,
    Query,
    QueryGroup,
    QuerySetSite,
    Trace,
)

FILES, TABLES = 20, 50
# The bounds of a transaction, by the part of a step that passes before.
_BOUNDS: tuple[tuple[ConnectionEventKind, float], ...] = (("begin", 0.0), ("commit", 0.8))
_DEPTH = 12  # frames of the application around each loop
_HEAD = "from shop.models import *\n"
_RECEIVER = "def audit_{0}(instance, **kwargs):\n    Entry.objects.create(book=instance, number={0})\n"
_LOOP = """\
def close_{0}(shelf):
    books = Book{1}.objects.filter(shelf=shelf)
    for book in books:
        book.title = book.author.name
        book.save()
"""


def make_models() -> Models:
    """Books of many kinds, their authors, and what a receiver writes."""
    author = ModelRelation(name="author", query_name="author", kind=AccessKind.FORWARD, target="shop.Author")
    title = Field(name="title", column="title", type="CharField")
    path = "shop/models.py"
    books = [
        Model(label=f"shop.Book{n}", table=f"shop_book{n}", path=path, fields=(title,), relations=(author,))
        for n in range(TABLES)
    ]
    author_model = Model(label="shop.Author", table="shop_author", path=path)
    return Models(models=(*books, author_model, Model(label="shop.Entry", table="shop_entry", path=path)))


def make_sources(groups: int) -> dict[str, str]:
    """The files in which the loops stand."""
    loops = range(groups // 4)
    found = {
        f"shop/jobs{n}.py": _HEAD + "".join(_LOOP.format(loop, loop % TABLES) for loop in loops[n::FILES])
        for n in range(FILES)
    }
    return found | {"shop/signals.py": _HEAD + "".join(map(_RECEIVER.format, loops))}


def make_trace(queries: int, groups: int) -> Trace:
    """Four groups for each loop: its rows, their relation, their saves, and what a receiver writes."""
    rows = (queries // (groups // 4) - 1) // 3
    made: list[QueryGroup] = []
    events: list[Query] = []
    for loop in range(groups // 4):
        for group in _groups(loop, rows, len(events)):
            made.append(group)
            starts = range(len(events), len(events) + group.count)
            events += [Query(group=group.index, started_ms=float(at), duration_ms=0.5) for at in starts]
    bounds: list[ConnectionEvent] = []
    step = max(1, len(events) // 500)
    for at in range(0, len(events), step):
        for kind, more in _BOUNDS:
            when = float(at + more * step)
            bounds.append(ConnectionEvent(kind=kind, alias="default", started_ms=when, duration_ms=0.0))
    return Trace(
        id="hostile",
        origin=Origin(kind="command", label="close"),
        started_at="2026-01-01T00:00:00Z",
        wall_ms=float(len(events)),
        groups=tuple(made),
        queries=tuple(events),
        connections=tuple(bounds),
        saw_application=True,
    )


def _groups(loop: int, rows: int, at: int) -> tuple[QueryGroup, ...]:
    label, table, first = f"shop.Book{loop % TABLES}", f"shop_book{loop % TABLES}", 4 * loop
    built, read, save = _stacks(loop)
    inside = (_receiver(loop), *save)
    site = QuerySetSite(model=label, frame=built[0], lookups=("shelf__exact",))
    rows_of = Access(kind=AccessKind.MANAGER, model=label, attribute="", target=label, method="iterate")
    author = Access(
        kind=AccessKind.FORWARD, model=label, attribute="author", target="shop.Author", owner_group=first
    )
    select = f'SELECT "id" FROM "{table}" WHERE "shelf" = {loop}'
    related = f'SELECT "name" FROM "shop_author" WHERE "id" = %s AND {loop} = {loop}'
    update = f'UPDATE "{table}" SET "title" = %s WHERE "{table}"."id" = %s AND {loop} = {loop}'
    insert = f'INSERT INTO "shop_entry" ("book_id", "number") VALUES (…, {loop})'
    return (
        _group(first, select, 1, stack=built, access=rows_of, site=site, first_index=at),
        _group(first + 1, related, rows, stack=read, access=author, first_index=at + 1),
        _group(first + 2, update, rows, stack=save, access=_write(label, "save"), first_index=at + 2),
        _group(first + 3, insert, rows, stack=inside, access=_write("shop.Entry", "create"), first_index=at),
    )


def _stacks(loop: int) -> list[tuple[Frame, ...]]:
    """Of the queryset, of what the loop reads, and of what it saves."""
    path, first = f"shop/jobs{loop % FILES}.py", 2 + 5 * (loop // FILES)
    end = 12 + len(f"Book{loop % TABLES}.objects.filter(shelf=shelf)")
    places = ((first + 1, 12, end, "call"), (first + 3, 21, 32, "attribute"), (first + 4, 8, 19, "call"))
    outer = tuple(
        Frame(path=f"shop/jobs{depth}.py", line=3 + 5 * (loop % 97), function=f"f{depth}")
        for depth in range(_DEPTH)
    )
    return [(_frame(path, f"close_{loop}", place), *outer) for place in places]


def _receiver(loop: int) -> Frame:
    end = 4 + len(f"Entry.objects.create(book=instance, number={loop})")
    return _frame("shop/signals.py", f"audit_{loop}", (3 + 2 * loop, 4, end, "call"))


def _frame(path: str, function: str, place: tuple[int, int, int, str]) -> Frame:
    line, column, end_column, operation = place
    return Frame(
        path=path, line=line, function=function, end_line=line, column=column, end_column=end_column,
        operation=operation,
    )  # fmt: skip


def _write(label: str, method: str) -> Access:
    return Access(kind=AccessKind.WRITE, model=label, attribute="", target=label, method=method)


def _group(index: int, sql: str, count: int, **more: Any) -> QueryGroup:
    kind = sql.partition(" ")[0].lower()
    return QueryGroup(
        index=index,
        fingerprint=f"{index:016x}",
        sql=sql,
        alias="default",
        vendor="postgresql",
        kind=kind,
        count=count,
        distinct=count,
        total_ms=0.5 * count,
        max_ms=0.5,
        rows=30 if count == 1 else count,
        owners=0 if count == 1 or kind == "insert" else count,
        is_in_transaction=kind != "select",
        **more,
    )
