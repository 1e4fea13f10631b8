"""Random tables: columns of many kinds and distributions, as Django models and the SQL that fills them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

NAMES = ("order", "visit", "parcel", "ticket", "reading", "invoice", "member", "branch", "device", "shift")
STATES = ("new", "open", "paid", "sent", "held", "done", "lost", "void")
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty")
MOMENT = "timestamptz '2024-01-01 00:00+00' + interval '1 second' * floor({}::numeric * 63000000)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`kind` says what may be asked of it, `sql` what is in row `n` of `rows`."""

    name: str
    kind: str  # state, flag, few, many, amount, moment, name, code, key
    source: str  # of the Django field
    sql: str
    constants: tuple[object, ...] = ()  # what a query may name
    is_nullable: bool = False
    parent: Table | None = None  # of a key

    @property
    def column(self) -> str:
        return f"{self.name}_id" if self.kind == "key" else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A model of the application; each has an `id` too."""

    app: str
    name: str
    rows: int
    columns: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...] = field(default=())  # those that are there: names of fields

    @property
    def model(self) -> str:
        return self.name.capitalize()

    @property
    def table(self) -> str:
        return f"{self.app}_{self.name}"

    def of_kind(self, *kinds: str) -> list[Column]:
        return [one for one in self.columns if one.kind in kinds]

    @property
    def keys(self) -> list[Column]:
        return self.of_kind("key")


def make_tables(chance: Random, app: str) -> tuple[Table, ...]:
    """One to three tables; each after the first has a key to an earlier one."""
    tables: list[Table] = []
    for name in chance.sample(NAMES, chance.choice((1, 2, 2, 3))):
        rows = chance.randrange(50_000, 200_000)
        if not tables and chance.random() < 0.5:
            rows = chance.choice((500, 5_000, 50_000))  # a parent may be small
        parents = chance.sample(tables, min(len(tables), chance.choice((1, 1, 2))))
        columns = tuple(_columns(chance)) + tuple(_key(chance, parent) for parent in parents)
        table = Table(app=app, name=name, rows=rows, columns=columns)
        tables.append(replace(table, indexes=_indexes(chance, table)))
    if tables[-1].rows < 50_000:
        tables[-1] = replace(tables[-1], rows=100_000)
    return tuple(tables)


def _columns(chance: Random) -> list[Column]:
    made = [_state(chance), _moment(chance, "created", is_correlated=True)]
    made += chance.sample(
        [
            _flag(chance, "active"),
            _flag(chance, "checked"),
            _few(chance, "level"),
            _many(chance, "number"),
            _amount(chance, "amount"),
            _amount(chance, "weight"),
            _moment(chance, "due", is_correlated=False),
            _moment(
                chance, "closed", is_correlated=chance.random() < 0.5, nulls=chance.choice((0.1, 0.6, 0.97))
            ),
            _name("title"),
            _code(chance, "code"),
            _nullable(chance, "batch"),
        ],
        chance.randrange(4, 8),
    )
    width = chance.choice((0, 60, 200))
    if width:
        made.append(
            Column(
                name="note",
                kind="filler",
                source="models.TextField()",
                sql=f"left(repeat(md5(n::text), 7), {width})",
            )
        )
    return made


def _nulled(sql: str, share: float) -> str:
    return f"CASE WHEN random() < {share} THEN NULL ELSE {sql} END" if share else sql


def _state(chance: Random) -> Column:
    states = tuple(chance.sample(STATES, chance.randrange(3, 7)))
    weights = [chance.choice((1, 5, 10, 50, 200, 1000)) for _ in states]
    bounds = [sum(weights[:end]) / sum(weights) for end in range(1, len(states))]
    texts = ", ".join(f"'{one}'" for one in states)
    sql = f"(ARRAY[{texts}])[1 + width_bucket(random(), ARRAY{bounds}::float8[])]"
    choices = [(one, one.title()) for one in states]
    source = f"models.CharField(max_length=10, choices={choices})"
    return Column(name="state", kind="state", source=source, sql=sql, constants=states)


def _flag(chance: Random, name: str) -> Column:
    share = chance.choice((0.005, 0.05, 0.3, 0.5, 0.9, 0.99))
    return Column(
        name=name,
        kind="flag",
        source="models.BooleanField()",
        sql=f"random() < {share}",
        constants=(True, False),
    )


def _few(chance: Random, name: str) -> Column:
    count, power = chance.choice((8, 40, 150)), chance.choice((1, 3))
    sql = f"floor(power(random(), {power}) * {count})::int"
    return Column(
        name=name, kind="few", source="models.IntegerField()", sql=sql, constants=tuple(range(count))
    )


def _many(chance: Random, name: str) -> Column:
    count = chance.choice((1_000, 10_000, 1_000_000))
    return Column(
        name=name,
        kind="many",
        source="models.IntegerField()",
        sql=f"floor(power(random(), 2) * {count})::int",
    )


def _amount(chance: Random, name: str) -> Column:
    value = chance.choice(("random() * 1000", "least(-ln(random() + 1e-9) * 80, 90000)"))
    source = "models.DecimalField(max_digits=10, decimal_places=2)"
    return Column(name=name, kind="amount", source=source, sql=f"round(({value})::numeric, 2)")


def _moment(chance: Random, name: str, *, is_correlated: bool, nulls: float = 0.0) -> Column:
    share = (
        f"(n::float8 / rows * 0.98 + random() * {chance.choice((0.0001, 0.02))})"
        if is_correlated
        else "random()"
    )
    null = "null=True, blank=True" if nulls else ""
    return Column(
        name=name,
        kind="moment",
        source=f"models.DateTimeField({null})",
        sql=_nulled(MOMENT.format(share), nulls),
        is_nullable=bool(nulls),
    )


def _name(name: str) -> Column:
    words = ", ".join(f"'{one}'" for one in WORDS)
    word = f"(ARRAY[{words}])[1 + floor(random() * {len(WORDS)})::int]"
    sql = f"{word} || ' ' || {word} || ' ' || floor(random() * 1000)::int"
    return Column(name=name, kind="name", source="models.CharField(max_length=60)", sql=sql)


def _code(chance: Random, name: str) -> Column:
    most = chance.choice((20_000, 1_000_000))
    sql = f"chr(65 + floor(random() * 20)::int) || '-' || lpad(floor(random() * {most})::int::text, 7, '0')"
    return Column(name=name, kind="code", source="models.CharField(max_length=20)", sql=sql)


def _nullable(chance: Random, name: str) -> Column:
    share, count = chance.choice((0.3, 0.9, 0.99)), chance.choice((50, 5_000))
    sql = _nulled(f"floor(random() * {count})::int", share)
    source = "models.IntegerField(null=True, blank=True)"
    return Column(name=name, kind="many", source=source, sql=sql, is_nullable=True)


def _key(chance: Random, parent: Table) -> Column:
    has_index, power = chance.random() < 0.5, chance.choice((1, 1, 3))
    source = f"models.ForeignKey({parent.model!r}, models.CASCADE, db_index={has_index})"
    sql = f"1 + floor(power(random(), {power}) * {parent.rows})::int"
    return Column(name=parent.name, kind="key", source=source, sql=sql, parent=parent)


def _indexes(chance: Random, table: Table) -> tuple[tuple[str, ...], ...]:
    able = [one.name for one in table.columns if one.kind != "filler"]
    return tuple(
        tuple(chance.sample(able, chance.choice((1, 1, 2)))) for _ in range(chance.choice((0, 0, 0, 1, 1, 2)))
    )


def models_source(tables: tuple[Table, ...]) -> str:
    """The application's models.py."""
    parts = ['"""Made at random."""', "", "from django.db import models", ""]
    for table in tables:
        parts += ["", f"class {table.model}(models.Model):"]
        parts += [f"    {one.name} = {one.source}" for one in table.columns]
        parts += ["", "    class Meta:", f"        app_label = {table.app!r}"]
        if table.indexes:
            parts.append("        indexes = [")
            parts += [
                f"            models.Index(fields={list(fields)}, name='{table.table}_{number}'),"
                for number, fields in enumerate(table.indexes)
            ]
            parts.append("        ]")
        parts.append("")
    return "\n".join(parts)


def filling(table: Table, seed: int) -> list[str]:
    """Statements that fill a table with the same rows every time."""
    names = ", ".join(f'"{one.column}"' for one in table.columns)
    values = ", ".join(one.sql.replace("rows", str(table.rows)) for one in table.columns)
    return [
        f"SELECT setseed({(seed % 1000) / 1000})",
        f'INSERT INTO "{table.table}" ({names}) SELECT {values} FROM generate_series(1, {table.rows}) n',
        f'ALTER TABLE "{table.table}" SET (autovacuum_enabled = off)',
    ]
