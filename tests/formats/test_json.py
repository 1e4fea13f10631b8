import json
from dataclasses import replace
from importlib.resources import files
from typing import get_args

import jsonschema
import pytest

from queryscope.formats.json import document, render
from queryscope.model import ClassSite, ConnectionEventKind, Origin, Query
from tests.builders import make_event, make_load, make_query_group, make_site, make_trace
from tests.formats.findings import make_finding, make_removal, make_run
from tests.formats.reports import hostile_report, index_report, make_report, make_unit

SCHEMA = json.loads((files("queryscope.formats") / "schema" / "report-v1.json").read_text(encoding="utf-8"))


def validate(data):
    jsonschema.Draft202012Validator(SCHEMA).validate(data)


def test_the_schema_is_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("findings", [0, 1, 8, 500])
def test_a_report_meets_the_schema(findings):
    validate(json.loads(render(make_report(findings))))


def test_a_hostile_report_meets_the_schema_and_keeps_its_names():
    report = hostile_report()
    data = json.loads(render(report))
    validate(data)
    assert data["findings"][0]["message"] == report.findings[0].message


CONTRACT = {
    "run": "queryscope python django postgresql root verdict missing redaction",
    "traces": "id origin query_count db_ms wall_ms findings events",
    "queries": "fingerprint sql count total_ms max_ms relations example",
    "findings": "id rule severity confidence status message model relations location trigger worst "
    "occurrences fingerprints fixes",
    "plans": "fingerprint analyzed plan insights",
    "indexes": "relation model method keys include predicate name create_sql django migration size_bytes "
    "serves replaces write_cost evidence",
    "refusals": "fingerprint relation kind reason",
}


@pytest.mark.parametrize("part", sorted(CONTRACT))
def test_the_names_of_the_contract_are_there(part):
    value = document(make_report())[part]
    record = value[0] if isinstance(value, list) else value
    assert set(CONTRACT[part].split()) <= set(record)
    assert set(CONTRACT[part].split()) <= set(
        SCHEMA["properties"][part].get("items", SCHEMA["$defs"]["run"]) or ()
    ) | (
        set(SCHEMA["$defs"][{"queries": "query", "indexes": "index"}.get(part, part.rstrip("s"))]["required"])
    )


def test_fixes_edits_and_evidence_have_the_contract_s_names():
    fix = document(make_report())["findings"][0]["fixes"][0]
    assert set(fix) >= {"kinds", "title", "code", "diff", "edits", "caveat", "evidence"}
    assert set(fix["edits"][0]) == {"path", "start", "end", "text", "source_sha256"}
    assert set(fix["evidence"]) == {"level", "before", "after", "note"}
    assert fix["evidence"]["before"] == {"queries": 122, "ms": 94, "blocks": None}


def test_an_index_carries_its_code_its_migration_and_flat_evidence():
    index = document(make_report())["indexes"][0]
    assert index["django"].startswith('models.Index(fields=["book", "-created"]')
    assert "AddIndexConcurrently" in index["migration"]
    assert "CREATE INDEX CONCURRENTLY" in index["create_sql"]
    assert index["evidence"]["before_blocks"] == 5_812
    assert index["evidence"]["after_ms"] == 0.14


def test_an_index_that_can_go_meets_the_schema():
    data = document(make_report(removals=(make_removal(),)))
    validate(data)
    [removal] = data["removals"]
    assert (removal["kind"], removal["kept"]) == ("prefix", "shop_review_book_id_created_uniq")
    assert removal["scans"] is None


def test_a_set_names_its_others_and_what_it_saves():
    index = document(index_report(3))["indexes"][1]
    assert (index["together"], index["gain_ms"]) == (["line_order"], 5_100.0)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("run", "verdict"), "maybe"),
        (("findings", 0, "severity"), "fatal"),
        (("findings", 0, "confidence"), "sure"),
        (("findings", 0, "status"), "old"),
        (("findings", 0, "fixes", 0, "evidence", "level"), "proved"),
        (("traces", 0, "origin", "kind"), "page"),
        (("schema_version",), 2),
    ],
)
def test_every_enumeration_is_closed(place, value):
    data = document(make_report())
    target = data
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        validate(data)


def test_unknown_names_are_allowed_within_the_version():
    data = document(make_report())
    data["later"] = 1
    data["findings"][0]["later"] = {}
    validate(data)


def test_events_are_columns_that_point_to_shapes():
    report = make_report()
    data = document(report)
    events = data["traces"][0]["events"]
    assert len({len(column) for column in events.values()}) == 1
    assert data["queries"][events["shape"][0]]["fingerprint"] == "books"


def test_an_event_of_a_shape_that_was_not_kept_points_nowhere():
    trace = make_trace(make_query_group(0, fingerprint="unknown"))
    assert document(make_report(0, traces=(trace,)))["traces"][0]["events"]["shape"] == [-1]


