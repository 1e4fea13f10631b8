"""The Indexes view as data."""

from __future__ import annotations

from dataclasses import replace

from queryscope.formats.index_view import index_sets, indexes_of, removal
from queryscope.formats.view import measured, proof_parts
from queryscope.model import IndexKey, Level
from tests.formats.findings import make_advice, make_finding, make_fix, make_removal
from tests.formats.reports import index_report, make_report


def sets(report):
    return index_sets(report, proof=proof_parts, bars=measured)


def test_each_index_is_an_entry_of_its_own():
    one, two = sets(make_report())
    assert one["title"] == "shop.Review (book, -created)"
    assert one["parts"][0]["costs"] == "7.0 MB on disk · 412 ms to build"
    assert one["bars"][0] == ["ms", 131.4, 0.14]
    assert one["parts"][0]["proof"] is None
    assert two["parts"][0]["needs"] == "extension pg_trgm"
    assert two["parts"][0]["costs"] == "412 ms to build"
    assert two["proof"]["level"] == Level.USABLE


def test_a_set_is_one_entry_that_serves_what_all_of_it_serve():
    first, *rest = sets(index_report(5))
    assert len(rest) == 3
    assert first["title"] == "shop.Line (order), shop.Order (state)"
    assert [part["name"] for part in first["parts"]] == ["line_order", "order_state"]
    assert first["serves"] == ["reviews"]
    assert first["gain"] == "−10.2 s"
    assert first["parts"][0]["proof"] is None
    assert first["parts"][1]["proof"]["note"] == "Alone it won 1.1 times."


def test_what_helps_beside_another_says_so():
    one, two = make_advice(name="one"), make_advice(name="two", together=("one",))
    found = sets(make_report(indexes=(one, two)))
    assert [entry["name"] for entry in found] == ["one", "two"]
    assert [entry["parts"][0]["beside"] for entry in found] == ["", "one: without it this one helps little"]


def test_a_gain_that_nobody_timed_is_not_told():
    [found] = sets(make_report(indexes=(make_advice(gain_ms=None),)))
    assert (found["gain"], found["saves"]) == ("", "")


def test_what_is_included_and_stored_is_told():
    advice = make_advice(
        keys=(IndexKey(column="ts", django="ts"),),
        include=("total",),
        storage=(("pages_per_range", "32"),),
        model="",
    )
    [found] = sets(make_report(indexes=(advice,)))
    assert found["title"] == "shop_review (ts; total)"
    assert found["parts"][0]["storage"] == "pages_per_range = 32"


def test_an_index_that_can_go_says_how():
    row = removal(make_removal())
    assert row["about"] == "shop_review · 7.0 MB · contained · likely"
    assert row["change"] == "Review.book: db_index=False"
    assert removal(make_removal(django="", kind="invalid", confidence="certain")) == row | {
        "about": "shop_review · 7.0 MB · INVALID",
        "change": 'DROP INDEX CONCURRENTLY "shop_review_book_id_1a2b3c4d"',
    }


def test_a_finding_knows_the_indexes_that_it_advises():
    report = make_report()
    code = 'models.Index(fields=["book", "-created"], name="review_book_created_idx")'
    finding = make_finding(fixes=(make_fix(kinds=("index",), code=code, diff=""),))
    assert indexes_of(finding, report) == ["review_book_created_idx"]
    assert indexes_of(replace(finding, fixes=(make_fix(),)), report) == []
