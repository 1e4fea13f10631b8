"""Tests of progress.py: what stands on a terminal, a file or a pipe while indexes are tried."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management.base import OutputWrapper

from queryscope.database.trial_progress import say
from queryscope.management.words import progress
from queryscope.progress import CLEAR, Progress, progress_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_over_soon_is_not_told():
    stream = io.StringIO()
    told = Progress(stream, is_terminal=False, clock=Clock())
    for _ in range(5):
        told("Trying an index on orders (status)", 200.0)
    told.clear()
    assert stream.getvalue() == ""


def test_into_a_file_each_long_build_is_a_line_and_of_others_one_in_ten_seconds():
    stream, clock = io.StringIO(), Clock()
    told = Progress(stream, is_terminal=False, clock=clock)
    told("Trying an index on orders (body)", 12_400.0)
    for _ in range(30):
        clock.now += 1.0
        told("Trying an index on orders (status)", 200.0)
    told.clear()
    assert stream.getvalue().splitlines() == [
        "About 12 s: trying an index on orders (body) …",
        *["Trying an index on orders (status) …"] * 3,
    ]


def test_on_a_terminal_one_line_is_written_over_and_gone_at_the_end(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream, clock = Terminal(), Clock()
    told = Progress(stream, is_terminal=True, clock=clock)
    told("Trying an index on a", 100.0)
    clock.now += 2.5
    told("Trying an index on b", 100.0)
    told("Trying an index on a_table_with_a_long_name (x\x1b)", 3_000.0)
    told.clear()
    told.clear()
    _, *lines, last = stream.getvalue().split(CLEAR)
    assert lines == ["Trying an index on b …", "About 3 s: trying an index on a_table_…"]
    assert last == ""


def test_of_a_stream_that_is_closed_nothing_is_heard():
    stream = io.StringIO()
    stream.close()
    Progress(stream, is_terminal=True)("Trying an index on a", 9_000.0)


@pytest.mark.parametrize(
    ("stream", "only_terminal", "environ", "told"),
    [
        (io.StringIO(), True, {}, ""),
        (io.StringIO(), False, {}, "About 9 s: trying an index on a …\n"),
        (Terminal(), True, {}, f"{CLEAR}About 9 s: trying an index on a …{CLEAR}"),
        (Terminal(), True, {"TERM": "dumb"}, "About 9 s: trying an index on a …\n"),
    ],
)
def test_a_block_tells_the_stream_that_it_is_given(stream, only_terminal, environ, told):
    with progress_on(stream, only_terminal=only_terminal, environ=environ):
        say("Trying an index on a", 9_000.0)
    say("Trying an index on b", 9_000.0)
    assert stream.getvalue() == told


def test_without_a_stream_there_is_nothing_to_tell_it():
    with progress_on(None):
        say("Trying an index on a", 9_000.0)


@pytest.mark.parametrize(("verbosity", "lines"), [(0, 0), (1, 1), (2, 1)])
def test_a_command_tells_it_unless_it_is_told_to_be_silent(verbosity: int, lines: int):
    stream: Any = io.StringIO()
    with progress(OutputWrapper(stream), {"verbosity": verbosity}):
        say("Trying an index on a", 9_000.0)
    assert len(stream.getvalue().splitlines()) == lines


def interrupted(stream: Any) -> None:
    with progress_on(stream, environ={}):
        say("Trying an index on a", 9_000.0)
        raise KeyboardInterrupt


def test_a_block_clears_what_it_told_also_when_it_is_interrupted():
    stream = Terminal()
    with pytest.raises(KeyboardInterrupt):
        interrupted(stream)
    assert stream.getvalue().endswith(CLEAR)
