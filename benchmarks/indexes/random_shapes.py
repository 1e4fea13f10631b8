"""More shapes of queries: writes that search, the latest of a group, own columns, days, texts in any case."""

from __future__ import annotations

from datetime import datetime

from random_queries import Asked, Maker, Use
from random_schema import Column, Table

DAY = "(({} AT TIME ZONE 'UTC')::date)"


class MoreMaker(Maker):
    """Makes one query of any shape; the first ones are made as `Maker` makes them."""

    def _kinds(self) -> list[str]:
        kinds = (
            super()._kinds() + ["write"] * 3 + ["single"] * 2 + ["days"] * 2 + ["search"] * 4 + ["own"] * 3
        )
        return kinds + (["latest"] * 4 + ["sums"] * 3 + ["within", "without"] * 2 if self._keyed() else [])

    def _write(self) -> str:
        """What an UPDATE or DELETE finds; it is rolled back."""
        self.writes = True
        use = self._use(self._big())
        rows = f"{use.table.model}.objects{self._conditions(use, self.chance.choice((1, 2, 2)))}"
        asked = {one.column for one in use.asked}
        free = [one for one in use.table.of_kind("flag", "amount", "few") if one.column not in asked]
        if not free or self.chance.random() < 0.3:
            for child in self._keyed():
                for key in (one for one in child.keys if one.parent is use.table):
                    self._use(child).joined.append(key.column)
            return f"{rows}.delete()"
        of = self.chance.choice(free)
        return f"{rows}.update({of.name}={'True' if of.kind == 'flag' else '1'})"

    def _single(self) -> str:
        """Whether there is one, or the newest."""
        use = self._use(self._big())
        rows = f"{use.table.model}.objects{self._conditions(use, self.chance.choice((1, 2, 2, 3)))}"
        if self.chance.random() < 0.4:
            use.read = []
            return f"{rows}.exists()"
        of = self.chance.choice(use.table.of_kind("moment"))
        use.order = [(of.column, True)]
        return f"{rows}.order_by('-{of.name}').first()"

    def _days(self) -> str:
        """The rows of one day or year, or how many each day has."""
        use = self._use(self._big())
        of = self.chance.choice(use.table.of_kind("moment"))
        how = self.chance.choice(("date", "year", "each", "each"))
        if how == "each":
            asked = self._of_range(use.table, of, is_plain=True)
            name = self.chance.choice(("TruncDate", "TruncMonth"))
            use.read = [of.column]
        else:
            asked = self._of_day(use.table, of) if how == "date" else self._of_year(of)
        use.asked.append(asked)
        rows = f"{use.table.model}.objects.filter({asked.lookup})"
        if self.chance.random() < 0.5:
            rows += self._conditions(use, 1, but=of)
        if how == "each":
            return f"list({rows}.values(at={name}({of.name!r})).annotate(x=Count('pk')).order_by('at'))"
        return self._rows(use, rows)

    def _of_day(self, table: Table, of: Column) -> Asked:
        value = self._value(table, of)
        assert isinstance(value, datetime)
        lookup = f"{of.name}__date={self._argument(value.date())}"
        return Asked(column=of.column, role="equal", lookup=lookup, key=DAY.format(of.column))

    def _of_year(self, of: Column) -> Asked:
        return Asked(column=of.column, role="range", lookup=f"{of.name}__year={self._argument(2025)}")

    def _search(self) -> str:
        """Texts in any case."""
        able = [one for one in self.tables if one.rows >= 50_000 and one.of_kind("name", "code")]
        if not able:
            return self._plain()
        use = self._use(self.chance.choice(able))
        of = self.chance.choice(use.table.of_kind("name", "code"))
        use.asked.append(self._of_case(use.table, of))
        rows = f"{use.table.model}.objects.filter({use.asked[0].lookup})"
        rows += self._conditions(use, self.chance.choice((0, 0, 1)), but=of)
        return self._rows(use, rows)

    def _of_case(self, table: Table, of: Column) -> Asked:
        text, upper = str(self._value(table, of)), f"UPPER({of.column})"
        how = self.chance.choice(("iexact", "istartswith", "icontains", "icontains", "contains"))
        if how == "iexact":
            lookup = f"{of.name}__iexact={self._argument(text.lower())}"
            return Asked(column=of.column, role="equal", lookup=lookup, key=upper)
        if how == "istartswith":
            lookup = f"{of.name}__istartswith={self._argument(text[:6].lower())}"
            return Asked(
                column=of.column, role="prefix", lookup=lookup, key=upper, opclass="text_pattern_ops"
            )
        lookup = f"{of.name}__{how}={self._argument(text[-5:])}"
        return Asked(
            column=of.column, role="inside", lookup=lookup, key=upper if how == "icontains" else of.column
        )

    def _own(self) -> str:
        """Two columns of a row, compared with each other."""
        able = [one for one in self.tables if one.rows >= 50_000 and self._alike(one)]
        if not able:
            return self._plain()
        use = self._use(self.chance.choice(able))
        first, second = self.chance.choice(self._alike(use.table))
        how, sign = self.chance.choice((("gt", ">"), ("lt", "<"), ("gte", ">=")))
        asked = Asked(
            column=first.column,
            role="rest",
            lookup=f"{first.name}__{how}=F({second.name!r})",
            predicate=f"{first.column} {sign} {second.column}",
        )
        use.asked.append(asked)
        rows = f"{use.table.model}.objects.filter({asked.lookup})"
        rows += self._conditions(use, self.chance.choice((0, 1, 1)), but=first)
        return f"{rows}.count()" if self.chance.random() < 0.2 else self._rows(use, rows)

    @staticmethod
    def _alike(table: Table) -> list[tuple[Column, Column]]:
        kinds = table.of_kind("moment"), table.of_kind("amount")
        return [(one, other) for own in kinds for one in own for other in own if one is not other]

    def _latest(self) -> str:
        """Beside each of a few parents the first of its rows in an order."""
        child, key, parent = self._related_pair()
        of = self.chance.choice(child.table.of_kind("moment", "amount", "many", "few"))
        is_newest = self.chance.random() < 0.7
        child.order = [(of.column, is_newest)]
        inner = self._conditions(child, self.chance.choice((0, 0, 1)))
        own = self._conditions(parent, self.chance.choice((0, 1)))
        what = self.chance.choice(child.table.of_kind("moment", "state", "amount"))
        rows = (
            f"{child.table.model}.objects.filter({key.name}=OuterRef('pk')){inner}"
            f".order_by('{'-' if is_newest else ''}{of.name}').values({what.name!r})[:1]"
        )
        count = self.chance.choice((5, 20))
        return f"list({parent.table.model}.objects{own or '.all()'}.annotate(x=Subquery({rows}))[:{count}])"

    def _sums(self) -> str:
        """Groups over a join, of the parent's columns or one for each parent."""
        child, key, parent = self._related_pair()
        child.read = [one.column for one in child.table.of_kind("amount")[:1]]
        what = f"Sum({child.table.of_kind('amount')[0].name!r})" if child.read else "Count('pk')"
        asked = self._conditions(parent, self.chance.choice((1, 1, 2)), prefix=f"{key.name}__")
        own = self._conditions(child, self.chance.choice((0, 1)))
        by = self.chance.choice(parent.table.of_kind("state", "few", "flag"))
        parent.read = [by.column]
        rows = f"{child.table.model}.objects{asked}{own}"
        return f"list({rows}.values('{key.name}__{by.name}').annotate(x={what}))"

    def _within(self) -> str:
        child, key, parent = self._related_pair()
        inner = self._conditions(parent, self.chance.choice((1, 2)))
        own = self._conditions(child, self.chance.choice((0, 1)))
        rows = f"{child.table.model}.objects.filter({key.name}__in={parent.table.model}.objects{inner}){own}"
        return f"{rows}.count()" if self.chance.random() < 0.2 else self._rows(child, rows)

    def _without(self) -> str:
        """Those to which none of the others leads."""
        child, _, parent = self._related_pair()
        own = self._conditions(parent, self.chance.choice((1, 1, 2)))
        return self._rows(parent, f"{parent.table.model}.objects{own}.filter({child.table.name}=None)")

    def _related_pair(self) -> tuple[Use, Column, Use]:
        child = self.chance.choice(self._keyed())
        key = self.chance.choice(child.keys)
        use, parent = self._use(child), self._use(key.parent or child)
        use.joined.append(key.column)
        return use, key, parent
