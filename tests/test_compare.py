"""Two JSON reports side by side."""

from __future__ import annotations

import json
from pathlib import Path
from string import ascii_letters
from typing import Any

import pytest
from django.db import connection

import queryscope
from catalog.models import Company
from queryscope.cli import main
from queryscope.compare import compare, read_json_report
from queryscope.errors import ReportError
from queryscope.formats.comparison import comparison_lines

CODES = [f"{first}{second}" for first in ascii_letters for second in ascii_letters]
EMPTY: dict[str, Any] = {"schema_version": "1.0", "traces": [], "queries": [], "findings": [], "plans": []}


def report(**more: Any) -> dict[str, Any]:
    return {**EMPTY, **more}


def unit(label: str, count: int) -> dict[str, Any]:
    return {"origin": {"kind": "request", "label": label}, "query_count": count}


def finding(name: str) -> dict[str, Any]:
    place = {"path": "shop/views.py", "line": 14}
    return {"id": name, "rule": "n-plus-one", "location": place, "message": f"{name} ran 50 queries."}


@pytest.fixture
def profiled(db: None, tmp_path: Path) -> Any:
    """Writes the report of one and the same work, as often as asked."""
    Company.objects.bulk_create(Company(name=f"n{n}", country=CODES[n % 500]) for n in range(5000))

    def write(name: str, times: int) -> Path:
        with queryscope.profile("list", explain="all", slow_ms=0.0) as run:
            for n in range(times):
                list(Company.objects.filter(country=CODES[n]))
        path = tmp_path / name
        path.write_text(queryscope.render(run.report, "json"), encoding="utf-8")
        return path

    return write


def test_a_statement_that_is_planned_otherwise_is_told_with_what_became_of_it(profiled, capsys):
    before = profiled("before.json", 2)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX compared ON catalog_company (country); ANALYZE catalog_company")
    after = profiled("after.json", 1)
    assert main(["compare", str(before), str(after)]) == 0
    told = capsys.readouterr().out
    assert "Queries   1 changed, 0 alike\n   2 → 1            list\n" in told
    assert "Plans     1 of 1 statement explained in both planned otherwise" in told
    assert "Seq Scan on catalog_company became" in told
    assert "using compared" in told


def test_the_same_work_is_alike(profiled, capsys):
    path = profiled("one.json", 1)
    assert main(["compare", str(path), str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Queries   0 changed, 1 alike",
        "Findings  0 new, 0 gone, 0 in both",
        "Plans     0 of 1 statement explained in both planned otherwise",
    ]


def test_as_data(profiled, capsys):
    path = profiled("one.json", 1)
    assert main(["compare", "--json", str(path), str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["units_alike"], found["plans"][0]["is_same_shape"]) == (1, True)


def test_units_and_findings_come_and_go():
    old = report(traces=[unit("GET a", 3), unit("GET b", 9)], findings=[finding("QS-1"), finding("QS-2")])
    new = report(
        traces=[unit("GET b", 4), unit("GET b", 2), unit("GET c", 1)],
        findings=[finding("QS-2"), finding("QS-3")],
    )
    found = compare(old, new)
    assert [(one.label, one.before, one.after) for one in found.units] == [("GET b", 9, 4)]
    assert (found.units_gone, found.units_new, found.findings_alike) == (("GET a",), ("GET c",), 1)
    assert list(comparison_lines(found)) == [
        "Queries   1 changed, 0 alike, 1 gone, 1 new",
        "   9 → 4            GET b",
        "Findings  1 new, 1 gone, 1 in both",
        "   + n-plus-one  shop/views.py:14  QS-3 ran 50 queries.",
        "   − n-plus-one  shop/views.py:14  QS-1 ran 50 queries.",
        "Plans     0 of 0 statements explained in both planned otherwise",
    ]


def test_long_lists_are_cut_and_say_so():
    old = report(traces=[unit(f"GET {n}", 1) for n in range(30)])
    new = report(traces=[unit(f"GET {n}", 2) for n in range(30)])
    found = compare(old, new)
    assert "   and 10 more: --all shows them" in list(comparison_lines(found))
    assert len(list(comparison_lines(found, is_all=True))) == 33


def test_a_plan_that_is_none_is_left_out_and_the_rest_is_compared():
    broken = report(plans=[{"fingerprint": "f0", "plan": {"Plan": "gone"}}], traces=[unit("GET a", 1)])
    found = compare(broken, broken)
    assert (found.plans, found.units_alike) == ((), 1)


def test_text_of_strangers_is_inert():
    hostile = "GET \x1b[31m\u202eevil\n"
    found = compare(report(traces=[unit(hostile, 1)]), report(traces=[unit(hostile, 2)]))
    told = "\n".join(comparison_lines(found))
    assert "\x1b" not in told
    assert "\u202e" not in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON, or it is cut off"),
        ("[]", "is no JSON report of queryscope"),
        ('{"schema_version": "1.0"}', "is no JSON report of queryscope"),
        (
            json.dumps({**EMPTY, "schema_version": "2.0"}),
            "has version '2.0'; this queryscope reads",
        ),
        (json.dumps({**EMPTY, "traces": [{"origin": 3}]}), "isn't as their schema says"),
        (json.dumps({**EMPTY, "plans": [3]}), "isn't as their schema says"),
    ],
)
def test_bad_files_are_told_with_their_name(tmp_path: Path, capsys, text: str, message: str):
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    assert main(["compare", str(path), str(path)]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.startswith("queryscope compare: ")


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(ReportError, match="No such file"):
        read_json_report(tmp_path / "none.json")


def test_it_needs_no_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    path = tmp_path / "one.json"
    path.write_text(json.dumps(EMPTY), encoding="utf-8")
    assert main(["compare", str(path), str(path)]) == 0
    with pytest.raises(SystemExit) as end:
        main(["compare", "--help"])
    assert end.value.code == 0
    assert "queryscope-json=PATH" in capsys.readouterr().out
