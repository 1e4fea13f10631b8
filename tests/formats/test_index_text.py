"""Index advice on the terminal."""

from __future__ import annotations

from dataclasses import replace

from queryscope.formats.index_text import index_lines, refusal_lines, removal_lines, served, timed_rewrites
from queryscope.model import (
    Evidence,
    Fix,
    IndexAdvice,
    IndexKey,
    Level,
    Measure,
    Refusal,
)
from tests.builders import make_frame, make_query_group, make_site, make_trace
from tests.formats.findings import make_removal
from tests.formats.reports import make_report

TIMED = Evidence(
    level=Level.TIMED,
    before=Measure(ms=131.0, blocks=12_345),
    after=Measure(ms=0.42, blocks=5),
    note="Built in 540 ms.",
)
ADVICE = IndexAdvice(
    relation="shop_order",
    model="shop.Order",
    method="btree",
    name="by_status",
    keys=(IndexKey(column="status", django="status"),),
    serves=("f1",),
    size_bytes=3_250_586,
    build_ms=540.0,
    write_cost="ends HOT updates for Order.status",
    replaces=("old",),
    together=("by_customer",),
    evidence=TIMED,
)


def text(advice: IndexAdvice = ADVICE, width: int = 100) -> str:
    frame = make_frame("shop/views.py", 12, "order_list")
    group = make_query_group(
        fingerprint="f1", site=make_site("shop.Order", frame=frame), count=3, total_ms=390.0
    )
    report = replace(make_report(), traces=(make_trace(group),))
    return "\n".join(index_lines(report, [advice], width=width))


def test_all_that_is_known_of_an_index_is_told() -> None:
    told = text().replace("\u202f", " ")
    assert told.startswith(
        '1. by_status on shop.Order\n   models.Index(fields=["status"], name="by_status")\n'
    )
    assert "✓ timed: 131 ms → 0.42 ms (312 times as fast), 12 345 → 5 blocks. Built in 540 ms." in told
    assert "costs     3.1 MB on disk · 540 ms to build · ends HOT updates for Order.status" in told
    assert "serves    order_list (shop/views.py:12), 3 queries, 390 ms" in told
    assert "replaces  old: drop it when this one is there" in told
    assert "with      by_customer: one alone helps little" in told
    assert "or        db_index=True on status, which builds the same" in told
    of_key = text(replace(ADVICE, keys=(IndexKey(column="buyer_id", django="buyer"),)))
    assert "or        buyer without db_index=False: Django builds the same for a foreign key" in of_key


def test_what_was_not_measured_is_not_claimed() -> None:
    usable = replace(
        ADVICE, evidence=Evidence(level=Level.USABLE, note="Few rows."), size_bytes=None, build_ms=None
    )
    told = text(replace(usable, write_cost=""))
    assert "~ usable: it can serve the query; the gain was not measured. Few rows." in told
    assert "on disk" not in told
    assert "○ none: not tried." in text(replace(ADVICE, evidence=Evidence()))


def test_lines_are_no_wider_than_asked_where_words_allow_it() -> None:
    assert max(map(len, text(width=60).splitlines())) <= 60


def test_names_of_strangers_are_harmless() -> None:
    told = text(replace(ADVICE, write_cost="\x1b[31mred\n2. by_evil"))
    assert "\x1b" not in told
    assert "\n2. by_evil" not in told


def test_many_places_are_counted() -> None:
    groups = [
        make_query_group(
            index, fingerprint="f1", site=None, stack=(make_frame("a.py", index + 1, f"f{index}"),)
        )
        for index in range(8)
    ]
    report = replace(make_report(), traces=(make_trace(*groups),))
    assert served(ADVICE, report)[-1] == "and 3 more places"


def test_refusals_stand_in_order_behind_their_kinds() -> None:
    refusals = [
        Refusal(fingerprint="f", relation="shop_order", kind="no-gain", reason="Too little."),
        Refusal(fingerprint="f", relation="shop_brand", kind="tiny-table", reason="12 rows."),
        Refusal(fingerprint="g", relation="shop_brand", kind="tiny-table", reason="12 rows."),
    ]
    assert refusal_lines(refusals) == [
        "tiny-table  shop_brand: 12 rows.",
        "no-gain     shop_order: Too little.",
    ]


def test_only_timed_rewrites_are_told() -> None:
    report = make_report()
    [first, *others] = report.findings
    fixes = (
        Fix(kinds=("range",), title="Range", code="x", evidence=TIMED),
        Fix(kinds=("keyset",), title="Keyset", code="x"),
        Fix(kinds=("index",), title="Index", code="x", evidence=TIMED),
    )
    report = replace(report, findings=(replace(first, fixes=fixes), *others))
    assert [fix.title for _, fix in timed_rewrites(report)] == ["Range"]


def test_indexes_that_can_go_are_told_with_the_change() -> None:
    removal = make_removal()
    first, *more = removal_lines([removal])
    assert first.startswith(f"− {removal.name} of {removal.relation} (likely): ")
    assert more[-1] == "  Review.book: db_index=False"
    [*_, sql] = removal_lines([replace(removal, django="", drop_sql="DROP INDEX CONCURRENTLY x")])
    assert sql == "  DROP INDEX CONCURRENTLY x"
