"""Arms of an OR over several columns: an index for each, of which none helps without the others (I30)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.plans.conditions import Condition, read_conditions
from queryscope.rules.index.candidate.cover import serving_index
from queryscope.rules.index.candidate.keys import as_set, make_advice
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.order import asked_keys, own_order
from queryscope.rules.index.candidate.paging import is_keyset
from queryscope.rules.index.candidate.roles import roles_of, shared_first, sorted_roles
from queryscope.rules.index.candidate.scan import Scan, join_above, read_scans, row_count
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class OrIndex:
    """`Q(code="A1") | Q(customer=5)`: one btree for each arm, or none where an arm can't have one."""

    name: ClassVar[str] = "or-index"

    max_arms: int = 4
    max_columns: int = 2  # of an arm

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """A set of candidates for every wasteful scan whose rows an OR chooses."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            yield from _across_tables(group, scan)
            disjunction = next((term for term in scan.terms if term.operator == "or"), None)
            if not is_wasteful(scan) or not any(one.operator == "or" for one in scan.conditions):
                continue
            order = own_order(scan, asked_keys(scan, statement))
            if order and is_keyset(scan, order):
                continue
            objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
            if objection is not None:
                yield objection
            elif disjunction is not None and len(disjunction.arms) <= self.max_arms:
                yield from self._candidates(group, scan, disjunction)

    def _candidates(self, group: QueryGroup, scan: Scan, disjunction: Term) -> Iterator[IndexAdvice]:
        arms = [self._keys(scan, arm) for arm in disjunction.arms]
        if not all(arms):
            return
        missing = [keys for keys in dict.fromkeys(arms) if serving_index(scan.table, equal=keys) is None]
        reason = (
            f"The query reads {row_count(scan):,.0f} rows of {scan.table.name} to keep {scan.kept:,.0f} by "
            f"an OR of {len(arms)} arms: each needs an index, or all rows are read."
        )
        if len(missing) == 1 and len(set(arms)) == 1 and missing[0][0] in roles_of(scan).found:
            return
        yield from as_set(
            make_advice(scan, rule=self.name, keys=keys, reason=reason, serves=group.fingerprint)
            for keys in missing
        )

    def _keys(self, scan: Scan, arm: Sequence[Term]) -> tuple[IndexKey, ...]:
        """The keys of one arm: what is compared with values, else what is NULL or a boolean, else a bound."""
        roles = sorted_roles(scan, arm)
        found = shared_first(scan, roles.found[: self.max_columns]) or roles.empty[:1]
        room = self.max_columns - len(found)
        return (*found, *roles.bounds[:room]) if found or roles.bounds else roles.flags[:1]


def _across_tables(group: QueryGroup, scan: Scan) -> Iterator[Refusal]:
    """Arms over several tables are tested when the rows are joined: no index finds them."""
    join = join_above(scan)
    texts = (join.join_filter, join.filter) if join is not None else ()
    for condition in (one for text in texts for one in read_conditions(text)):
        tables = {part.table for arm in condition.arms for part in _parts(arm) if part.table}
        if condition.operator == "or" and len(tables) > 1 and scan.alias in tables:
            text = (
                f"The arms of an OR ask {len(tables)} tables: no index finds such rows. "
                "Write one queryset for each arm and join them by union()."
            )
            yield refuse(group, scan, kind="or-across-tables", reason=text)


def _parts(arm: Condition) -> tuple[Condition, ...]:
    return arm.arms if arm.operator == "and" else (arm,)
