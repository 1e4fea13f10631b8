"""Tests of fixes/migration.py: the text, and the migrations in a throw-away app on the real server."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connections

from queryscope.fixes.index_code import django_index, index_imports
from queryscope.fixes.migration import Removal, migration, migration_name, removal_migration
from queryscope.model import IndexAdvice, IndexKey

KEYS = {
    "status": IndexKey(column="status", django="status"),
    "customer": IndexKey(column="customer_id", django="customer"),
    "newest": IndexKey(column="created", django="created", is_descending=True),
    "sent": IndexKey(column="sent", django="sent", is_descending=True, nulls="last"),
    "week": IndexKey(
        expression="DATE_TRUNC('week', \"created\" AT TIME ZONE 'Asia/Tokyo')",
        django='TruncWeek("created", tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo"))',
    ),
    "trigrams": IndexKey(expression='UPPER("name")', django='Upper("name")', opclass="gin_trgm_ops"),
}


def make_advice(name, *keys, **more) -> IndexAdvice:
    values = {"relation": "throwaway_order", "model": "throwaway.Order", "method": "btree", "name": name}
    return IndexAdvice(keys=tuple(KEYS[key] for key in keys), **(values | more))


ADVICES = (
    make_advice("by_customer", "customer"),
    make_advice("by_status_created", "status", "newest"),
    make_advice("by_sent", "status", "sent"),
    make_advice(
        "pending", "newest", predicate="\"status\" = 'pending'", predicate_django='Q(status="pending")'
    ),
    make_advice(
        "long_names",
        "customer",
        predicate='(LENGTH("name") > 60) AND ("sent" > "created")',
        predicate_django='Q(GreaterThan(Length("name"), 60)) & Q(sent__gt=F("created"))',
    ),
    make_advice(
        "odd_customers",
        "newest",
        predicate='(("customer_id" & 1) = 1)',
        predicate_django='Q(Exact(models.F("customer").bitand(1), 1))',
    ),
    make_advice("by_week", "week"),
    make_advice("by_name", "trigrams", method="gin", extensions=("pg_trgm",)),
)

SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.postgres", "throwaway"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {"default": %r}
"""
MODELS = """
%s

class Customer(models.Model):
    pass

class Order(models.Model):
    status = models.CharField(max_length=10)
    name = models.CharField(max_length=80)
    customer = models.ForeignKey(Customer, models.CASCADE, db_index=False)
    created = models.DateTimeField()
    sent = models.DateTimeField(null=True)

    class Meta:
        indexes = [%s]
"""
FIRST = """
import django; django.setup()
from django.core.management import call_command
call_command("makemigrations", "throwaway", verbosity=0)
call_command("migrate", verbosity=0)
"""
SECOND = """
import django; django.setup()
from django.core.management import call_command
from django.db import connection

def state():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, indisvalid FROM pg_index "
            "WHERE indrelid = 'throwaway_order'::regclass AND NOT indisprimary ORDER BY 1"
        )
        indexes = cursor.fetchall()
        cursor.execute("SELECT extname FROM pg_extension WHERE extname = 'pg_trgm'")
        extensions = cursor.fetchall()
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        return indexes, extensions, cursor.fetchone()

call_command("makemigrations", "--check", "--dry-run", verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("SET lock_timeout = '3s'")
for target in (None, "0001", None):
    call_command("migrate", "throwaway", *([target] if target else []), verbosity=0)
    print(repr(state()))
call_command("makemigrations", "--check", "--dry-run", verbosity=0)
"""


def test_the_file_names_its_predecessor_and_runs_outside_of_a_transaction():
    text = migration(ADVICES[1], previous="0007_totals")
    assert "    atomic = False\n" in text
    assert '("throwaway", "0007_totals")' in text
    assert 'model_name="order",' in text
    assert 'models.Index(fields=["status", "-created"], name="by_status_created")' in text
    assert "DROP INDEX CONCURRENTLY by_status_created" in text


