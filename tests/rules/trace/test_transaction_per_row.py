"""`transaction-per-row`: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Trace
from queryscope.rules.trace import TransactionPerRow
from tests.builders import make_event, make_query_group, make_trace
from tests.rules.trace.writing import LINE, SOURCE, found, models, paced, query, told, write

RULE = TransactionPerRow()


def alone(**more):
    return write(**({"is_in_transaction": False} | more))


def each_in_its_own(count: int = 4) -> Trace:
    """Saves, each between a begin and a commit."""
    queries = tuple(query(0, 10.0 * at + 1) for at in range(count))
    events = tuple(
        event
        for at in range(count)
        for event in (
            make_event("begin", started_ms=10.0 * at),
            make_event("commit", started_ms=10.0 * at + 5),
        )
    )
    return make_trace(write(count=count, owners=count), queries=queries, connections=events)


def test_rows_that_commit_by_themselves_are_told():
    [observation] = found(RULE, alone())
    assert observation.trigger == LINE
    assert (observation.query_count, observation.avoidable_queries, observation.owner_rows) == (40, 0, 40)
    assert RULE.message([observation]) == (
        "close committed 40 times, once for each Book that it wrote, and waited for the disk each time."
    )


def test_the_fix_opens_one_transaction_around_the_loop():
    observations, context = told(RULE, alone(), graph=models(overrides=("save",)))
    remedy = RULE.remedy(observations, context)
    assert remedy.fix.code == "with transaction.atomic():\n    for book in books: …"
    assert "Book has a save() of its own" in remedy.fix.caveat
    assert (
        "+    with transaction.atomic():\n+        for book in books:\n+            book.price = 0\n"
        in remedy.fix.diff
    )
    assert "from django.db import transaction" in remedy.fix.diff


def test_another_database_is_named():
    observations, context = told(RULE, alone(alias="other"))
    assert 'transaction.atomic(using="other")' in RULE.remedy(observations, context).fix.code


def test_rows_in_one_transaction_are_silent():
    assert not found(RULE, write())


def test_a_transaction_for_each_row_is_told():
    assert list(RULE.check(each_in_its_own(), models()))
    assert not list(RULE.check(each_in_its_own(2), models()))


def test_one_transaction_around_all_is_silent():
    trace = each_in_its_own()
    once = (make_event("begin", started_ms=0.0), make_event("commit", started_ms=99.0))
    assert not list(RULE.check(replace(trace, connections=once), models()))


def test_it_fires_at_the_threshold_only():
    assert not found(RULE, alone(count=2, owners=2))
    assert found(RULE, alone(count=3, owners=3))
    assert not found(TransactionPerRow(min_repeats=41), alone())


def test_reads_progress_queues_and_pauses_are_silent():
    assert not found(RULE, alone(kind="select"))
    assert not found(RULE, alone(owners=1))
    take = make_query_group(1, sql='SELECT * FROM "shop_book" LIMIT 1 FOR UPDATE SKIP LOCKED')
    assert not found(RULE, alone(), take)
    assert not list(RULE.check(paced(make_trace(alone()), 60.0), models()))


def test_batches_are_silent():
    sql = 'UPDATE "shop_book" SET "price" = %s WHERE "shop_book"."id" IN (%s, %s)'
    assert not found(RULE, alone(owners=0, count=4, rows=400, method="update", sql=sql))


def test_a_line_of_a_test_is_silent():
    assert not told(RULE, alone(stack=(replace(LINE, path="shop/factories.py"),)))[0]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("        book.price = 0\n", "        try: pass\n        finally: pass\n", "The loop holds try"),
        ("def close", "async def close", "synchronous code only"),
        ("book.price = 0", 'book.x = """a\nb"""', "over several lines"),
    ],
)
def test_where_an_edit_might_break_something_there_is_none(old, new, why):
    text = SOURCE.replace(old, new)
    line = 1 + text[: text.index("book.save()")].count("\n")
    frame = replace(LINE, line=line, end_line=line)
    observations, context = told(RULE, alone(stack=(frame,)), text=text)
    fix = RULE.remedy(observations, context).fix
    assert not fix.diff
    assert why in fix.caveat


def test_a_file_without_imports_gets_its_first():
    text = SOURCE.replace("from shop.models import Book\n", "Book = 1\n")
    observations, context = told(RULE, alone(), text=text)
    fix = RULE.remedy(observations, context).fix
    assert "+from django.db import transaction\n+\n Book = 1\n" in fix.diff
