"""A directory of captures that several processes share."""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import pytest

from queryscope.errors import StoreError
from queryscope.model import Capture
from queryscope.store import Store, directory
from tests.builders import make_trace


def make_capture(name: str = "t1") -> Capture:
    return Capture(trace=make_trace(id=name))


def ids(store: Store) -> list[str]:
    return [capture.trace.id for capture in store.captures()[0]]


def files(store: Store) -> list[str]:
    return sorted(path.name for path in store.path.glob("*.json"))


def test_captures_come_back_in_the_order_they_were_added(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name in ("b", "a", "c"):
        assert store.add(make_capture(name))
    assert ids(store) == ["b", "a", "c"]
    assert store.captures()[1] == []


def test_another_process_reads_what_this_one_wrote(tmp_path: Path) -> None:
    Store(tmp_path).add(make_capture())
    assert ids(Store(tmp_path)) == ["t1"]


def test_a_store_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert Store(tmp_path).captures() == ([], [])
    assert not (tmp_path / ".queryscope").exists()


def test_git_ignores_the_directory(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(make_capture())
    assert (store.path / ".gitignore").read_text() == "*\n"


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(make_capture())
    assert sorted(path.name for path in store.path.iterdir()) == [".gitignore", *files(store)]


def test_the_oldest_make_room_and_that_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path, keep=3)
    for number in range(5):
        store.add(make_capture(f"t{number}"))
    captures, notes = store.captures()
    assert [capture.trace.id for capture in captures] == ["t2", "t3", "t4"]
    assert notes == ["2 older units of work made room for newer ones (KEEP is 3)"]


def test_keeping_exactly_the_bound_drops_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path, keep=2)
    store.add(make_capture("a"))
    store.add(make_capture("b"))
    assert ids(store) == ["a", "b"]
    assert store.captures()[1] == []


def test_clear_removes_all_and_counts_them(tmp_path: Path) -> None:
    store = Store(tmp_path, keep=2)
    for number in range(3):
        store.add(make_capture(f"t{number}"))
    assert store.clear() == 2
    assert store.captures() == ([], [])
    assert store.clear() == 0


def test_clear_leaves_files_of_others_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(make_capture())
    (store.path / "notes.txt").write_text("mine")
    store.clear()
    assert (store.path / "notes.txt").read_text() == "mine"


def test_a_truncated_file_is_noted_and_the_others_are_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(make_capture("a"))
    store.add(make_capture("b"))
    first = store.path / files(store)[0]
    first.write_bytes(first.read_bytes()[:50])
    captures, notes = store.captures()
    assert [capture.trace.id for capture in captures] == ["b"]
    assert notes == [f".queryscope/{first.name} isn't a capture, or is cut short (DecodeError): left out"]


def test_a_foreign_file_is_noted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(make_capture())
    (store.path / "report.html").write_text("<html>")
    assert store.captures()[1] == [".queryscope/report.html isn't queryscope's: left alone"]


def test_a_directory_or_a_pipe_with_a_captures_name_does_not_hang_the_reader(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(make_capture())
    (store.path / f"{1:020d}-aa.json").mkdir()
    os.mkfifo(store.path / f"{2:020d}-bb.json")
    captures, notes = store.captures()
    assert len(captures) == 1
    assert [note.partition(" ")[2] for note in notes] == ["is no file: left out"] * 2


def test_a_file_of_absurd_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.add(make_capture())
    monkeypatch.setattr(directory, "MAX_FILE_BYTES", 10)
    captures, notes = store.captures()
    assert captures == []
    assert "is larger than" in notes[0]


def test_temporary_files_of_killed_processes_go_after_an_hour(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(make_capture())
    old, young = store.path / ".old.tmp", store.path / ".young.tmp"
    old.touch()
    young.touch()
    past = time.time() - 2 * directory.STALE_SECONDS
    os.utime(old, (past, past))
    assert store.captures()[1] == []
    assert (old.exists(), young.exists()) == (False, True)


def fail_with(error: OSError) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "denied")])
def test_a_disk_that_takes_nothing_is_told_once_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: OSError
) -> None:
    store = Store(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", fail_with(error))
    with caplog.at_level(logging.WARNING, "queryscope"):
        assert [store.add(make_capture()) for _ in range(3)] == [False] * 3
    assert [record.getMessage() for record in caplog.records] == [
        f"queryscope can't keep what it recorded in {store.path}: {error.strerror}"
    ]


def test_a_failed_write_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.add(make_capture("a"))
    monkeypatch.setattr(Path, "replace", fail_with(OSError(28, "full")))
    assert not store.add(make_capture("b"))
    assert ids(store) == ["a"]
    assert not list(store.path.glob(".*.tmp"))


def test_a_file_where_the_directory_should_be_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".queryscope").write_text("in the way")
    store = Store(tmp_path)
    assert not store.add(make_capture())
    captures, notes = store.captures()
    assert captures == []
    assert "can't be read" in notes[0]


def test_clear_says_what_it_cannot_remove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.add(make_capture())
    monkeypatch.setattr(Path, "unlink", fail_with(PermissionError(13, "Permission denied")))
    with pytest.raises(StoreError, match="Permission denied"):
        store.clear()


def test_a_file_that_another_process_drops_while_reading_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.add(make_capture())
    monkeypatch.setattr(directory, "_read", fail_with(FileNotFoundError(2, "gone")))
    assert store.captures() == ([], [])


def _add_many(root: str, worker: int, count: int) -> None:
    store = Store(root, keep=20)
    for number in range(count):
        store.add(make_capture(f"w{worker}n{number}"))


def test_workers_share_a_store_without_losing_count(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add_many, args=(str(tmp_path), number, 25)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    store = Store(tmp_path, keep=20)
    captures, notes = store.captures()
    assert len(captures) == 20
    assert notes == ["55 older units of work made room for newer ones (KEEP is 20)"]


def test_old_captures_are_removed_a_few_at_a_time_and_never_read(tmp_path: Path) -> None:
    store = Store(tmp_path, keep=20)
    for number in range(41):
        store.add(make_capture(f"t{number}"))
    assert 20 <= len(files(store)) <= 22
    captures, notes = store.captures()
    assert [capture.trace.id for capture in captures] == [f"t{number}" for number in range(21, 41)]
    assert notes == ["21 older units of work made room for newer ones (KEEP is 20)"]
