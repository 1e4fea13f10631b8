"""One condition of the predicate of a partial index, in SQL and as Django writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from queryscope.model import IndexKey
from queryscope.rules.index.candidate.term import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One condition of a predicate."""

    column: str  # that it asks, of an OR the first
    sql: str
    django: str  # what stands within Q(): "status=\"open\""
    is_whole: bool = False  # it is an expression by itself: 'Q(paid__gt=F("amount"))'
    is_negated: bool = False
    is_literal: bool = False  # it holds a value of the project's source
    share: float | None = None  # of the rows, where statistics tell
    expression: str = ""  # SQL of what it compares, where that is no plain column
    operator: str = ""  # as in Term, of what an index of another kind may find too
    arms: tuple[Part, ...] = ()  # of an OR; of an arm that is an AND its conditions are arms of it

    @property
    def columns(self) -> frozenset[str]:
        """All columns that it asks."""
        return frozenset({self.column}).union(*(arm.columns for arm in self.arms))

    def is_about(self, key: IndexKey) -> bool:
        """Whether a btree needs no such key: it has one value in all rows of the index, or few."""
        if self.arms or self.operator in ("@>", "&&", "?"):
            return False
        return key.expression == self.expression if self.expression else key.column == self.column

    def says(self, term: Term) -> bool:
        """Whether it is this condition."""
        key = term.key.expression or term.key.column
        return bool(self.operator) and (self.expression or self.column, self.operator) == (key, term.operator)


def predicate_sql(parts: Sequence[Part]) -> str:
    """The predicate as SQL."""
    return " AND ".join(part.sql for part in parts)


def predicate_django(parts: Sequence[Part]) -> str:
    """The predicate as Django writes it, which compiles to the same."""
    plain = [part.django for part in parts if not (part.is_negated or part.is_whole)]
    negated = [f"~Q({part.django})" for part in parts if part.is_negated]
    whole = [part.django for part in parts if part.is_whole]
    if len(whole) == 1 and not (plain or negated):
        return whole[0][1:-1] if whole[0].startswith("(") else whole[0]
    return " & ".join([*([f"Q({', '.join(plain)})"] if plain else []), *negated, *whole])


def all_of(parts: Sequence[Part]) -> Part:
    """One condition of several under AND."""
    if len(parts) == 1:
        return parts[0]
    django = predicate_django(parts)
    return Part(
        column=parts[0].column,
        sql=f"({predicate_sql(parts)})",
        django=f"({django})" if " & " in django else django,
        is_whole=True,
        is_literal=any(part.is_literal for part in parts),
        arms=tuple(parts),
    )


def any_of(parts: Sequence[Part]) -> Part:
    """One condition of several under OR."""
    django = (predicate_django([part]) for part in parts)
    return Part(
        column=parts[0].column,
        sql=f"({' OR '.join(part.sql for part in parts)})",
        django=f"({' | '.join(f'({one})' if ' & ' in one else one for one in django)})",
        is_whole=True,
        is_literal=any(part.is_literal for part in parts),
        arms=tuple(parts),
    )