def test_timeouts_are_off_around_it_and_reset_in_both_directions():
    text = " ".join(migration(ADVICES[0], previous="0001_initial").split())
    off, back = (
        '"SET lock_timeout = 0; SET statement_timeout = 0"',
        '"RESET lock_timeout; RESET statement_timeout"',
    )
    before, after = f"RunSQL( {off}, {back}, )", f"RunSQL( {back}, {off}, )"
    assert text.index(before) < text.index("AddIndexConcurrently( ") < text.index(after)


def test_an_extension_comes_first():
    text = migration(ADVICES[-1], previous="0001_initial")
    assert text.index("TrigramExtension(),") < text.index("AddIndexConcurrently(\n")
    assert "import AddIndexConcurrently, TrigramExtension" in text


@pytest.mark.parametrize("advice", ADVICES, ids=lambda advice: advice.name)
def test_every_file_is_python_with_no_name_unknown_or_unused(advice):
    tree = ast.parse(migration(advice, previous="0001_initial"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert imported == used - {"atomic", "dependencies", "operations", "Migration"}


def test_lines_are_short_enough_to_read():
    assert max(len(line) for line in migration(ADVICES[0], previous="0001_initial").splitlines()) <= 110


def test_long_names_and_fields_are_broken_at_the_limit_too():
    removal = Removal(
        name="throwaway_order_customer_id_of_the_one_who_paid_1a2b3c4d",
        by="throwaway_order_customer_9f8e7d",
        field="customer",
        field_code=(
            "models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, "
            'to="throwaway.customer")'
        ),
        drop_sql="DROP INDEX x",
        create_sql="CREATE INDEX x ON " + "y" * 110,
        imports=("import django.db.models.deletion",),
    )
    text = removal_migration(removal, app_label="throwaway", model="order", previous="0001")
    long = [line.strip() for line in text.splitlines() if len(line) > 110]
    assert [line[:10] for line in long] == ['"CREATE IN']  # a string has no place to break
    assert "field=models.ForeignKey(\n" in text
    assert ast.get_docstring(ast.parse(text)).split() == (
        f"Drops the index {removal.name}, which {removal.by} replaces, without blocking writes.".split()
    )


def test_routers_are_told_the_model_where_another_database_might_not_understand():
    plain, hinted = (migration(ADVICES[0], previous="0001", is_hinted=each) for each in (False, True))
    assert "hints" not in plain
    assert hinted.count('hints={"model_name": "order"}') == 2


def test_a_file_is_named_after_its_index():
    assert migration_name(ADVICES[0], number=8) == "0008_by_customer"


@pytest.fixture
def empty_database(django_db_setup, django_db_blocker):
    """The settings of a database of its own."""
    with django_db_blocker.unblock():
        default = connections["default"]
        name = f"{default.settings_dict['NAME']}_throwaway"
        with default._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
        keys = ("ENGINE", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
        yield {key: default.settings_dict[key] for key in keys} | {"NAME": name}
        with default._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def run(script: str, directory: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=directory,
        env={"DJANGO_SETTINGS_MODULE": "throwaway_settings", "PYTHONPATH": str(directory), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_migrations_run_forwards_and_backwards_and_agree_with_the_models(tmp_path, empty_database):
    app = tmp_path / "throwaway"
    (app / "migrations").mkdir(parents=True)
    (app / "__init__.py").touch()
    (app / "migrations" / "__init__.py").touch()
    (tmp_path / "throwaway_settings.py").write_text(SETTINGS % empty_database)
    (app / "models.py").write_text(MODELS % ("from django.db import models", ""))
    run(FIRST, tmp_path)

    imports = sorted({line for advice in ADVICES for line in index_imports(advice)})
    indexes = ", ".join(django_index(advice) for advice in ADVICES)
    (app / "models.py").write_text(MODELS % ("\n".join(imports), indexes))
    previous = "0001_initial"
    for number, advice in enumerate(ADVICES, start=2):
        name = migration_name(advice, number=number)
        (app / "migrations" / f"{name}.py").write_text(migration(advice, previous=previous))
        previous = name

    forwards, backwards, again = (ast.literal_eval(line) for line in run(SECOND, tmp_path).splitlines())
    assert forwards[0] == [(advice.name, True) for advice in sorted(ADVICES, key=lambda one: one.name)]
    assert forwards[1] == [("pg_trgm",)]
    assert backwards[:2] == ([], [])
    assert again == forwards
