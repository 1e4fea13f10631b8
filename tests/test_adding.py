"""Advised indexes in a real project: written, checked by Django, built while a writer runs, taken away."""

from __future__ import annotations

import threading
import time
from typing import Any

from tests.shops import FILL, Shop, connect

ROWS = 60_000
LONGEST_WAIT_S = 1.0

# One of every kind that an index can be of, on models of every kind.
ADVICES = """
from queryscope.model import Evidence, IndexAdvice, IndexKey, Level

def advice(name, *keys, model="shop.Order", table="shop_order", method="btree", **more):
    return IndexAdvice(
        relation=table, model=model, method=method, keys=keys, name=name,
        evidence=Evidence(level=Level.TIMED), **more,
    )

def key(column, django="", **more):
    return IndexKey(column=column, django=django or column, **more)

STATUS, TOTAL, CREATED = key("status"), key("total"), key("created", is_descending=True)
NAME, CUSTOMER = key("name"), key("customer_id", "customer")
UPPER = IndexKey(expression='UPPER("name")', django='Upper("name")')
EVERY = [
    advice("plain", CUSTOMER),
    advice("falling", STATUS, CREATED),
    advice("nulls", STATUS, key("sent", is_descending=True, nulls="last")),
    advice("expression", UPPER),
    advice("pattern", key("name", opclass="text_pattern_ops")),
    advice(
        "trigram", IndexKey(expression='UPPER("name")', django='Upper("name")', opclass="gin_trgm_ops"),
        method="gin", extensions=("pg_trgm",),
    ),
    advice("json", key("data", opclass="jsonb_path_ops"), method="gin"),
    advice("ranges", key("period"), method="gist"),
    advice("scalar_and_range", TOTAL, key("period"), method="gist", extensions=("btree_gist",)),
    advice("blocks", key("created"), method="brin", storage=(("pages_per_range", "32"),)),
    advice("hashed", NAME, method="hash"),
    advice(
        "partial", CREATED, predicate="\\"status\\" = 'open'", predicate_django='Q(status="open")'
    ),
    advice("covering", CUSTOMER, include=("total", "created")),
    advice("of_customer", NAME, model="shop.Customer", table="shop_customer"),
    advice("of_note", key("text"), model="shop.Note", table="shop_note"),
    advice("of_tag", key("name", is_descending=True), model="shop.Proxy", table="shop_tag"),
    advice("of_special", key("extra"), model="shop.SpecialTag", table="shop_specialtag"),
    advice("of_through", key("tag_id", "tag"), model="shop.Order_tags", table="shop_order_tags"),
]
"""
WRITE = (
    "import django; django.setup()\n"
    + ADVICES
    + """
from queryscope.adding import addition_of
from queryscope.profiler import current_config, current_project
from queryscope.worktree import write_all

addition = addition_of(EVERY, current_project(current_config()))
write_all(addition.changes)
for advice, reason in addition.left:
    print("LEFT", advice.name, reason)
for change in addition.changes:
    print(change.path.name)
"""
)
STATE = """
    SELECT c.relname, i.indisvalid, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relname LIKE 'shop_%' ORDER BY 1
"""


def state(shop: Shop) -> list[tuple[Any, ...]]:
    with connect(shop) as connection:
        return connection.execute(STATE).fetchall()


