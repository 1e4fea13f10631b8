"""The report of what the middleware kept."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from queryscope.config import Config
from queryscope.model import Capture, ClassSite, Origin, QuerySetSite
from queryscope.stored import drop_stale, is_empty, open_store, read_stored
from tests.builders import make_frame, make_query_group, make_site, make_trace
from tests.test_gate import make_report

RECORDED = datetime(2026, 1, 1, 12, tzinfo=UTC)


def make_capture(*, stack: Any = (), site: QuerySetSite | None = None, **more: Any) -> Capture:
    group = make_query_group(stack=tuple(stack), site=site)
    return Capture(trace=make_trace(group, started_at=RECORDED.isoformat(), **more))


def write(root: Path, name: str, *, seconds_later: float) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    at = RECORDED.timestamp() + seconds_later
    os.utime(path, (at, at))


def test_units_whose_source_is_unchanged_are_fresh(tmp_path: Path) -> None:
    write(tmp_path, "shop/views.py", seconds_later=-1)
    capture = make_capture(stack=[make_frame()])
    assert drop_stale([capture], str(tmp_path)) == ([capture], [])


def test_units_recorded_before_an_edit_are_left_out_and_told(tmp_path: Path) -> None:
    write(tmp_path, "shop/views.py", seconds_later=1)
    left_out = "1 unit of work was recorded before shop/views.py was changed, and left out: "
    capture = make_capture(stack=[make_frame()])
    assert drop_stale([capture], str(tmp_path)) == ([], [left_out + "open the page again"])
    task = make_capture(stack=[make_frame()], origin=Origin(kind="task", label="shop.tasks.send"))
    assert drop_stale([task], str(tmp_path)) == ([], [left_out + "run it again"])


def test_several_units_are_told_once(tmp_path: Path) -> None:
    write(tmp_path, "shop/views.py", seconds_later=1)
    capture = make_capture(stack=[make_frame()])
    (note,) = drop_stale([capture] * 3, str(tmp_path))[1]
    assert note.startswith("3 units of work were recorded before shop/views.py")
    assert note.endswith("open the pages again")
    task = make_capture(stack=[make_frame()], origin=Origin(kind="task", label="shop.tasks.send"))
    (note,) = drop_stale([capture, task], str(tmp_path))[1]
    assert note.endswith("run them again")


@pytest.mark.parametrize(
    ("label", "seconds_later", "is_told"),
    [("GET books/", 2, False), ("GET books/", 0, True), ("GET authors/", 2, True)],
)
def test_a_unit_that_was_recorded_anew_after_the_edit_is_not_missed(
    tmp_path: Path, label: str, seconds_later: float, is_told: bool
) -> None:
    write(tmp_path, "shop/views.py", seconds_later=1)
    stale = make_capture(stack=[make_frame()], origin=Origin(kind="request", label="GET books/"))
    at = datetime.fromtimestamp(RECORDED.timestamp() + seconds_later, UTC).isoformat()
    anew = Capture(trace=make_trace(started_at=at, origin=Origin(kind="request", label=label)))
    fresh, notes = drop_stale([stale, anew], str(tmp_path))
    assert fresh == [anew]
    assert bool(notes) is is_told


@pytest.mark.parametrize(
    "site",
    [
        make_site(frame=make_frame("shop/managers.py")),
        make_site(frame=None, holder=ClassSite(path="shop/managers.py", line=1, name="V", kind="view")),
    ],
)
def test_the_place_that_builds_the_queryset_counts_too(tmp_path: Path, site: QuerySetSite) -> None:
    write(tmp_path, "shop/views.py", seconds_later=-1)
    write(tmp_path, "shop/managers.py", seconds_later=1)
    assert drop_stale([make_capture(stack=[make_frame()], site=site)], str(tmp_path))[0] == []


def test_a_file_that_is_gone_makes_nothing_stale(tmp_path: Path) -> None:
    capture = make_capture(stack=[make_frame("shop/gone.py")])
    assert drop_stale([capture], str(tmp_path)) == ([capture], [])


def test_a_unit_without_application_frames_is_fresh(tmp_path: Path) -> None:
    capture = make_capture()
    assert drop_stale([capture], str(tmp_path)) == ([capture], [])


def test_the_report_holds_what_was_kept_and_what_is_missing(tmp_path: Path) -> None:
    config = Config(root=str(tmp_path), keep=1)
    store = open_store(config)
    store.add(make_capture(stack=[make_frame("shop/gone.py")], id="t1"))
    store.add(make_capture(stack=[make_frame("shop/gone.py")], id="t2"))
    report = read_stored(config).report
    assert [trace.id for trace in report.traces] == ["t2"]
    assert any("made room for newer ones" in note for note in report.run.missing)


def test_what_is_stale_is_told_apart_and_in_the_report(tmp_path: Path) -> None:
    write(tmp_path, "shop/views.py", seconds_later=1)
    config = Config(root=str(tmp_path))
    open_store(config).add(make_capture(stack=[make_frame()]))
    stored = read_stored(config)
    (reason,) = stored.stale
    assert reason in stored.report.run.missing
    assert stored.report.traces == ()


def test_an_empty_store_makes_an_empty_report(tmp_path: Path) -> None:
    report = read_stored(Config(root=str(tmp_path))).report
    assert is_empty(report)
    assert report.traces == ()


def test_a_report_without_queries_is_empty() -> None:
    assert is_empty(make_report())
    assert not is_empty(make_report(traces=(make_trace(make_query_group()),)))
