"""`write-in-loop`: firing, silent, at its threshold; what it says and when it edits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import AccessKind
from queryscope.rules.trace import WriteInLoop
from tests.builders import make_access, make_frame, make_query_group, make_trace
from tests.rules.trace.writing import (
    BOOK,
    LINE,
    SOURCE,
    UPDATED,
    found,
    models,
    paced,
    query,
    told,
    write,
)

RULE = WriteInLoop()


def caveat_of(*groups, graph=None, text=SOURCE) -> str:
    observations, context = told(RULE, *groups, graph=graph, text=text)
    [fix] = [RULE.remedy(observations, context).fix]
    assert not fix.edits
    assert not fix.diff
    return fix.caveat


def test_rows_that_are_saved_one_by_one_are_told():
    [observation] = found(RULE, write())
    assert observation.model == "shop.Book"
    assert observation.trigger == LINE
    assert (observation.query_count, observation.avoidable_queries) == (40, 39)
    assert observation.fact == "queries"
    assert RULE.message([observation]) == "close saved 40 Book rows one by one, with 40 queries."


def test_the_fix_is_the_bulk_call_behind_the_loop():
    observations, context = told(RULE, write())
    remedy = RULE.remedy(observations, context)
    assert remedy.fix.kinds == ("bulk_update",)
    assert remedy.fix.code == 'Book.objects.bulk_update(books, ["price"])'
    assert '-        book.save()\n+    Book.objects.bulk_update(books, ["price"])\n' in remedy.fix.diff
    assert (remedy.location.line, remedy.location.end_line) == (8, 8)


@pytest.mark.parametrize("count", [1, 2])
def test_it_is_silent_below_the_threshold(count):
    assert found(RULE, write(count=count, owners=count)) == []


def test_it_fires_at_the_threshold():
    assert found(RULE, write(count=3, owners=3))
    assert found(WriteInLoop(min_repeats=2), write(count=2, owners=2))
    assert not found(WriteInLoop(min_repeats=41), write())


def test_the_same_row_saved_again_is_progress():
    assert found(RULE, write(owners=1)) == []


@pytest.mark.parametrize("method", ["bulk_create", "bulk_update", "raw_delete"])
def test_bulk_methods_are_silent(method):
    assert found(RULE, write(method=method)) == []


@pytest.mark.parametrize("label", ["sessions.Session", "contenttypes.ContentType", "admin.LogEntry"])
def test_what_django_keeps_by_itself_is_silent(label):
    access = make_access(AccessKind.WRITE, model=label, attribute="", target=label, method="save")
    assert found(RULE, write(access=access)) == []


def test_reads_are_silent():
    assert found(RULE, make_query_group(0, count=40, stack=(LINE,))) == []
    assert found(RULE, write(kind="transaction")) == []


def test_a_line_that_waits_between_its_writes_is_silent():
    trace = make_trace(write())
    assert list(RULE.check(paced(trace, 49.0), models()))
    assert not list(RULE.check(paced(trace, 51.0), models()))
    assert list(WriteInLoop(pause_ms=100.0).check(paced(trace, 51.0), models()))


def test_a_queue_is_silent():
    take = make_query_group(1, sql='SELECT * FROM "shop_book" LIMIT 1 FOR UPDATE SKIP LOCKED')
    other = make_query_group(1, sql='SELECT * FROM "shop_tag" LIMIT 1 FOR UPDATE SKIP LOCKED')
    assert not found(RULE, write(), take)
    assert found(RULE, write(), other)


def test_schemas_that_change_in_between_are_silent():
    switch = make_query_group(1, kind="transaction", sql="SET search_path = %s", count=40)
    assert not found(RULE, write(), switch)
    assert found(RULE, write(), replace(switch, count=1))


def test_what_failed_does_not_count():
    group = write(0, method="create", kind="insert", count=4, owners=0, error="23505")
    failed = [query(0, at, error="23505") for at in range(3)]
    assert not found(RULE, group, queries=(*failed, query(0, 3.0)))
    assert found(RULE, group, queries=(failed[0], *(query(0, at) for at in range(1, 4))))


def test_two_databases_are_two_findings():
    assert len(found(RULE, write(), write(1, alias="other"))) == 2


def test_a_line_of_a_test_is_silent():
    group = write(stack=(replace(LINE, path="shop/tests/test_books.py"),))
    assert told(RULE, group)[0] == []


def test_without_a_loop_in_the_source_it_is_silent():
    text = SOURCE.replace("for book in books:", "if book := books[0]:")
    frame = replace(LINE, function="close")
    assert told(RULE, write(stack=(frame,)), text=text)[0] == []


def test_a_formset_is_silent_and_a_serializer_of_many_is_not():
    text = SOURCE.replace("for book in books:", "if book := books[0]:")
    assert not told(RULE, write(asked_through="django.forms"), text=text)[0]
    assert told(RULE, write(asked_through="rest_framework"), text=text)[0]


def test_without_a_source_it_is_told_without_an_edit():
    assert caveat_of(write(), text=None).startswith("No diff: The source shows no method call")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"overrides": ("save",)}, "Book has a save() of its own"),
        ({"receivers": ("post_save",)}, "Receivers listen to post_save of Book"),
        ({"parents": ("shop.Item",)}, "stored in the tables of Item too"),
    ],
)
def test_what_a_bulk_method_loses_is_said_and_not_edited(more, said):
    assert said in caveat_of(write(), graph=models(**more))


@pytest.mark.parametrize("more", [{"overrides": ("save",)}, {"receivers": ("pre_save",)}])
def test_rows_that_commit_by_themselves_are_left_to_the_rule_on_transactions(more):
    assert not found(RULE, write(is_in_transaction=False), graph=models(**more))
    assert found(RULE, write(is_in_transaction=False))


def test_signals_that_the_write_does_not_send_do_not_matter():
    observations, context = told(RULE, write(), graph=models(receivers=("post_delete", "m2m_changed")))
    assert RULE.remedy(observations, context).fix.diff


def test_auto_now_is_named_and_not_edited():
    graph = models(fields=(*BOOK.fields, UPDATED))
    sql = 'UPDATE "shop_book" SET "price" = %s, "updated" = %s WHERE "shop_book"."id" = %s'
    observations, context = told(RULE, write(sql=sql), graph=graph)
    fix = RULE.remedy(observations, context).fix
    assert fix.code == 'Book.objects.bulk_update(books, ["price", "updated"])'
    assert "doesn't fill updated" in fix.caveat
    assert not fix.diff


def test_auto_now_that_update_fields_leaves_out_does_not_matter():
    observations, context = told(RULE, write(), graph=models(fields=(*BOOK.fields, UPDATED)))
    assert RULE.remedy(observations, context).fix.diff


def test_a_loop_that_reads_what_it_writes_gets_no_edit():
    read = make_query_group(
        1, sql='SELECT * FROM "shop_book"', count=40, stack=(make_frame(line=7, function="close"),)
    )
    assert "reads that table too" in caveat_of(write(), read)


def test_rows_that_are_saved_twice_get_no_edit():
    assert "saved more than once" in caveat_of(write(owners=20))


def test_fields_come_from_the_statement_where_the_source_does_not_tell():
    text = SOURCE.replace("book.price = 0", "adapt(book)     ")
    observations, context = told(RULE, write(), text=text)
    assert RULE.remedy(observations, context).fix.code == (
        'Book.objects.bulk_update(books, ["title", "price"])'
    )


def test_two_models_of_one_name_get_no_edit():
    graph = models()
    twice = replace(graph, models=(*graph.models, replace(BOOK, label="library.Book", table="library_book")))
    assert "More than one model is called Book" in caveat_of(write(), graph=twice)


def test_a_save_method_on_the_stack_is_passed_over():
    own = make_frame("shop/models.py", 12, "Book.save")
    [observation] = found(RULE, write(stack=(own, LINE)), graph=models(overrides=("save",)))
    assert observation.trigger == LINE


@pytest.mark.parametrize("is_committed", [True, False])
def test_rows_that_committed_one_by_one_are_told_to_stand_or_fall_together(is_committed):
    observations, context = told(RULE, write(is_in_transaction=not is_committed))
    caveat = RULE.remedy(observations, context).fix.caveat
    assert ("bulk_update() is atomic: a row that fails takes all others with it." in caveat) is is_committed
