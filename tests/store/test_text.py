"""Captures as text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.errors import StoreError
from queryscope.model import (
    Capture,
    Column,
    Evidence,
    Index,
    IndexAdvice,
    IndexKey,
    Insight,
    Level,
    Measure,
    Origin,
    Refusal,
    Repeat,
    Schema,
    SkippedPlan,
    Table,
)
from queryscope.store import decode, encode
from tests.builders import (
    make_access,
    make_frame,
    make_models,
    make_node,
    make_plan,
    make_query_group,
    make_site,
    make_trace,
)


def make_full_capture(**more: Any) -> Capture:
    """A capture with something in every field."""
    trace = make_trace(
        make_query_group(
            count=2, access=make_access(owner_group=0), site=make_site(lookups=("name__exact",))
        ),
        make_query_group(1, stack=(make_frame("a.html", is_template=True, source="{{ é }}"),), error="42P01"),
        origin=Origin(kind="request", label="GET books/", parent="tests/a.py::test_b"),
        repeats=(Repeat(fingerprint="f0", alias="default", count=2, groups=(0,)),),
        notes=("COPY was not seen",),
        status=200,
    )
    deep = make_node("Limit", make_node("Sort", make_node("Seq Scan", extra={"Some Key": [1, {"a": None}]})))
    evidence = Evidence(level=Level.TIMED, before=Measure(ms=2.5, blocks=9), after=Measure(ms=1.0), note="n")
    advice = IndexAdvice(
        relation="shop_book",
        model="shop.Book",
        method="gin",
        keys=(IndexKey(expression='UPPER("name")', opclass="gin_trgm_ops"),),
        name="book_name",
        evidence=evidence,
    )
    insight = Insight(rule="sort-spill", node=1, severity="warning", message="m")
    values: dict[str, Any] = {
        "trace": trace,
        "plans": (make_plan(deep, insights=(insight,), settings=(("work_mem", "4MB"),)),),
        "skipped_plans": (SkippedPlan(fingerprint="f1", reason="a write"),),
        "schema": Schema(
            tables=(
                Table(
                    schema="public",
                    name="shop_book",
                    rows=-1,
                    pages=0,
                    columns=(Column(name="id", type="bigint"),),
                    indexes=(Index(name="pk", method="btree", keys=("id",)),),
                ),
            )
        ),
        "models": make_models(),
        "indexes": (advice,),
        "refusals": (Refusal(fingerprint="f0", relation="shop_book", kind="covered", reason="r"),),
    }
    return Capture(**(values | more))


def test_a_capture_survives_with_every_field() -> None:
    capture = make_full_capture()
    assert decode(encode([capture])) == (capture,)


def test_several_captures_keep_their_order() -> None:
    captures = tuple(make_full_capture(trace=make_trace(id=f"t{number}")) for number in range(3))
    assert [capture.trace.id for capture in decode(encode(captures))] == ["t0", "t1", "t2"]


def test_no_captures_are_no_captures() -> None:
    assert decode(encode([])) == ()


def test_text_may_come_as_a_string() -> None:
    capture = make_full_capture()
    assert decode(encode([capture]).decode()) == (capture,)


def test_a_deep_plan_survives() -> None:
    node = make_node("Seq Scan")
    for _ in range(200):
        node = make_node("Append", node)
    capture = Capture(trace=make_trace(), plans=(make_plan(node),))
    assert decode(encode([capture])) == (capture,)


@given(st.text())
def test_any_label_survives(label: str) -> None:
    printable = label.encode("utf-8", "ignore").decode()
    capture = Capture(trace=make_trace(label=printable))
    assert decode(encode([capture]))[0].trace.origin.label == printable


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe\x00",
        b'{"layout":2,"queryscope":"x"}',
        b'{"layout":2,"queryscope":"x","captures":[{}]}',
        b'{"layout":2,"queryscope":"x","captures":[{"trace":{"id":1}}]}',
        b'{"layout":"2","queryscope":"x","captures":[]}',
        b"[" * 100_000,
        b'{"layout":2,"queryscope":"x","captures":' + b"[" * 100_000,
    ],
)
def test_anything_else_is_refused_with_a_reason(text: bytes) -> None:
    with pytest.raises(StoreError, match="isn't a capture, or is cut short"):
        decode(text)


@given(st.integers(min_value=0, max_value=2000))
def test_text_cut_short_is_refused_wherever_it_is_cut(at: int) -> None:
    text = encode([make_full_capture()])
    with pytest.raises(StoreError):
        decode(text[: min(at, len(text) - 1)])


def test_another_layout_is_told_with_the_version_that_wrote_it() -> None:
    with pytest.raises(StoreError, match=r"was written by queryscope '9\.1' in another layout"):
        decode(b'{"layout":3,"queryscope":"9.1","captures":[]}')


def test_fields_of_a_later_version_are_passed_over() -> None:
    envelope = json.loads(encode([make_full_capture()]))
    envelope["captures"][0]["trace"]["colour"] = "blue"
    assert decode(json.dumps(envelope)) == (make_full_capture(),)