class Writer(threading.Thread):
    """Writes rows one after the other, and knows how long the slowest took."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.connection = connect(shop)
        self.longest_s = 0.0
        self.writes = 0
        self.failure: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            while not self.done.is_set():
                began = time.perf_counter()
                self.connection.execute(
                    "UPDATE shop_order SET total = total + 1, sent = now() WHERE id = %s",
                    [1 + self.writes % ROWS],
                )
                self.connection.execute(
                    "INSERT INTO shop_order (status, customer_id, name, data, total, created)"
                    " VALUES ('open', 1, 'written meanwhile', '{}', 1, now())"
                )
                self.longest_s = max(self.longest_s, time.perf_counter() - began)
                self.writes += 1
        except BaseException as error:
            self.failure = error
        finally:
            self.connection.close()


def test_every_kind_is_written_agrees_with_the_models_and_is_built_without_blocking(shop: Shop) -> None:
    before = state(shop)
    with connect(shop) as connection:
        connection.execute(FILL.format(rows=ROWS))
    told = shop.python(WRITE)
    assert "LEFT" not in told, told
    assert "No changes detected" in shop.manage("makemigrations", "--check", "--dry-run")
    assert "No changes detected" not in shop.manage("makemigrations", "--dry-run", "--empty", "shop")
    writer = Writer(shop)
    writer.start()
    try:
        shop.manage("migrate")
    finally:
        writer.done.set()
        writer.join()
    assert writer.failure is None
    assert writer.writes > 10
    assert writer.longest_s < LONGEST_WAIT_S, writer.longest_s
    after = state(shop)
    names = {name for name, _, _ in after} - {name for name, _, _ in before}
    assert len(names) == 18
    assert all(is_valid for _, is_valid, _ in after)
    definitions = {name: text for name, _, text in after}
    assert "DESC" in definitions["falling"]
    assert "DESC NULLS LAST" in definitions["nulls"]
    assert "text_pattern_ops" in definitions["pattern"]
    assert "gin (upper((name)::text) gin_trgm_ops)" in definitions["trigram"]
    assert "pages_per_range='32'" in definitions["blocks"]
    assert "USING hash" in definitions["hashed"]
    assert "WHERE ((status)::text = 'open'::text)" in definitions["partial"]
    assert "INCLUDE (total, created)" in definitions["covering"]
    shop.manage("migrate", "shop", "0001")
    assert state(shop) == before
    shop.manage("migrate")
    assert state(shop) == after
    assert shop.git("status", "--porcelain", "shop/models/dated.py") == ""


LEFT = (
    "import django; django.setup()\n"
    + ADVICES
    + """
from queryscope.adding import addition_of
from queryscope.profiler import current_config, current_project

several = [
    advice("tag_name", NAME, model="shop.Tag", table="shop_tag"),
    advice("unmanaged", key("value"), model="shop.Foreign", table="elsewhere"),
    advice("unique", NAME, is_unique=True),
    advice("no_model", NAME, model="shop.Gone", table="shop_gone"),
    advice("no_field", key("colour")),
    advice("no_trigram", key("colour"), method="gin", extensions=("pg_trgm",)),
    advice("library", key("model"), model="contenttypes.ContentType", table="django_content_type"),
]
addition = addition_of(several, current_project(current_config()))
assert addition.changes == (), addition.changes
for one, reason in addition.left:
    print(one.name, "|", reason)
"""
)


def test_what_has_to_be_built_in_another_way_is_left_and_told_how(shop: Shop) -> None:
    told = dict(line.split(" | ", 1) for line in shop.python(LEFT).splitlines())
    assert "Meta.indexes already" in told["tag_name"]
    assert "managed = False" in told["unmanaged"]
    assert 'CREATE INDEX CONCURRENTLY "unmanaged" ON "elsewhere"' in told["unmanaged"]
    assert "UniqueConstraint" in told["unique"]
    assert "No model of this project" in told["no_model"]
    assert "Django can't build" in told["no_field"]
    assert "Django can't build" in told["no_trigram"]  # and no extension is installed for it
    assert "makemigrations YOURS --empty" in told["library"]
    assert '("contenttypes", "0002_remove_content_type_name")' in told["library"]


ELSEWHERE = (
    "import django; django.setup()\n"
    + ADVICES
    + """
from queryscope.adding import addition_of
from queryscope.profiler import current_config, current_project
from queryscope.worktree import write_all

several = [
    advice("bare_name", NAME, model="bare.Thing", table="bare_thing"),
    advice("turned_off", NAME, model="off.Thing", table="off_thing"),
    advice("tag_name", NAME, model="shop.Customer", table="shop_customer"),
    advice("appended_new", NAME, model="shop.Appended", table="shop_appended"),
    advice("lite_name", NAME, model="lite.Thing", table="lite_thing"),
    advice("quoted_name", NAME, model="shop.Quoted", table="Quoted"),
]
addition = addition_of(several, current_project(current_config()))
for one, reason in addition.left:
    print(one.name, "|", reason)
write_all(addition.changes)
"""
)
THING = "from django.db import models\n\n\nclass Thing(models.Model):\n    name = models.TextField()\n"
MORE_MODELS = """

class Quoted(models.Model):
    name = models.TextField()

    class Meta:
        db_table = '"Quoted"'


class Appended(models.Model):
    name = models.TextField()


Appended._meta.indexes.append(models.Index(fields=["name"], name="appended_old"))
"""
MORE_SETTINGS = """
INSTALLED_APPS += ["bare", "off", "lite"]
MIGRATION_MODULES = {"off": None}
DATABASES["other"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "other.sqlite3"}
DATABASE_ROUTERS = ["routers.Router"]
"""
ROUTERS = """
class Router:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        if db == "default" or model_name is None:
            return True
        return app_label == "lite"