def test_counts_come_from_the_groups_not_from_the_sample():
    trace = make_trace(make_query_group(0, count=50_000), queries=(), dropped_queries=50_000)
    data = document(make_report(0, traces=(trace,)))["traces"][0]
    assert (data["query_count"], data["dropped_queries"]) == (50_000, 50_000)


def test_a_finding_without_a_place_says_null():
    data = document(make_report(0, findings=(make_finding(location=None, trigger=None, status=None),)))
    validate(data)
    assert data["findings"][0]["location"] is None
    assert data["findings"][0]["status"] is None


def test_times_that_are_no_numbers_do_not_break_the_file():
    group = make_query_group(0, count=0)
    query = Query(group=0, started_ms=float("nan"), duration_ms=float("inf"))
    trace = replace(make_trace(group), queries=(query,), wall_ms=float("nan"))
    validate(json.loads(render(make_report(0, traces=(trace,)))))


def test_each_record_stands_on_its_own_line():
    lines = render(make_report(8)).splitlines()
    assert sum(line.startswith('{"id":"QS-') for line in lines) == 8


def test_an_origin_keeps_the_unit_around_it():
    trace = replace(make_trace(), origin=Origin(kind="request", label="GET a/", parent="test_a"))
    assert document(make_report(0, traces=(trace,)))["traces"][0]["origin"]["parent"] == "test_a"


def test_missing_parts_are_told():
    data = document(make_report(0, run=make_run(missing=("no PostgreSQL",), postgresql="")))
    assert data["run"]["missing"] == ["no PostgreSQL"]


def test_connections_are_records_of_their_own_and_no_queries():
    events = (
        make_event("connect", duration_ms=12.3456, is_pooled=True, statements=2),
        make_event("commit", error="40001"),
    )
    plain = make_report(0, traces=(make_unit(0, "GET a/"),))
    report = make_report(0, traces=(make_unit(0, "GET a/"),))
    report = replace(report, traces=(replace(report.traces[0], connections=events),))
    data = document(report)
    validate(data)
    connect, commit = data["traces"][0].pop("connections")
    assert connect == {
        "kind": "connect",
        "alias": "default",
        "start": 1.0,
        "duration": 12.346,
        "thread": 0,
        "error": None,
        "is_pooled": True,
        "statements": 2,
    }
    assert (commit["kind"], commit["error"]) == ("commit", "40001")
    expected = document(plain)["traces"][0]
    assert expected.pop("connections") == []
    assert data["traces"][0] == expected


def test_the_kinds_of_connection_events_are_those_of_the_model():
    assert set(SCHEMA["$defs"]["connection"]["properties"]["kind"]["enum"]) == set(
        get_args(ConnectionEventKind)
    )


def test_loads_name_their_shape_and_where_their_queryset_was_built():
    group = make_query_group(3, fingerprint="books", site=make_site())
    load = make_load(3, prefetch_related=("tags",), relations_read=("tags",))
    trace = make_trace(group, loads=(load,), saw_reads=True)
    data = document(make_report(0, traces=(trace,)))["traces"][0]
    assert data["saw_reads"] is True
    assert data["loads"] == [
        {
            "fingerprint": "books",
            "site": {"path": "shop/views.py", "line": 4, "function": "book_list"},
            "path": "",
            "model": "shop.Book",
            "instances": 40,
            "columns": ["id", "title", "summary", "author_id"],
            "columns_read": ["title"],
            "columns_needed": [],
            "annotations": [],
            "annotations_read": [],
            "select_related": [],
            "prefetch_related": ["tags"],
            "relations_read": ["tags"],
            "escaped": False,
        }
    ]


def test_loads_of_a_class_name_the_class_and_others_no_site():
    holder = ClassSite(path="shop/views.py", line=9, name="BookList", kind="view")
    held = make_query_group(0, site=make_site(frame=None, holder=holder))
    trace = make_trace(held, make_query_group(1), loads=(make_load(0), make_load(1)))
    data = document(make_report(0, traces=(trace,)))
    validate(data)
    sites = [load["site"] for load in data["traces"][0]["loads"]]
    assert sites == [{"path": "shop/views.py", "line": 9, "function": "BookList"}, None]


def test_a_load_of_a_group_that_is_not_there_is_left_out():
    data = document(make_report(0, traces=(make_trace(loads=(make_load(7),)),)))
    assert data["traces"][0]["loads"] == []


@pytest.mark.parametrize(
    ("trace_id", "is_valid"), [("", True), ("0af7651916cd43dd8448eb211c80319c", True), ("x", False)]
)
def test_the_trace_of_opentelemetry_is_told_with_its_unit(trace_id, is_valid):
    report = make_report(1)
    report = replace(report, traces=(replace(report.traces[0], otel_trace_id=trace_id), *report.traces[1:]))
    data = json.loads(render(report))
    assert data["traces"][0]["otel_trace_id"] == trace_id
    if is_valid:
        validate(data)
    else:
        with pytest.raises(jsonschema.ValidationError):
            validate(data)
