"""Seam: after a unit of work, take the plans of its slow queries and try indexes for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from time import monotonic, perf_counter
from typing import Any

from queryscope.capture.finish import Slow
from queryscope.capture.introspect import read_models
from queryscope.capture.project import Project
from queryscope.capture.state import ACTIVE, FAULTS, LEFT_OUT, LeftOut
from queryscope.chosen import shapes_to_explain
from queryscope.errors import ExplainRefusedError, PlanError
from queryscope.model import (
    Capture,
    IndexAdvice,
    Models,
    Plan,
    Refusal,
    Rewrite,
    Schema,
    SkippedPlan,
    Table,
    Trace,
    TypicalRun,
)
from queryscope.overheard import heard_plan
from queryscope.plans.words import TIME_USED_UP
from queryscope.proving import Place, prove, says_enough
from queryscope.remembered import RUN, Examined, Key, key_of, recall, remember
from queryscope.searching import Search, told_of_search, weigh_search, with_searches
from queryscope.sql.fingerprint import spelled_tables, tables
from queryscope.written import constants_around, known_values, read_source

PATIENCE = 20  # times EXPLAIN_BUDGET_MS, of a block, a visit, a command or a test
_NEARLY_ALL = 0.8  # of the time for EXPLAIN


def examine(trace: Trace, slow: Sequence[Slow], place: Place) -> Capture:
    """The capture of a finished trace, with plans and index trials where the settings allow them.

    Never raises: a fault of queryscope's own is noted once, and what was found before it is kept.
    """
    work = _Examination(trace, _patient(trace, place))
    token, left_out = ACTIVE.set(None), LEFT_OUT.set(LeftOut())  # what follows is queryscope's own work
    try:
        work.run(shapes_to_explain(slow, work.place.config))
        work.weigh(slow)
    except Exception:
        work.note_fault("the examination of slow queries")
    finally:
        LEFT_OUT.reset(left_out)
        ACTIVE.reset(token)
    return work.capture()


def _patient(trace: Trace, place: Place) -> Place:
    """With more time where somebody waits for the answer, and no server for its next request."""
    if place.is_repeated and trace.origin.kind != "command":
        return place
    budget_ms = PATIENCE * place.config.explain_budget_ms
    return replace(place, config=replace(place.config, explain_budget_ms=budget_ms), is_patient=True)


class _Examination:
    """What came out of one unit of work so far."""

    def __init__(self, trace: Trace, place: Place) -> None:
        self.trace = trace
        self.place = place
        self.plans: list[Plan] = []
        self.skipped: list[SkippedPlan] = []
        self.indexes: list[IndexAdvice] = []
        self.refusals: list[Refusal] = []
        self.tables: list[Table] = []
        self.server_version: int | None = None
        self._has_failed = False
        self._paths: dict[str, str] = {}  # search_path, by alias
        self._apart: dict[str, Any] = {}  # copies of connections, by alias

    def capture(self) -> Capture:
        return Capture(
            trace=replace(self.trace, server_version=self.server_version),
            plans=tuple(self.plans),
            skipped_plans=tuple(self.skipped),
            schema=Schema(server_version=self.server_version, tables=tuple(self.tables)),
            indexes=tuple(self.indexes),
            refusals=tuple(self.refusals),
        )

    @property
    def is_test(self) -> bool:
        """One of many units of a run that is reported as a whole, so that a shape needs one plan in all."""
        return self.trace.origin.kind == "test"

    def note_fault(self, where: str) -> None:
        """Count a fault that is being handled; a step that fails for every shape of a unit is one fault."""
        if not self._has_failed:
            FAULTS.note(where)
        self._has_failed = True

    def run(self, chosen: Sequence[Slow]) -> None:
        """All plans first: the trials of an index may take longer than they do."""
        if not chosen:
            return
        from queryscope.database.sandbox import shared_connections

        if self.place.is_repeated:
            chosen = [slow for slow in chosen if not self.recall(slow)]
        if self.is_test:
            chosen = [slow for slow in chosen if RUN.is_due(self.key(slow), slow.max_ms)]
        ends_at = perf_counter() + self.place.config.explain_budget_ms / 1000
        with shared_connections():
            plans = [(slow, self.plan(slow, ends_at)) for slow in chosen]
            planned = with_searches(plans, partial(self.found, ends_at=ends_at), self.trace)
            for slow, first, search in planned:
                plan = first and self.with_typical(slow, first, ends_at)
                if plan is not None:
                    self.judge(slow, plan, search)
                    if self.is_test:
                        RUN.explained(self.key(slow), slow.max_ms)
                if self.place.is_repeated:
                    self.remember(slow)

    def weigh(self, every: Sequence[Slow]) -> None:
        """Ask the catalog how big the tables are of which neither rows nor time of a query tell it."""
        from queryscope.database.catalog import sizes_of
        from queryscope.database.sandbox import shared_connections
        from queryscope.rules.size import hides_size

        groups = self.trace.groups
        hiding = [each for each in every if each.is_select and hides_size(groups[each.group])]
        if not hiding or self.place.config.explain == "off":
            return
        with shared_connections():
            for alias in dict.fromkeys(each.alias for each in hiding):  # one statement for each database
                several = [each for each in hiding if each.alias == alias]
                named = sorted({name for each in several for name in spelled_tables(groups[each.group].sql)})
                _, *database = self.key(several[0])
                key = ("tables", *database, *named)
                known = recall(key, 0.0) if self.place.is_repeated else None
                found = known.tables if known else sizes_of(self.connection(several[0]), named).tables
                seen = {table.name for table in self.tables}
                self.tables += [table for table in found if table.name not in seen]
                if self.place.is_repeated and known is None:
                    remember(key, Examined(at=monotonic(), max_ms=0.0, server_version=None, tables=found))

    def recall(self, slow: Slow) -> bool:
        """Take what an earlier unit of work found; False if there is nothing that is still true."""
        known = recall(self.key(slow), slow.max_ms)
        if known is None:
            return False
        self.server_version = self.server_version or known.server_version
        self.plans += known.plans
        self.skipped += known.skipped
        self.tables += [table for table in known.tables if table not in self.tables]
        self.indexes += known.indexes
        self.refusals += known.refusals
        return True

    def remember(self, slow: Slow) -> None:
        """Keep what was found of this shape for the units of work to come, or why there is nothing.

        What had no time left is asked again: next time the others are known.
        """
        shape = slow.fingerprint
        skipped = tuple(skip for skip in self.skipped if skip.fingerprint == shape)
        plans = tuple(plan for plan in self.plans if plan.fingerprint == shape)
        if any(TIME_USED_UP in reason for reason in self.reasons(plans, skipped)):
            return
        relations = set(tables(self.trace.groups[slow.group].sql))
        known = Examined(
            at=monotonic(),
            max_ms=slow.max_ms,
            server_version=self.server_version,
            plans=plans,
            skipped=skipped,
            tables=tuple(table for table in self.tables if table.name in relations),
            indexes=tuple(advice for advice in self.indexes if shape in advice.serves),
            refusals=tuple(refusal for refusal in self.refusals if refusal.fingerprint == shape),
        )
        remember(self.key(slow), known)

    def reasons(self, plans: Sequence[Plan], skipped: Sequence[SkippedPlan]) -> list[str]:
        """Why there is no plan, or none with times; one that had nearly all the time won't have more."""
        most_ms = _NEARLY_ALL * self.place.config.explain_budget_ms
        notes = [plan.note for plan in plans if (plan.explain_ms or 0.0) < most_ms]
        return notes + [skip.reason for skip in skipped]

    def key(self, slow: Slow) -> Key:
        """A shape on a database, and on a tenant's schemas in it."""
        from django.db import connections

        from queryscope.database.sandbox import search_path

        if slow.alias not in self._paths:
            self._paths[slow.alias] = search_path(connections[slow.alias])
        return key_of(slow, connections[slow.alias].settings_dict, self._paths[slow.alias])

    def connection(self, slow: Slow) -> Any:
        """The connection of this thread, or a closed copy, for which a further session is opened."""
        from django.db import connections

        from queryscope.database.sandbox import apart

        if self.is_in_place(slow):
            return connections[slow.alias]
        if slow.alias not in self._apart:
            self._apart[slow.alias] = apart(connections[slow.alias])
        return self._apart[slow.alias]

    def is_in_place(self, slow: Slow) -> bool:
        """Whether only this thread's connection sees the rows that the statement saw."""
        from django.db import connections

        from queryscope.database.sandbox import IN_TRANSACTION

        connection = connections[slow.alias]
        if self.place.in_place or connection.vendor != "postgresql" or not connection.in_atomic_block:
            return self.place.in_place
        if connection.connection is None:
            return False
        return bool(connection.connection.info.transaction_status == IN_TRANSACTION)  # else it is aborted

    def plan(self, slow: Slow, ends_at: float) -> Plan | None:
        """The plan of one shape; the reason is kept where there is none."""
        try:
            told = heard_plan(self.place.heard, slow, self.connection(slow), self.server_version)
            if told is not None:
                return replace(told, source="auto_explain", observed_ms=slow.max_ms)
            if self.place.in_place and RUN.is_spent(self.place.config):
                raise ExplainRefusedError(f"Not explained: {TIME_USED_UP}, or the number of plans of a run.")
            return self.found(slow, ends_at=ends_at)
        except (ExplainRefusedError, PlanError) as refused:
            reason = str(refused)
        except Exception:
            self.note_fault("EXPLAIN")
            reason = "queryscope failed, see its log"
        self.skipped.append(SkippedPlan(fingerprint=slow.fingerprint, reason=reason))
        return None

    def found(self, slow: Slow, *, ends_at: float) -> Plan:
        """The plan of the slowest execution, or of its search.

        Raises:
            ExplainRefusedError: there is none, and why.
            PlanError: what came is no plan.
        """
        try:
            return self.explained(slow, (slow.sql, slow.params), ends_at)
        except (ExplainRefusedError, PlanError):
            raise
        except Exception:
            self.note_fault("EXPLAIN")
            raise ExplainRefusedError("queryscope failed, see its log") from None

    def explained(self, slow: Slow, call: tuple[str, Any], ends_at: float) -> Plan:
        """The plan of one execution.

        Raises:
            ExplainRefusedError: there is none, and why.
            PlanError: what came is no plan.
        """
        from queryscope.database.explain import explain_apart, explain_in_place
        from queryscope.plans.parse import parse_plan

        explain = explain_in_place if self.is_in_place(slow) else explain_apart
        began = perf_counter()
        left_ms = (ends_at - began) * 1000
        try:
            explained = explain(
                self.connection(slow),
                *call,
                observed_ms=slow.max_ms,
                budget_ms=left_ms,
                is_serial=slow.is_search,
            )
        finally:
            if self.place.in_place:
                RUN.spend((perf_counter() - began) * 1000)
        self.server_version = self.server_version or explained.server_version
        plan = parse_plan(
            explained.document,
            fingerprint=slow.fingerprint,
            server_version=explained.server_version,
            note=explained.note,
        )
        return replace(
            plan,
            observed_ms=slow.max_ms,
            explain_ms=explained.elapsed_ms,
            analyze_ms=explained.analyze_ms,
        )

    def with_typical(self, slow: Slow, plan: Plan, ends_at: float) -> Plan:
        """The plan, beside it what the first execution's parameters come to, where there is time left."""
        if plan.source == "auto_explain":  # whether the statement may run again was not asked
            return plan
        is_over = perf_counter() >= ends_at or (self.place.in_place and RUN.is_spent(self.place.config))
        if slow.typical is None or not plan.is_analyzed or is_over:
            return plan
        try:
            other = self.explained(slow, slow.typical, ends_at)
        except (ExplainRefusedError, PlanError):
            return plan
        except Exception:
            self.note_fault("EXPLAIN")
            return plan
        from queryscope.plans.fingerprint import plan_fingerprint

        rows = other.root.actual_rows
        typical = TypicalRun(
            is_analyzed=other.is_analyzed,
            has_same_nodes=plan_fingerprint(other) == plan_fingerprint(plan),
            execution_time_ms=other.execution_time_ms,
            rows=None if rows is None else rows * (other.root.actual_loops or 1),
        )
        return replace(plan, typical=typical)

    def judge(self, slow: Slow, plan: Plan, search: Search | None) -> None:
        """Apply the plan rules, propose indexes, try them."""
        from queryscope.database.catalog import schema_of
        from queryscope.plans.badges import badges_of
        from queryscope.rules import plan_rules
        from queryscope.rules.plan import judge

        try:
            models = models_of(self.place.project)
            named = spelled_tables(self.trace.groups[slow.group].sql)
            is_tests = self.place.is_test_database
            schema = schema_of(self.connection(slow), named, has_counts=not is_tests)
            self.tables += [table for table in schema.tables if table not in self.tables]
            insights = judge(plan, schema, models, plan_rules(self.place.config))
            plan = replace(plan, insights=insights, badges=badges_of(plan, schema))
            plan = replace(plan, rewrites=self.rewrites(slow, plan, schema, models))
        except Exception:
            self.note_fault("judging a plan")
            return
        finally:
            self.plans.append(plan)
        if search is not None:
            slow, plan = search.slow, search.plan
        try:
            self.advise(slow, plan, schema, models, search=search)
        except Exception:
            self.note_fault("looking for an index")

    def rewrites(self, slow: Slow, plan: Plan, schema: Schema, models: Models) -> tuple[Rewrite, ...]:
        """Other ways to ask for the same rows, timed where indexes may be tried."""
        from queryscope.rewriting import rewrites_of

        if not plan.is_analyzed or plan.source == "auto_explain":
            return ()
        group = self.trace.groups[slow.group]
        return rewrites_of(self.connection(slow), slow, group, schema, models, place=self.place)

    def advise(
        self, slow: Slow, plan: Plan, schema: Schema, models: Models, *, search: Search | None
    ) -> None:
        """Propose indexes for a shape, and prove them as far as that is allowed."""
        from queryscope.rules import index_rules
        from queryscope.rules.index import propose_indexes
        from queryscope.sql.statement import read_executed

        if not says_enough(plan, slow, self.place):
            return
        config, group = self.place.config, self.trace.groups[slow.group]
        candidates, refusals = propose_indexes(
            group,
            plan,
            read_executed(slow.sql, slow.params, known_values(group, self.place.project, read_source)),
            schema,
            models,
            constants_around(group, models, self.place.project, read_source, params=slow.params),
            rules=index_rules(config),
            is_test_size=self.place.is_test_database,
        )
        self.refusals += refusals
        if search is not None:
            candidates, refused = weigh_search(search, candidates, schema, place=self.place)
            self.refusals += refused
        if not candidates:
            return
        proof = prove(self.connection(slow), candidates, slow, place=self.place, plan=plan)
        indexes, refused = told_of_search(search, proof.indexes)
        self.indexes += indexes
        self.refusals += (*proof.refusals, *refused)


@lru_cache(maxsize=4)
def models_of(project: Project) -> Models:
    """The model graph of the installed applications, read once."""
    return read_models(project)
