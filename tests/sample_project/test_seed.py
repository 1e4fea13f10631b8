"""The seed: the same rows every time, complete or not at all."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from psycopg import sql

from orders.models import DailySales, Order, OrderLine, Payment
from seeding import order_rows
from seeding.progress import Progress
from seeding.scales import LARGE, MEDIUM, SCALES, SMALL
from seeding.seed import USER, clear, has_rows, mark_of, read_mark, seed
from seeding.tables import all_tables
from seeding.world import END, START, World, moment
from tests.sample_project.conftest import TINY, fill

ROOT = Path(__file__).resolve().parents[2]
CHECKSUM = "SELECT md5(coalesce(string_agg(row::text, ',' ORDER BY row::text), '')) FROM {} AS row"
DIGEST = """
import hashlib, os, sys
sys.path.insert(0, "sample_project")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from dataclasses import replace
from seeding.scales import SMALL
from seeding.tables import PLAIN
from seeding.world import World
world = World(replace(SMALL, orders=50, shipments=50, messages=50))
digest = hashlib.md5()
for label, rows in PLAIN:
    for row in rows(world):
        digest.update(repr(row).encode())
print(digest.hexdigest())
"""


def checksums() -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for table in all_tables():
            cursor.execute(sql.SQL(CHECKSUM).format(sql.Identifier(table.name)))
            found[table.name] = cursor.fetchone()[0]
    return found


@pytest.fixture
def tiny(db, monkeypatch):
    """The command's small scale, made smaller, and a database without rows."""
    clear()
    scale = replace(TINY, name="small")
    monkeypatch.setitem(SCALES, "small", scale)
    return scale


def test_the_same_scale_gives_the_same_rows(db):
    fill(TINY)
    first = checksums()
    fill(TINY)
    assert checksums() == first
    assert len(set(first.values())) > 20


def test_another_scale_gives_other_rows(db):
    fill(TINY)
    first = checksums()
    fill(replace(TINY, name="other"))
    assert checksums() != first


def test_rows_do_not_depend_on_the_hash_seed():
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 32


def test_an_interrupted_seed_leaves_what_was_there(db, monkeypatch):
    fill(TINY)
    before, mark = checksums(), read_mark()

    def interrupted(world):
        yield from list(order_rows.order_lines(world))[:10]
        raise KeyboardInterrupt

    broken = [
        replace(table, rows=interrupted) if table.model is OrderLine else table for table in all_tables()
    ]
    with monkeypatch.context() as patch:
        patch.setattr("seeding.seed.all_tables", lambda: tuple(broken))
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            seed(replace(TINY, name="other"), Progress(None))
    assert checksums() == before
    assert read_mark() == mark == mark_of(TINY)


