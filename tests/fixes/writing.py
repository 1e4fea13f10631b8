"""Sources with one write in them, and what becomes of it."""

from __future__ import annotations

import ast
from typing import Any

from queryscope.fixes.bulk import bulk_code
from queryscope.fixes.bulk_edit import bulk_edit
from queryscope.fixes.loops import Loop, find_loop
from queryscope.fixes.scene import Rows, Scene, called, scene_of
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Field, Frame, Model
from tests.builders import relation

PATH = "shop/jobs.py"
BOOK = Model(
    label="shop.Book",
    table="shop_book",
    fields=(
        Field(name="id", column="id", type="AutoField"),
        Field(name="title", column="title", type="CharField"),
        Field(name="price", column="price", type="IntegerField"),
        Field(name="author", column="author_id", type="ForeignKey", target="shop.Author"),
        Field(name="notes", column="notes", type="JSONField"),
    ),
)
COLUMNS = ("title", "price", "author", "notes")
THROUGH = Model(
    label="shop.Book_tags",
    table="shop_book_tags",
    relations=(
        relation("book", AccessKind.FORWARD, "shop.Book"),
        relation("tag", AccessKind.FORWARD, "shop.Tag"),
    ),
)


def frame_at(text: str, method: str) -> Frame:
    """The frame of the last call of that method."""
    calls = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and (getattr(node.func, "attr", None) or getattr(node.func, "id", None)) == method
    ]
    node = max(calls, key=lambda each: (each.lineno, each.col_offset))
    return Frame(
        path=PATH,
        line=node.lineno,
        function="f",
        end_line=node.end_lineno,
        column=node.col_offset,
        end_column=node.end_col_offset,
    )


def loop_in(text: str, *methods: str) -> Loop | None:
    """The loop around calls, the innermost first."""
    sources = Sources(lambda path: text)
    return find_loop([frame_at(text, method) for method in methods], sources)


def scene(text: str, *methods: str) -> Scene:
    """The write of a source; further methods are those of its callers."""
    source = Sources(lambda path: text).at(PATH)
    assert isinstance(source, Source)
    sources = Sources(lambda path: text)
    stack = [frame_at(text, method) for method in methods]
    found = scene_of(sources.at(PATH), stack[0], find_loop(stack, sources))
    assert found is not None
    return found


def rows(found: Scene, **more: Any) -> Rows:
    values: dict[str, Any] = {"method": called(found), "model": BOOK, "columns": COLUMNS}
    return Rows(**(values | more))


def code(text: str, *methods: str, **more: Any) -> str:
    """What a reviewer would type."""
    found = scene(text, *methods)
    return bulk_code(rows(found, **more), found)


def edited(text: str, method: str, **more: Any) -> str:
    """The source after its edit, which parses."""
    found = scene(text, method)
    replacements, _ = bulk_edit(rows(found, **more), found)
    assert found.source.diff(replacements)
    return found.source.apply(replacements)
