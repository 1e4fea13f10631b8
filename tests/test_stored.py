"""The report of what the middleware kept."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from queryscope.config import Config
from queryscope.model import Capture, ClassSite, QuerySetSite
from queryscope.stored import drop_stale, is_empty, open_store, stored_report
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
    notes: list[str] = []
    capture = make_capture(stack=[make_frame()])
    assert drop_stale([capture], str(tmp_path), notes) == [capture]
    assert notes == []


def test_units_recorded_before_an_edit_are_left_out_and_told(tmp_path: Path) -> None:
    write(tmp_path, "shop/views.py", seconds_later=1)
    notes: list[str] = []
    assert drop_stale([make_capture(stack=[make_frame()])], str(tmp_path), notes) == []
    assert notes == [
        "1 unit of work was recorded before shop/views.py was changed, and left out: run them again"
    ]


def test_several_units_are_told_once(tmp_path: Path) -> None:
    write(tmp_path, "shop/views.py", seconds_later=1)
    notes: list[str] = []
    drop_stale([make_capture(stack=[make_frame()])] * 3, str(tmp_path), notes)
    assert len(notes) == 1
    assert notes[0].startswith("3 units of work were recorded before shop/views.py")


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
    assert drop_stale([make_capture(stack=[make_frame()], site=site)], str(tmp_path), []) == []


def test_a_file_that_is_gone_makes_nothing_stale(tmp_path: Path) -> None:
    capture = make_capture(stack=[make_frame("shop/gone.py")])
    assert drop_stale([capture], str(tmp_path), []) == [capture]


def test_a_unit_without_application_frames_is_fresh(tmp_path: Path) -> None:
    capture = make_capture()
    assert drop_stale([capture], str(tmp_path), []) == [capture]


def test_the_report_holds_what_was_kept_and_what_is_missing(tmp_path: Path) -> None:
    config = Config(root=str(tmp_path), keep=1)
    store = open_store(config)
    store.add(make_capture(stack=[make_frame("shop/gone.py")], id="t1"))
    store.add(make_capture(stack=[make_frame("shop/gone.py")], id="t2"))
    report = stored_report(config)
    assert [trace.id for trace in report.traces] == ["t2"]
    assert any("made room for newer ones" in note for note in report.run.missing)


def test_an_empty_store_makes_an_empty_report(tmp_path: Path) -> None:
    report = stored_report(Config(root=str(tmp_path)))
    assert is_empty(report)
    assert report.traces == ()


def test_a_report_without_queries_is_empty() -> None:
    assert is_empty(make_report())
    assert not is_empty(make_report(traces=(make_trace(make_query_group()),)))
