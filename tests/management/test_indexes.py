"""`manage.py queryscope indexes`: what it tells, writes and refuses, in a project of its own."""

from __future__ import annotations

import json
import shutil

from tests.shops import FILL, Shop, connect

ROWS = 120_000  # of fewer the page takes a millisecond, which is too little to be won
INDEXES = ("queryscope", "indexes")
OPEN_PAGE = """
import django; django.setup()
from django.test import Client
Client().get("/orders/")
"""


def record(shop: Shop) -> None:
    """Rows for the page, and a visit of it."""
    with connect(shop) as connection:
        connection.execute(FILL.format(rows=ROWS))
    shop.python(OPEN_PAGE)


def advised(shop: Shop) -> str:
    """The name of the index that the page asks for."""
    told = shop.manage(*INDEXES, "--json", "found.json")
    assert told.splitlines()[-1] == "found.json"
    [record] = json.loads((shop.folder / "found.json").read_text())["indexes"]
    (shop.folder / "found.json").unlink()
    assert record["relation"] == "shop_order"
    assert record["evidence"]["level"] == "timed"
    return str(record["name"])


def test_a_visited_page_is_told_its_index_which_is_written_and_then_not_asked_for(shop: Shop) -> None:
    record(shop)
    told = shop.manage(*INDEXES, "--url", "/orders/")
    assert told.startswith("Visiting /orders/; where trials are allowed, indexes are built and timed …\n")
    assert "shop.Order" in told
    assert "models.Index(" in told
    assert "✓ timed: " in told
    assert "order_list (shop/views.py:8), 1 query" in told
    name = advised(shop)
    before = shop.files()

    diff = shop.manage(*INDEXES, "--diff").partition("--- ")
    assert shop.files() == before
    written = shop.manage(*INDEXES, "--write")
    assert f"shop/migrations/0002_{name}.py" in written
    assert "1 index written. Look at `git diff`, then `manage.py migrate`." in written
    after = shop.files()
    shop.git("stash", "-u", "-q")
    (shop.folder / "fix.patch").write_text("--- " + diff[2])
    shop.git("apply", "fix.patch")
    (shop.folder / "fix.patch").unlink()
    assert shop.files() == after

    assert "No changes detected" in shop.manage("makemigrations", "--check", "--dry-run")
    shop.manage("migrate")
    assert "No index is advised" in shop.manage(*INDEXES, "--url", "/orders/")


def test_the_test_of_a_plan_passes_with_the_index_and_fails_without(shop: Shop) -> None:
    record(shop)
    for style, file in (("pytest", "test_plans.py"), ("unittest", "tests.py")):
        told = shop.manage(*INDEXES, "--test", style)
        (shop.folder / "shop" / file).write_text(told[told.index("# ") :])
    run = ("-q", "--ds=settings", "--no-header", "-p", "no:queryscope", "shop/test_plans.py")
    program = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
    assert "1 failed" in shop.python(program, *run, code=1)
    assert "FAILED (failures=1)" in shop.manage("test", "shop", code=1)
    shop.manage(*INDEXES, "--write", "--force")
    assert "1 passed" in shop.python(program, *run)
    assert "OK" in shop.manage("test", "shop")


def test_it_writes_nothing_over_what_git_could_not_bring_back(shop: Shop) -> None:
    record(shop)
    models = shop.models / "orders.py"
    committed = models.read_text()
    models.write_text(committed + "\n# a thought\n")
    before = shop.files()
    told = shop.manage(*INDEXES, "--write", code=2)
    assert "has changes that aren't committed (M shop/models/orders.py)" in told
    assert "--force writes nevertheless." in told
    models.write_text(committed)
    (shop.migrations / "notes.txt").write_text("mine")
    assert "(?? shop/migrations/notes.txt)" in shop.manage(*INDEXES, "--write", code=2)
    (shop.migrations / "notes.txt").unlink()
    models.write_text(committed + "\n# a thought\n")
    assert shop.files() == before
    shop.manage(*INDEXES, "--write", "--force")
    assert models.read_text().endswith("# a thought\n")

    shop.git("checkout", "-q", ".")
    shop.git("clean", "-fdq")
    shutil.move(shop.folder / ".git", shop.folder.parent / "git")
    told = shop.manage(*INDEXES, "--write", code=2)
    assert "isn't in a git work tree" in told
    assert models.read_text() == committed


def test_migrations_in_no_state_to_add_one_are_refused(shop: Shop) -> None:
    record(shop)
    for name in ("0002_one", "0002_two"):
        (shop.migrations / f"{name}.py").write_text(
            "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
            '    dependencies = [("shop", "0001_initial")]\n    operations = []\n'
        )
    shop.commit()
    told = shop.manage(*INDEXES, "--write", code=2)
    assert "has 2 last migrations (0002_one, 0002_two): `manage.py makemigrations --merge shop` first" in told
    (shop.migrations / "0002_two.py").unlink()
    models = shop.models / "orders.py"
    models.write_text(models.read_text().replace("max_length=80", 'max_length=80, help_text="in full"'))
    shop.commit()
    assert "migrations/0003_" in shop.manage(*INDEXES, "--diff")  # no table changes by that
    models.write_text(models.read_text().replace("max_length=80", "max_length=90"))
    shop.commit()
    told = shop.manage(*INDEXES, "--write", code=2)
    assert "have changes without a migration (Alter field name on customer)" in told
    shop.manage("makemigrations", "shop", "-n", "three")
    shop.commit()
    assert "0004_" in shop.manage(*INDEXES, "--write")


def test_what_was_recorded_is_told_and_wrong_words_are_explained(shop: Shop) -> None:
    assert "Nothing is recorded." in shop.manage(*INDEXES, code=2)
    record(shop)
    name = advised(shop)
    assert f"1. {name} on shop.Order" in shop.manage(*INDEXES)
    told = shop.manage(*INDEXES, name + "x", code=2)
    assert f"There is no advised index '{name}x'. Did you mean '{name}'?" in told
    assert "--as needs --url." in shop.manage(*INDEXES, "--as", "alice", code=2)
    assert "not allowed with argument" in shop.manage(*INDEXES, "--write", "--diff", code=2)
    assert "--write touches the files of models" in shop.manage(*INDEXES, "--help")