"""


def test_what_the_surroundings_forbid_is_left_and_the_rest_is_written(shop: Shop) -> None:
    for name in ("bare", "off", "lite"):
        (shop.folder / name).mkdir()
        (shop.folder / name / "__init__.py").touch()
        (shop.folder / name / "models.py").write_text(THING)
    with (shop.models / "orders.py").open("a") as file:
        file.write(MORE_MODELS)
    with (shop.folder / "settings.py").open("a") as file:
        file.write(MORE_SETTINGS)
    (shop.folder / "routers.py").write_text(ROUTERS)
    shop.manage("makemigrations", "shop", "lite")
    shop.manage("migrate", "--run-syncdb")
    told = dict(line.split(" | ", 1) for line in shop.python(ELSEWHERE).splitlines())
    assert "`manage.py makemigrations bare` makes the first" in told.pop("bare_name")
    assert "MIGRATION_MODULES turns the migrations of 'off' off." in told.pop("turned_off")
    assert "shop.Tag has an index tag_name" in told.pop("tag_name")
    assert "added outside of its Meta" in told.pop("appended_new")
    assert "migrated on 'other' too, and SQLite builds nothing" in told.pop("lite_name")
    assert told == {}
    assert "No changes detected" in shop.manage("makemigrations", "--check", "--dry-run")
    shop.manage("migrate")
    assert ("quoted_name", True) in indexes_of(shop, "Quoted")
    shop.manage("migrate", "--database", "other")  # the router is told the model, and keeps it away


def indexes_of(shop: Shop, table: str) -> list[tuple[str, bool]]:
    with connect(shop) as connection:
        found = connection.execute(
            "SELECT c.relname, indisvalid FROM pg_index JOIN pg_class c ON c.oid = indexrelid"
            " JOIN pg_class t ON t.oid = indrelid WHERE t.relname = %s",
            [table],
        ).fetchall()
    return [(name, is_valid) for name, is_valid in found]


EXTENSION = """
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [TrigramExtension()]
"""


def test_an_extension_that_a_migration_installs_is_not_installed_again(shop: Shop) -> None:
    (shop.migrations / "0002_trigrams.py").write_text(EXTENSION)
    told = shop.python(WRITE)
    assert "extension_pg_trgm" not in told
    assert "extension_btree_gist" in told
    shop.manage("migrate")
    shop.manage("migrate", "shop", "0002")
    with connect(shop) as connection:
        assert connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchall()


REPLACE = (
    "import sys, django; django.setup()\n"
    + ADVICES
    + """
from queryscope.adding import addition_of
from queryscope.profiler import current_config, current_project
from queryscope.worktree import write_all

ORDER, PRODUCT, LABEL = key("order_id", "order"), key("product"), key("label")
of_order, of_product, of_label = sys.argv[1:]
# A second index may make the same one redundant.

def line(name, *keys, replaces):
    return advice(name, *keys, model="shop.Line", table="shop_line", replaces=(replaces,))

several = [
    line("line_order", ORDER, PRODUCT, replaces=of_order),
    line("line_product", PRODUCT, ORDER, replaces=of_product),
    line("line_label", LABEL, ORDER, replaces=of_label),
    line("line_new", LABEL, PRODUCT, ORDER, replaces="line_old"),
    line("line_again", ORDER, LABEL, replaces=of_order),
    line("line_newer", LABEL, PRODUCT, key("id"), replaces="line_old"),
]
addition = addition_of(several, current_project(current_config()), drops_replaced=True)
assert addition.left == (), addition.left
write_all(addition.changes)
for name, reason in addition.kept:
    print(name, "|", reason)
"""
)


def test_what_an_index_replaces_is_dropped_without_blocking_and_comes_back(shop: Shop) -> None:
    before = state(shop)
    of_order, of_product, of_label = (
        next(name for name, _, text in before if name.startswith("shop_line_") and text.endswith(end))
        for end in ("(order_id)", "(product)", "(label)")
    )
    told = shop.python(REPLACE, of_order, of_product, of_label)
    assert told.splitlines() == [
        f"{of_label} | db_index of label makes a second index for LIKE, which would go with {of_label}."
    ]
    assert "No changes detected" in shop.manage("makemigrations", "--check", "--dry-run")
    models = (shop.models / "orders.py").read_text()
    assert "        on_delete=models.CASCADE, db_index=False,\n" in models
    assert "    product = models.IntegerField(db_index=False)\n" in models
    assert "line_old" not in models
    drops = sorted(path.name.partition("_")[2] for path in shop.migrations.glob("*_drop_*.py"))
    assert drops == sorted(f"drop_{name}.py" for name in (of_order, of_product, "line_old"))
    shop.manage("migrate")
    names = {name for name, _, _ in state(shop)}
    assert names & {of_order, of_product, "line_old"} == set()
    assert names >= {
        of_label,
        "line_order",
        "line_product",
        "line_label",
        "line_new",
        "line_again",
        "line_newer",
    }
    shop.manage("migrate", "shop", "0001")
    assert state(shop) == before


PARTITIONED = """
DROP TABLE shop_event;
CREATE TABLE shop_event (id bigint, day date NOT NULL, value integer) PARTITION BY RANGE (day);
CREATE TABLE event_2020 PARTITION OF shop_event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE "Event of 2021" PARTITION OF shop_event FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')
    PARTITION BY RANGE (value);
