"""Random ORM queries over random tables, as the source of functions, with what they ask of each table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from random_schema import Column, Table

HEADER = '''"""Made at random."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDate, TruncMonth

from {app}.models import {models}
'''
READING = """

def {name}({names}):
    return {body}
"""
WRITING = """

def {name}({names}):
    with transaction.atomic():
        found = {body}
        transaction.set_rollback(True)
    return found
"""
Sample = Callable[[Table, Column, float], object]  # the value at that share of a table's order


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One condition; `predicate` if its value stands in the source, so that an index may have it."""

    column: str
    role: str  # equal, listed, flag, empty, range, prefix, rest; inside: by trigrams
    lookup: str  # as the ORM says it
    predicate: str = ""
    is_excluded: bool = False
    key: str = ""  # SQL of what is compared, where that isn't the column
    opclass: str = ""


@dataclass(slots=True, kw_only=True)
class Use:
    """What a query asks of one table."""

    table: Table
    asked: list[Asked] = field(default_factory=list)
    arms: list[Asked] = field(default_factory=list)  # of an OR
    joined: list[str] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)  # column, whether descending
    read: list[str] | None = None  # columns; None if all


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A function's source, its arguments and what an index could serve."""

    name: str
    source: str
    arguments: tuple[object, ...]
    uses: tuple[Use, ...]
    writes: bool = False


class Maker:
    """Makes one query."""

    def __init__(self, chance: Random, tables: tuple[Table, ...], sample: Sample, name: str) -> None:
        self.chance, self.tables, self.sample, self.name = chance, tables, sample, name
        self.arguments: list[object] = []
        self.uses: list[Use] = []
        self.writes = False

    def make(self) -> Query:
        kind = self.chance.choice(self._kinds())
        body = getattr(self, f"_{kind}")()
        names = ", ".join(f"a{number}" for number in range(len(self.arguments)))
        text = WRITING if self.writes else READING
        return Query(
            name=self.name,
            source=text.format(name=self.name, names=names, body=body),
            arguments=tuple(self.arguments),
            uses=tuple(self.uses),
            writes=self.writes,
        )

    def _kinds(self) -> list[str]:
        kinds = ["plain"] * 6 + ["aggregate"] * 3 + ["distinct", "groups"] + ["either"] * 2
        kinds += ["wide"] * 3
        return kinds + (["join"] * 3 + ["related"] * 2 + ["exists"] * 2 if self._keyed() else [])

    def _keyed(self) -> list[Table]:
        return [one for one in self.tables if one.keys]

    def _plain(self, table: Table | None = None, *, more: str = "", count: int = 0) -> str:
        use = self._use(table or self._big())
        conditions = self._conditions(use, count or self.chance.choice((1, 1, 2, 2, 3)))
        return self._rows(use, f"{use.table.model}.objects{conditions}{more}")

    def _join(self) -> str:
        child = self.chance.choice(self._keyed())
        key = self.chance.choice(child.keys)
        use, parent = self._use(child), self._use(key.parent or child)
        use.joined.append(key.column)
        asked = self._conditions(parent, self.chance.choice((1, 1, 2)), prefix=f"{key.name}__")
        own = self._conditions(use, self.chance.choice((0, 1, 1, 2)))
        rows = f"{child.model}.objects{asked}{own}"
        if self.chance.random() < 0.25:
            return f"{rows}.count()"
        return self._rows(use, rows)

    def _related(self) -> str:
        child = self.chance.choice(self._keyed())
        return self._plain(child, more=f".select_related({self.chance.choice(child.keys).name!r})")

    def _exists(self) -> str:
        child = self.chance.choice(self._keyed())
        key = self.chance.choice(child.keys)
        parent, use = self._use(key.parent or child), self._use(child)
        use.joined.append(key.column)
        inner = self._conditions(use, self.chance.choice((1, 1, 2)))
        own = self._conditions(parent, self.chance.choice((1, 1, 2)))
        sign = self.chance.choice(("", "", "~"))
        model = parent.table.model
        where = f"{sign}Exists({child.model}.objects.filter({key.name}=OuterRef('pk')){inner})"
        return self._rows(parent, f"{model}.objects{own}.filter({where})")

    def _aggregate(self) -> str:
        use = self._use(self._big())
        rows = f"{use.table.model}.objects{self._conditions(use, self.chance.choice((1, 2, 2, 3)))}"
        use.read = []
        numbers = use.table.of_kind("amount", "many", "few")
        if not numbers or self.chance.random() < 0.4:
            return f"{rows}.count()"
        of = self.chance.choice(numbers)
        use.read = [of.column]
        return f"{rows}.aggregate(x={self.chance.choice(('Sum', 'Max', 'Avg'))}({of.name!r}))"

    def _wide(self) -> str:
        """Most rows, of which no index finds few."""
        use = self._use(self._big())
        of = self.chance.choice(use.table.of_kind("moment", "state"))
        asked = self._condition(use.table, of, share=0.9)
        use.asked.append(asked)
        method = "exclude" if asked.is_excluded else "filter"
        rows = f"{use.table.model}.objects.{method}({asked.lookup})"
        use.read = [one.column for one in use.table.of_kind("amount", "many")[:1]]
        if use.read and self.chance.random() < 0.7:
            return f"{rows}.aggregate(x=Sum({use.read[0]!r}))"
        by = self.chance.choice(use.table.of_kind("state", "few", "flag", "key"))
        use.read = [by.column]
        use.order = [(by.column, False)]
        return f"list({rows}.values({by.name!r}).annotate(x=Count('pk')))"

    def _groups(self) -> str:
        use = self._use(self._big())
        rows = f"{use.table.model}.objects{self._conditions(use, self.chance.choice((1, 2)))}"
        by = self.chance.choice(use.table.of_kind("state", "few", "flag", "key"))
        use.read = [by.column]
        use.order = [(by.column, False)]
        return f"list({rows}.values({by.name!r}).annotate(x=Count('pk')))"

    def _distinct(self) -> str:
        use = self._use(self._big())
        rows = f"{use.table.model}.objects{self._conditions(use, self.chance.choice((1, 1, 2)))}"
        of = self.chance.choice(use.table.of_kind("state", "few", "key", "many"))
        use.read, use.order = [of.column], [(of.column, False)]
        return f"list({rows}.order_by({of.name!r}).values_list({of.name!r}, flat=True).distinct())"

    def _either(self) -> str:
        use = self._use(self._big())
        able = [one for one in use.table.columns if one.kind not in ("filler", "flag")]
        for column in self.chance.sample(able, 2):
            use.arms.append(self._condition(use.table, column, is_plain=True))
        arms = " | ".join(f"Q({one.lookup})" for one in use.arms)
        own = self._conditions(use, self.chance.choice((0, 0, 1)))
        return self._rows(use, f"{use.table.model}.objects.filter({arms}){own}")

    def _rows(self, use: Use, rows: str) -> str:
        """In an order, some of them, all columns or few."""
        able = use.table.of_kind("moment", "amount", "many", "few", "name", "code")
        wanted = self.chance.sample(able, min(len(able), self.chance.choice((0, 0, 1, 1, 1, 2))))
        signs = [self.chance.choice(("", "-")) for _ in wanted]
        if wanted:
            use.order = [(one.column, sign == "-") for one, sign in zip(wanted, signs, strict=True)]
            names = ", ".join(repr(sign + one.name) for one, sign in zip(wanted, signs, strict=True))
            rows += f".order_by({names})"
        if self.chance.random() < 0.2:
            read = self.chance.sample([one for one in use.table.columns if one.kind != "filler"], 2)
            use.read = [one.column for one in read]
            rows += f".values_list({', '.join(repr(one.name) for one in read)})"
        if self.chance.random() < (0.7 if wanted else 0.2):
            rows += f"[:{self.chance.choice((1, 10, 50))}]"
        return f"list({rows})"

    def _use(self, table: Table) -> Use:
        known = next((one for one in self.uses if one.table is table), None)
        if known is None:
            known = Use(table=table)
            self.uses.append(known)
        return known

    def _big(self) -> Table:
        return self.chance.choice([one for one in self.tables if one.rows >= 50_000])

    def _conditions(self, use: Use, count: int, *, prefix: str = "", but: Column | None = None) -> str:
        able = [one for one in use.table.columns if one.kind != "filler" and one is not but]
        made = [self._condition(use.table, one) for one in self.chance.sample(able, min(count, len(able)))]
        use.asked += made
        kept = ", ".join(prefix + one.lookup for one in made if not one.is_excluded)
        text = f".filter({kept})" if kept else ""
        return text + "".join(f".exclude({prefix}{one.lookup})" for one in made if one.is_excluded)

    def _condition(
        self, table: Table, column: Column, *, is_plain: bool = False, share: float = 0.0
    ) -> Asked:
        if column.is_nullable and self.chance.random() < 0.5:
            is_null = self.chance.random() < 0.6
            sql = f"{column.column} IS {'' if is_null else 'NOT '}NULL"
            role = "empty" if is_null else "rest"
            return Asked(
                column=column.column, role=role, lookup=f"{column.name}__isnull={is_null}", predicate=sql
            )
        if share and column.kind == "moment":
            value = self._at(table, column, 1 - share)
            return Asked(column=column.column, role="range", lookup=f"{column.name}__gte={value}")
        maker = {
            "state": self._of_state,
            "few": self._of_state,
            "flag": self._of_flag,
            "name": self._of_text,
            "code": self._of_text,
            "moment": self._of_range,
            "amount": self._of_range,
        }
        return maker.get(column.kind, self._of_number)(table, column, is_plain=is_plain)

    def _of_state(self, table: Table, column: Column, *, is_plain: bool) -> Asked:
        how = self.chance.choice(("equal", "equal", "equal", "listed", "rest"))
        if how == "listed":
            few = self.chance.sample(column.constants, 2)
            return Asked(
                column=column.column,
                role="listed",
                lookup=f"{column.name}__in={few!r}",
                predicate=f"{column.column} IN ({', '.join(map(repr, few))})",
            )
        value = self.chance.choice(column.constants)
        equal = f"{column.column} = {value!r}"
        if how == "rest" and not is_plain:
            sql = f"NOT ({equal})"
            return Asked(
                column=column.column,
                role="rest",
                lookup=f"{column.name}={value!r}",
                predicate=sql,
                is_excluded=True,
            )
        if self.chance.random() < 0.25:
            return Asked(column=column.column, role="equal", lookup=f"{column.name}={self._argument(value)}")
        return Asked(column=column.column, role="equal", lookup=f"{column.name}={value!r}", predicate=equal)

    def _of_flag(self, table: Table, column: Column, *, is_plain: bool) -> Asked:
        value = self.chance.random() < 0.6
        sql = column.column if value else f"NOT {column.column}"
        return Asked(column=column.column, role="flag", lookup=f"{column.name}={value}", predicate=sql)

    def _of_text(self, table: Table, column: Column, *, is_plain: bool) -> Asked:
        text = str(self._value(table, column))
        how = self.chance.choice(("equal", "prefix", "prefix", "listed"))
        if how == "prefix":
            begin = text[: self.chance.choice((4, 6, 9))]
            value = repr(begin) if self.chance.random() < 0.4 else self._argument(begin)
            return Asked(column=column.column, role="prefix", lookup=f"{column.name}__startswith={value}")
        return self._equal(table, column, text, how)

    def _of_number(self, table: Table, column: Column, *, is_plain: bool) -> Asked:
        how = self.chance.choice(("equal", "equal", "listed", "range"))
        if how == "range" and column.kind != "key":
            return self._of_range(table, column, is_plain=is_plain)
        return self._equal(table, column, self._value(table, column), how)

    def _equal(self, table: Table, column: Column, value: object, how: str) -> Asked:
        if how == "listed":
            several = [value, *(self._value(table, column) for _ in range(2))]
            return Asked(
                column=column.column, role="listed", lookup=f"{column.name}__in={self._argument(several)}"
            )
        return Asked(column=column.column, role="equal", lookup=f"{column.name}={self._argument(value)}")

    def _of_range(self, table: Table, column: Column, *, is_plain: bool) -> Asked:
        wide = self.chance.choice((0.001, 0.01, 0.05, 0.3, 0.8))
        how = self.chance.choice(("gte", "lt", "range"))
        if how == "range":
            begin = self.chance.random() * (1 - wide)
            low, high = self._at(table, column, begin), self._at(table, column, begin + wide)
            return Asked(column=column.column, role="range", lookup=f"{column.name}__range=({low}, {high})")
        value = self._at(table, column, wide if how == "lt" else 1 - wide)
        return Asked(column=column.column, role="range", lookup=f"{column.name}__{how}={value}")

    def _at(self, table: Table, column: Column, share: float) -> str:
        """A bound, now and then in the source."""
        value = self.sample(table, column, share)
        return self._written(value) if self.chance.random() < 0.25 else self._argument(value)

    def _value(self, table: Table, column: Column) -> object:
        return self.sample(table, column, self.chance.random())

    def _argument(self, value: object) -> str:
        self.arguments.append(value)
        return f"a{len(self.arguments) - 1}"

    def _written(self, value: object) -> str:
        if isinstance(value, datetime):
            at = value.astimezone(UTC)
            return f"datetime({at.year}, {at.month}, {at.day}, {at.hour}, tzinfo=UTC)"
        return f"Decimal({str(value)!r})" if isinstance(value, Decimal) else repr(value)
