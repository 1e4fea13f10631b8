"""`signal-query-per-save`: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.rules.trace import SignalQueryPerSave
from tests.builders import make_frame, make_query_group, make_trace
from tests.rules.trace.writing import LINE, found, inside, models, paced, told, write

RULE = SignalQueryPerSave()
RECEIVER = make_frame("shop/signals.py", 9, "audit")


def test_what_a_receiver_asks_for_each_row_is_told_at_the_line_that_saves():
    [observation] = found(RULE, write(), inside())
    assert observation.model == "shop.Book"
    assert observation.site.frame == LINE
    assert observation.trigger == RECEIVER
    assert observation.groups == (1,)
    assert (observation.query_count, observation.avoidable_queries) == (40, 39)
    assert RULE.message([observation]) == (
        "audit ran 40 queries, one for each Book that is saved at shop/views.py:8."
    )


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("insert", "Entry.objects.bulk_create(entries)"),
        ("select", "Entry.objects.in_bulk(ids)"),
        ("update", "Entry.objects.filter(pk__in=entries).update(…)"),
        ("delete", "Entry.objects.filter(pk__in=entries).delete()"),
    ],
)
def test_the_fix_serves_all_rows_at_once_and_has_no_diff(kind, code):
    observations, context = told(RULE, write(), inside(kind=kind))
    fix = RULE.remedy(observations, context).fix
    assert fix.code == code
    assert not fix.diff
    assert fix.caveat.startswith("No diff: ")


def test_it_fires_at_the_threshold_only():
    assert not found(RULE, write(count=2, owners=2), inside(count=2))
    assert found(RULE, write(count=3, owners=3), inside(count=3))
    assert not found(SignalQueryPerSave(min_repeats=41), write(), inside())


def test_a_receiver_that_remembers_is_silent():
    assert not found(RULE, write(), inside(count=1))


def test_one_save_is_silent_and_one_delete_of_many_rows_is_not():
    assert not found(RULE, write(count=1, owners=1), inside())
    assert found(RULE, write(count=1, owners=0, method="delete", kind="delete"), inside())


def test_a_query_beside_the_write_is_silent():
    assert not found(RULE, write(), inside(stack=(make_frame(line=7, function="close"),)))
    assert not found(RULE, write(), inside(stack=(RECEIVER, replace(LINE, line=7))))


def test_savepoints_and_failures_are_silent():
    assert not found(RULE, write(), inside(kind="transaction"))
    assert not found(RULE, write(), inside(error="23505"))


def test_a_line_that_waits_between_its_queries_is_silent():
    trace = paced(make_trace(write(), inside()), 60.0)
    assert not list(RULE.check(trace, models()))


def test_a_test_that_saves_is_silent():
    line = replace(LINE, path="shop/tests/test_books.py")
    groups = write(stack=(line,)), inside(stack=(RECEIVER, line))
    assert told(RULE, *groups)[0] == []


def test_a_query_is_told_once_however_many_groups_a_write_has():
    assert len(found(RULE, write(), write(2, sql='UPDATE "shop_item" SET "a" = %s'), inside())) == 1


def test_the_own_query_of_a_save_method_is_not_inside_of_it():
    own = make_frame("shop/models.py", 12, "Book.save")
    assert not found(RULE, write(stack=(own, LINE)), graph=models(overrides=("save",)))
    ask = make_query_group(1, count=40, stack=(make_frame("shop/models.py", 11, "Book.save"), LINE))
    [observation] = found(RULE, write(stack=(own, LINE)), ask, graph=models(overrides=("save",)))
    assert observation.trigger.line == 11
    assert observation.site.frame == LINE