CREATE TABLE event_low PARTITION OF "Event of 2021" FOR VALUES FROM (0) TO (10);
INSERT INTO shop_event SELECT n, date '2020-01-01' + n % 700, n % 10 FROM generate_series(1, 1000) n;
"""
ON_PARTITIONS = (
    "import django; django.setup()\n"
    + ADVICES
    + """
from queryscope.adding import addition_of
from queryscope.profiler import current_config, current_project
from queryscope.worktree import write_all

one = advice(
    "of_event", key("value"), key("day", is_descending=True), model="shop.Event", table="shop_event",
    predicate="\\"value\\" > 3", predicate_django="Q(value__gt=3)",
)
addition = addition_of([one], current_project(current_config()))
assert addition.left == (), addition.left
write_all(addition.changes)
"""
)
INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
TREE = "SELECT count(*) FROM pg_partition_tree('of_event')"


def test_a_partitioned_table_is_indexed_partition_by_partition(shop: Shop) -> None:
    with connect(shop) as connection:
        connection.execute(PARTITIONED)
        before = state(shop)
        shop.python(ON_PARTITIONS)
        assert "No changes detected" in shop.manage("makemigrations", "--check", "--dry-run")
        shop.manage("migrate")
        assert connection.execute(INVALID).fetchall() == []
        assert connection.execute(TREE).fetchall() == [(4,)]
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute("EXPLAIN SELECT * FROM shop_event WHERE value = 5").fetchall()
        assert "Seq Scan" not in str(plan)
        shop.manage("migrate", "shop", "0001")
        assert state(shop) == before


DISTANT = """

class Place(models.Model):
    name = models.TextField(db_column="title")
    customer = models.ForeignKey(Customer, models.CASCADE, db_column="buyer", db_index=False)

    class Meta:
        db_table = '"remote"."place"'
        indexes = [models.Index(fields=["customer"], name="place_customer")]
"""
IN_A_SCHEMA = (
    "import django; django.setup()\n"
    + ADVICES
    + """
from queryscope.adding import addition_of
from queryscope.profiler import current_config, current_project
from queryscope.worktree import write_all

one = advice(
    "of_place", key("buyer", "customer"), IndexKey(expression='UPPER("title")', django='Upper("name")'),
    model="shop.Place", table="place", schema="remote", replaces=("place_customer",),
)
two = advice("in_place", key("buyer", "customer"), include=("title",), model="shop.Place", table="place",
             schema="remote")
addition = addition_of([one, two], current_project(current_config()), drops_replaced=True)
assert addition.left == (), addition.left
print(addition.kept)
write_all(addition.changes)
"""
)
REMOTE = "SELECT indexname FROM pg_indexes WHERE schemaname = 'remote' ORDER BY 1"


def test_a_table_outside_of_the_search_path_is_indexed_and_the_index_goes_again(shop: Shop) -> None:
    with (shop.models / "orders.py").open("a") as file:
        file.write(DISTANT)
    shop.manage("makemigrations", "shop", "--name", "place")
    with connect(shop) as connection:
        connection.execute("CREATE SCHEMA remote")
        shop.manage("migrate")
        before = connection.execute(REMOTE).fetchall()
        kept = shop.python(IN_A_SCHEMA)
        assert (
            'finds none in the schema remote: DROP INDEX CONCURRENTLY IF EXISTS "remote"."place_cust' in kept
        )
        assert "No changes detected" in shop.manage("makemigrations", "--check", "--dry-run")
        shop.manage("migrate")
        names = {name for (name,) in connection.execute(REMOTE).fetchall()}
        assert names >= {"of_place", "in_place"}
        shop.manage("migrate", "shop", "0002")
        assert connection.execute(REMOTE).fetchall() == before
