"""What is told beside the queries: within bounds, and without what a program wrote into a name."""

from __future__ import annotations

import threading
from contextvars import Context

import pytest

from queryscope.capture import beside
from queryscope.capture.beside import RUNNING, Beside, error_name, note_stray, thread_name
from queryscope.capture.state import LEFT_OUT, LeftOut
from queryscope.formats.stable import _CHANCE


def in_thread(name: str) -> str:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(thread_name()), name=name)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize(
    "name", ["Thread-3 (poll)", "ThreadPoolExecutor-0_1", "Thread-7 (<lambda>)", "MainThread"]
)
def test_plain_names_of_threads_are_kept(name: str) -> None:
    assert in_thread(name) == name


@pytest.mark.parametrize(
    "name", ["user alice", "a@example.org", "x" * 41, "Thread-1 (poll) ", "naïve", "a\nb"]
)
def test_other_names_could_hold_anything_and_are_not_kept(name: str) -> None:
    assert in_thread(name) == "(unnamed)"


def test_asking_for_the_name_of_an_alien_thread_enlists_nobody() -> None:
    import _thread

    found: list[str] = []
    done = threading.Event()

    def ask() -> None:
        found.append(thread_name())
        done.set()

    before = threading.active_count()
    _thread.start_new_thread(ask, ())
    assert done.wait(10)
    assert found == ["(unnamed)"]
    assert threading.active_count() == before


def test_strays_are_counted_for_every_recorder_that_runs() -> None:
    told = [Beside(), Beside()]
    RUNNING.extend(told)
    try:
        Context().run(note_stray)
        RUNNING.remove(told[0])
        Context().run(note_stray)
    finally:
        RUNNING.remove(told[1])
    assert list(told[0].notes()) == ["1 query ran in a thread of no unit of work: MainThread"]
    assert list(told[1].notes()) == ["2 queries ran in a thread of no unit of work: MainThread"]


def test_what_is_left_out_on_purpose_is_counted_and_not_told() -> None:
    told = Beside()
    left_out = LeftOut()

    def work() -> None:
        LEFT_OUT.set(left_out)
        note_stray()

    RUNNING.append(told)
    try:
        Context().run(work)
    finally:
        RUNNING.remove(told)
    assert (list(told.notes()), left_out.count) == ([], 1)


def test_many_threads_are_told_by_the_busiest() -> None:
    told = Beside()
    for number in range(5):
        for _ in range(number + 1):
            told.note_stray(f"worker-{number}")
    [note] = told.notes()
    assert note == "15 queries ran in threads of no unit of work: worker-4, worker-3, worker-2 and 2 more"


def test_the_number_of_names_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "MAX_NAMES", 2)
    told = Beside()
    for number in range(5):
        told.note_stray(f"worker-{number}")
    assert told.strays == {"worker-0": 1, "worker-1": 1, "(unnamed)": 3}


def test_what_ran_unseen_is_told_by_alias() -> None:
    told = Beside()
    for what, alias in (("COPY", "reports"), ("COPY", "default"), ("COPY", "default"), ("stream()", "")):
        told.note_unseen(what, alias)
    assert list(told.notes()) == [
        "COPY ran 2 times on 'default': what it moves isn't among the queries",
        "COPY ran once on 'reports': what it moves isn't among the queries",
        "stream() ran once on a connection of no alias: what it moves isn't among the queries",
    ]


def test_events_are_bounded_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "MAX_EVENTS", 3)
    told = Beside()
    for number in range(5):
        told.add("commit", "default", (number, number + 2))
    assert [event[2:4] for event in told.events] == [(0, 2), (1, 2), (2, 2)]
    assert list(told.notes()) == ["2 more connections and transaction bounds are not listed"]


def test_the_stable_report_leaves_out_what_depends_on_chance() -> None:
    told = Beside()
    told.note_stray("worker-1")
    told.dropped = 7
    told.note_unseen("COPY", "default")
    notes = list(told.notes())
    assert [bool(_CHANCE.search(note)) for note in notes] == [False, True, True]
    assert [bool(_CHANCE.search(f"GET a/: {note}")) for note in notes] == [False, True, True]


class SqlError(Exception):
    sqlstate = "40001"


class OldError(Exception):
    pgcode = "23505"


def test_errors_are_named_by_their_sqlstate() -> None:
    wrapped = ValueError()
    wrapped.__cause__ = SqlError()
    assert [error_name(each) for each in (wrapped, OldError(), KeyError())] == ["40001", "23505", "KeyError"]
