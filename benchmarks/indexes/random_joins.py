"""Shapes of queries over several tables at once, and the first row of each group."""

from __future__ import annotations

from random_schema import Column, Table
from random_shapes import MoreMaker


class JoinMaker(MoreMaker):
    """Makes these beside all others."""

    def _kinds(self) -> list[str]:
        kinds = super()._kinds() + ["firsts"] * 3 + ["several"] * 3
        kinds += ["twice", "having", "both"] * 4 if self._keyed() else []
        return kinds + (["chain"] * 6 if self._chains() else [])

    def _firsts(self) -> str:
        """The first row of each group, by DISTINCT ON."""
        use = self._use(self._big())
        rows = f"{use.table.model}.objects{self._conditions(use, self.chance.choice((0, 1, 1)))}"
        by = self.chance.choice(use.table.of_kind("state", "few", "key", "many"))
        of = self.chance.choice(use.table.of_kind("moment"))
        use.order = [(by.column, False), (of.column, True)]
        manager = "" if ".objects." in rows else ".all()"
        return f"list({rows}{manager}.order_by({by.name!r}, '-{of.name}').distinct({by.name!r}))"

    def _several(self) -> str:
        """An OR of three."""
        use = self._use(self._big())
        able = [one for one in use.table.columns if one.kind not in ("filler", "flag")]
        for column in self.chance.sample(able, 3):
            use.arms.append(self._condition(use.table, column, is_plain=True))
        arms = " | ".join(f"Q({one.lookup})" for one in use.arms)
        return self._rows(use, f"{use.table.model}.objects.filter({arms})")

    def _twice(self) -> str:
        """Rows to which others lead, and others don't."""
        first, key, parent = self._related_pair()
        able = [(one, other) for one in self._keyed() for other in one.keys if other.parent is parent.table]
        table, other = self.chance.choice(able)
        second = self._use(table)
        if other.column not in second.joined:
            second.joined.append(other.column)
        text = "".join(
            f".filter({sign}Exists({use.table.model}.objects.filter({by.name}=OuterRef('pk'))"
            f"{self._conditions(use, 1)}))"
            for sign, use, by in (("", first, key), (self.chance.choice(("", "~")), second, other))
        )
        own = self._conditions(parent, self.chance.choice((0, 1)))
        return self._rows(parent, f"{parent.table.model}.objects{own}{text}")

    def _having(self) -> str:
        """Parents with many rows."""
        child, _, parent = self._related_pair()
        name = child.table.name
        own = self._conditions(parent, self.chance.choice((1, 1, 2)))
        rows = f"{parent.table.model}.objects{own}.annotate(n=Count({name!r})).filter(n__gte=3)"
        return f"list({rows}.order_by('-n', 'pk')[:20])"

    def _both(self) -> str:
        """Ordered by the parent's column, conditions of both."""
        child, key, parent = self._related_pair()
        asked = self._conditions(parent, self.chance.choice((0, 1, 1)), prefix=f"{key.name}__")
        own = self._conditions(child, self.chance.choice((1, 1, 2)))
        of = self.chance.choice(parent.table.of_kind("moment", "amount", "many"))
        parent.order = [(of.column, True)]
        rows = f"{child.table.model}.objects{asked}{own}.select_related({key.name!r})"
        return f"list({rows}.order_by('-{key.name}__{of.name}')[:{self.chance.choice((10, 50))}])"

    def _chains(self) -> list[tuple[Table, Column, Column]]:
        return [
            (child, key, other)
            for child in self._keyed()
            for key in child.keys
            for other in (key.parent or child).keys
        ]

    def _chain(self) -> str:
        """Rows by a condition of the parent's parent."""
        table, key, other = self.chance.choice(self._chains())
        use, parent, grand = (
            self._use(table),
            self._use(key.parent or table),
            self._use(other.parent or table),
        )
        use.joined.append(key.column)
        parent.joined.append(other.column)
        asked = self._conditions(grand, self.chance.choice((1, 2)), prefix=f"{key.name}__{other.name}__")
        own = self._conditions(use, self.chance.choice((0, 1)))
        return self._rows(use, f"{table.model}.objects{asked}{own}")
