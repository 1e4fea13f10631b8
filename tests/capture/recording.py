"""Record a block and read the trace: what most tests of capture do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from queryscope.capture.codes import Codes
from queryscope.capture.finish import finish
from queryscope.capture.project import find_project
from queryscope.capture.recorder import Recorder
from queryscope.config import Config
from queryscope.model import Access, Frame, Origin, QueryGroup, Trace

ROOT = Path(__file__).resolve().parent.parent.parent
CODES = Codes(find_project(str(ROOT)))


def make_recorder(**config: Any) -> Recorder:
    """A recorder that has not started."""
    return Recorder(Origin(kind="block", label="test"), Config(**config), CODES)


class Recording:
    """A recorder while it runs, and its trace after it."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._trace: Trace | None = None

    @property
    def trace(self) -> Trace:
        assert self.recorder.ended_ns
        self._trace = self._trace or finish(self.recorder)[0]
        return self._trace

    @property
    def groups(self) -> tuple[QueryGroup, ...]:
        """All but savepoints."""
        return tuple(group for group in self.trace.groups if group.kind != "transaction")

    @property
    def last(self) -> QueryGroup:
        return self.groups[-1]

    def of(self, kind: str, attribute: str = "") -> QueryGroup:
        """The only group of that access."""
        found = [
            group
            for group in self.groups
            if group.access and group.access.kind == kind and group.access.attribute == attribute
        ]
        assert len(found) == 1, [group.access for group in self.groups]
        return found[0]


@contextmanager
def record(**config: Any) -> Iterator[Recording]:
    """Record the block."""
    with make_recorder(**config) as recorder:
        yield Recording(recorder)


def record_call(function: Callable[..., Any], *args: Any, **config: Any) -> Recording:
    """Record one call."""
    with record(**config) as recording:
        function(*args)
    return recording


def access_of(group: QueryGroup) -> Access:
    assert group.access is not None, group
    return group.access


def text_at(frame: Frame) -> str:
    """The source that a frame spans."""
    lines = (ROOT / frame.path).read_bytes().splitlines(keepends=True)
    assert frame.end_line is not None
    found = lines[frame.line - 1 : frame.end_line]
    found[-1] = found[-1][: frame.end_column]
    found[0] = found[0][frame.column :]
    return b"".join(found).decode()


def site_text(group: QueryGroup) -> str:
    """The source at which the queryset of a group was built."""
    assert group.site is not None
    assert group.site.frame is not None, group.site
    return text_at(group.site.frame)