def test_an_interrupted_first_seed_leaves_nothing_and_is_repaired_by_the_next(db, tiny, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("seeding.seed._reset_sequences", lambda tables: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            fill(tiny)
    assert not has_rows()
    assert read_mark() == ""
    call_command("seed", scale="small", no_input=True, stdout=io.StringIO())
    assert has_rows()


def test_the_command_says_that_the_data_is_complete_and_leaves_it(db, tiny, monkeypatch):
    call_command("seed", scale="small", no_input=True, stdout=io.StringIO())
    Order.objects.filter(pk=1).update(status="changed")
    out = io.StringIO()
    call_command("seed", scale="small", stdout=out)
    assert "already complete" in out.getvalue()
    assert Order.objects.get(pk=1).status == "changed"
    call_command("seed", scale="small", no_input=True, force=True, stdout=out)
    assert Order.objects.get(pk=1).status != "changed"


def test_data_of_another_version_is_made_again(db, tiny, monkeypatch):
    fill(tiny)
    monkeypatch.setattr("seeding.seed.version", lambda: "another")
    out = io.StringIO()
    call_command("seed", scale="small", no_input=True, stdout=out)
    assert "already" not in out.getvalue()
    assert read_mark().endswith("another")


@pytest.mark.parametrize("answer", ["", "n", "what?"])
def test_rows_are_deleted_only_after_a_yes(db, tiny, monkeypatch, answer):
    fill(replace(TINY, name="other"))
    monkeypatch.setattr("builtins.input", lambda prompt: answer)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("seed", scale="small", stdout=io.StringIO())
    assert "other" in read_mark()


def test_a_yes_replaces_the_rows(db, tiny, monkeypatch):
    fill(replace(TINY, name="other"))
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    call_command("seed", scale="small", stdout=io.StringIO())
    assert "small" in read_mark()


def test_without_anybody_to_ask_the_command_says_what_to_do(db, tiny, monkeypatch):
    fill(replace(TINY, name="other"))

    def nobody(prompt):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CommandError, match="--no-input"):
        call_command("seed", scale="small", stdout=io.StringIO())


def test_an_unknown_scale_is_a_usage_error(db):
    with pytest.raises(CommandError, match="invalid choice: 'huge'"):
        call_command("seed", "--scale", "huge")


def test_an_empty_database_needs_no_answer(db, tiny, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: pytest.fail("asked"))
    call_command("seed", scale="small", stdout=io.StringIO())
    assert has_rows()


def test_clearing_takes_rows_user_and_mark_away(db):
    fill(TINY)
    clear()
    assert not has_rows()
    assert read_mark() == ""
    assert authenticate(username=USER, password=USER) is None


def test_the_user_can_log_in_and_is_kept_by_the_next_seed(db):
    fill(TINY)
    user = authenticate(username=USER, password=USER)
    assert user.is_superuser
    fill(TINY)
    assert authenticate(username=USER, password=USER) == user


def test_new_rows_get_free_ids(db):
    fill(TINY)
    order = Order.objects.get(pk=1)
    line = OrderLine.objects.create(order=order, product_id=1, quantity=1, unit_price=1)
    assert line.pk > TINY.orders
    assert (
        Order.objects.create(
            number="new",
            customer_id=1,
            shipping_address_id=1,
            billing_address_id=1,
            status="done",
            total=1,
            created=END,
        ).pk
        == TINY.orders + 1
    )


def test_totals_agree_with_lines_payments_and_days(db):
    fill(TINY)
    for order in Order.objects.prefetch_related("lines"):
        assert order.total == sum(line.quantity * line.unit_price for line in order.lines.all())
    for payment in Payment.objects.select_related("order"):
        assert payment.amount == payment.order.total
        assert payment.order.status in ("done", "paid")
    assert sum(DailySales.objects.using("default").values_list("revenue", flat=True)) == sum(
        Order.objects.values_list("total", flat=True)
    )


def test_statistics_are_fresh(db):
    fill(TINY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'problems_shipment'")
        assert cursor.fetchone()[0] == TINY.shipments


def test_both_copies_of_a_big_table_hold_equal_rows(db):
    fill(TINY)
    found = checksums()
    assert found["problems_shipment"] == found["problems_indexedshipment"]
    assert found["problems_message"] == found["problems_indexedmessage"]


def test_statuses_are_skewed_and_customers_too():
    world = World(replace(MEDIUM, orders=20_000))
    statuses = Counter(world.order_status[1:])
    assert 0.93 < statuses["done"] / 20_000 < 0.95
    assert 0.007 < statuses["pending"] / 20_000 < 0.013
    buyers = Counter(world.order_customer[1:])
    best = sum(count for _, count in buyers.most_common(len(buyers) // 10))
    assert best > 0.3 * 20_000


def test_prices_are_log_normal():
    cents = sorted(World(MEDIUM).price_cents[1:])
    mean, median = sum(cents) / len(cents), cents[len(cents) // 2]
    assert mean > 1.3 * median
    assert cents[-1] > 10 * median


def test_moments_grow_and_grow_denser():
    moments = [moment(position, 1000) for position in range(1, 1001)]
    assert moments == sorted(set(moments))
    assert moments[0] > START
    assert (moments[1] - moments[0]) > 3 * (moments[-1] - moments[-2])
    late = [each for each in moments if each > START + (END - START) / 2]
    assert len(late) > 600


def test_the_large_scale_has_a_million_order_lines():
    assert sum(len(basket) for _, basket in World(LARGE).baskets()) >= 1_000_000


def test_the_medium_scale_is_as_large_as_its_indexes_need():
    lines = sum(len(basket) for _, basket in World(MEDIUM).baskets())
    assert 200_000 <= lines <= 300_000
    assert 20_000 <= MEDIUM.messages <= 60_000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_each_table_is_one_line():
    out = io.StringIO()
    progress = Progress(out)
    progress.advance("orders_order", 1000, 5000)
    progress.finish("orders_order", 5000)
    assert out.getvalue().split() == ["orders_order", "5,000"]
    assert out.getvalue().count("\n") == 1


def test_on_a_terminal_a_bar_grows():
    out = Terminal()
    progress = Progress(out)
    progress.advance("orders_order", 2500, 5000)
    progress.finish("orders_order", 5000)
    drawn = out.getvalue().split("\r")
    assert "############............" in drawn[1]
    assert "########################" in drawn[2]
    assert drawn[2].endswith("\n")


def test_a_bar_is_not_drawn_for_every_row_and_bears_a_wrong_expectation():
    out = Terminal()
    progress = Progress(out)
    for done in range(0, 5000, 10):
        progress.advance("orders_order", done, 0)
    assert out.getvalue().count("\r") < 20


def test_small_is_small():
    assert SMALL.orders <= 500
    assert max(SMALL.shipments, SMALL.messages) <= 4_000
