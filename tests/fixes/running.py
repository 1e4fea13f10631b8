"""Sources that are really run, so that frames stand where this Python says they do."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from queryscope.fixes.orm import Composed, Wish, compose
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import EagerLoad, Frame, Model, ModelRelation, QuerySetSite
from tests.builders import BOOKSHOP

PATH = "shop/views.py"
ACCESSORS = frozenset({"books", "book_set", "children"})
BOOK = BOOKSHOP[0]


class Rows:
    """A queryset: whatever is asked of it, it gives itself."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: Rows()

    def __getitem__(self, key: Any) -> Rows:
        return Rows()

    def __iter__(self) -> Any:
        return iter(())

    def __await__(self) -> Any:
        yield from ()
        return Rows()

    async def __aiter__(self) -> Any:
        for row in ():
            yield row

    def __enter__(self) -> Rows:
        return Rows()

    def __exit__(self, *_: object) -> None:
        return None


class Manager:
    """A manager: the frame that calls its first method is where the queryset is built."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def method(*args: Any, **kwargs: Any) -> Rows:
            self._frames.append(application_frame())
            return Rows()

        return method


def application_frame() -> Frame:
    """The innermost frame of the source under test, as capture would give it."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename != PATH:
        assert frame.f_back is not None
        frame = frame.f_back
    code = frame.f_code
    line, end_line, column, end_column = list(code.co_positions())[frame.f_lasti // 2]
    assert line is not None
    return Frame(
        path=PATH,
        line=line,
        end_line=end_line,
        column=column,
        end_column=end_column,
        function=code.co_qualname.replace(".<locals>.", "."),
    )


def frames_of(text: str, **names: Any) -> list[Frame]:
    """Run `f` of a source and tell the frames that built a queryset of Book."""
    frames: list[Frame] = []
    manager = Manager(frames)
    book = SimpleNamespace(objects=manager, _default_manager=manager, published=manager, __name__="Book")
    other = SimpleNamespace(objects=Manager([]))
    author = SimpleNamespace(books=manager, book_set=manager, name="")
    shared = SimpleNamespace(model=book, queryset=manager)

    def shortcut(model: Any, *args: Any, **kwargs: Any) -> Any:
        (model.objects if isinstance(model, SimpleNamespace) else model).all()
        return Rows()

    def library(*args: Any, **kwargs: Any) -> Any:
        manager.all()
        return Rows()

    async def ashortcut(model: Any, *args: Any, **kwargs: Any) -> Any:
        return shortcut(model, *args, **kwargs)

    namespace: dict[str, Any] = {
        "Book": book, "models": SimpleNamespace(Book=book), "Author": other, "author": author, "self": shared,
        "get_object_or_404": shortcut, "aget_object_or_404": ashortcut, "get_list_or_404": shortcut,
        "library": library, "show": lambda *rows, **more: rows, "Q": lambda *_, **__: True,
        "Prefetch": lambda *_, **__: "x",
        "get_user_model": lambda: book, "apps": SimpleNamespace(get_model=lambda *_: book), **names,
    }  # fmt: skip
    exec(compile(text, PATH, "exec"), namespace)
    result = namespace["f"]() if "f" in namespace else None
    if inspect.iscoroutine(result):
        asyncio.run(result)
    elif inspect.isgenerator(result):
        list(result)
    return frames


def loads(*paths: str) -> tuple[EagerLoad, ...]:
    """`author` is joined, `tags+` is prefetched."""
    return tuple(
        EagerLoad(path=path.rstrip("+"), kind="prefetch_related" if path.endswith("+") else "select_related")
        for path in paths
    )


def wish(frame: Frame | None, *paths: str, model: Model = BOOK, **more: Any) -> Wish:
    known = {name: more.pop(name) for name in ("method", "obstacle") if name in more}
    site = QuerySetSite(model=model.label, frame=frame, **more)
    return Wish(
        loads=loads(*(paths or ("author",))),
        site=site,
        target=Target(model=model, accessors=ACCESSORS),
        **known,
    )


def composed(text: str, *paths: str, at: int = 0, **more: Any) -> Composed:
    """Run a source, and compose the fix for a queryset that it builds."""
    frame = frames_of(text)[at]
    return compose(wish(frame, *paths, **more), Source(PATH, text))


def applied(fix: Any, text: str) -> str:
    """The text with the edits of a fix."""
    for edit in sorted(fix.edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def edited(text: str, *paths: str, **more: Any) -> str:
    """The source after its fix."""
    found = composed(text, *paths, **more)
    assert found.fix.diff, found.fix.caveat
    return applied(found.fix, text)


def refused(text: str, *paths: str, **more: Any) -> str:
    """Why there is no diff."""
    found = composed(text, *paths, **more)
    assert not found.fix.diff, found.fix.diff
    assert not found.fix.edits
    assert found.fix.caveat
    return found.fix.caveat


def git_apply(folder: Path, path: str, text: str, diff: str) -> str:
    """What `git apply` makes of a file."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=folder, input=diff.encode(), check=True)
    return file.read_bytes().decode()


def relation(name: str, kind: str = "forward", target: str = "shop.Author", **more: Any) -> ModelRelation:
    return ModelRelation(name=name, query_name=more.pop("query_name", name), kind=kind, target=target, **more)
