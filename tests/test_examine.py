"""Tests of examine.py: which plans are taken, where, what is tried, and that nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, connections, transaction

from catalog.models import Company
from queryscope.capture.finish import Slow, finish
from queryscope.capture.state import ACTIVE, FAULTS
from queryscope.config import Config
from queryscope.database import sandbox
from queryscope.database.trial_progress import telling
from queryscope.errors import ExplainRefusedError
from queryscope.examine import PATIENCE, examine
from queryscope.model import Capture, Level, Origin, QueryGroup
from queryscope.profiler import begin, current_config, current_project
from queryscope.proving import Place
from queryscope.remembered import RUN, forget
from queryscope.written import read_source
from tests.builders import make_query_group, make_site, make_trace

ROWS = 60_000
MAKE_COMPANIES = f"""
    INSERT INTO catalog_company (name, country)
    SELECT 'Company ' || n, CASE WHEN n % 1000 = 0 THEN 'ZZ' ELSE chr(65 + n % 20) || 'A' END
    FROM generate_series(1, {ROWS}) n;
    ANALYZE catalog_company;
"""
SECRET = "Company 777"
FOREVER_MS = 60_000.0


@pytest.fixture(autouse=True)
def no_faults() -> Iterator[None]:
    """Each test starts and ends with a profiler that never failed."""
    FAULTS.clear()
    RUN.forget()
    yield
    FAULTS.clear()


@pytest.fixture(scope="module")
def companies(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Rows that every session sees."""
    with django_db_blocker.unblock():
        run(MAKE_COMPANIES)
        yield
        run("TRUNCATE catalog_company CASCADE")


@pytest.fixture
def committed(companies: None, django_db_blocker: Any) -> Iterator[None]:
    """The same, with the database open to a test outside of any transaction; it only reads."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
        yield


def run(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


# The querysets under examination.


def by_name() -> None:
    name = SECRET
    list(Company.objects.filter(name=name))


def by_name_locked() -> None:
    name = SECRET
    with transaction.atomic():
        list(Company.objects.select_for_update(skip_locked=True).filter(name=name))


def most_locked() -> None:
    with transaction.atomic():
        list(Company.objects.select_for_update().filter(name__gt="")[:5])


def by_state() -> None:
    list(Company.objects.filter(country="ZZ"))


def by_state_of_a_user(country: str = "ZZ") -> None:
    list(Company.objects.filter(country=country))


def by_three_shapes() -> None:
    name = SECRET
    list(Company.objects.filter(name=name))
    list(Company.objects.filter(name=name, pk__gt=5))
    list(Company.objects.filter(name=name).order_by("country"))


def look(
    work: Callable[[], Any], *, in_place: bool = False, is_test_database: bool = False, **settings: Any
) -> Capture:
    """The capture of a piece of work, all of whose queries are explained."""
    values = {"explain": "all", "explain_budget_ms": FOREVER_MS, "trial_indexes": ()}
    config = current_config(**(values | settings))
    recorder = begin(Origin(kind="block", label="look"), config)
    try:
        work()
    finally:
        recorder.stop()
    trace, slow = finish(recorder)
    place = Place(
        config=config,
        project=recorder.codes.project,
        in_place=in_place,
        is_test_database=is_test_database,
    )
    return examine(trace, slow, place)


def make_slow(*groups: QueryGroup, sql: str = "SELECT 1", params: Any = ()) -> list[Slow]:
    """As `finish` gives them: by falling total time."""
    return sorted((Slow(group, sql, params) for group in groups), key=lambda each: -each.total_ms)


def make_place(**settings: Any) -> Place:
    config = Config(**settings)
    return Place(config=config, project=current_project(config), in_place=False)


class Explain:
    """Stands in for `explain_apart`: notes what it is asked, and refuses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, float, float]] = []
        self.clock = 100.0
        self.takes_s = 0.0
        monkeypatch.setattr("queryscope.database.explain.explain_apart", self)
        monkeypatch.setattr("queryscope.examine.perf_counter", lambda: self.clock)

    def __call__(
        self,
        connection: Any,
        sql: str,
        params: Any,
        *,
        observed_ms: float,
        budget_ms: float,
        is_serial: bool = False,
    ) -> Any:
        self.asked.append((sql, observed_ms, round(budget_ms, 3)))
        self.clock += self.takes_s
        raise ExplainRefusedError("Not explained: this is a test.")


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch) -> Explain:
    return Explain(monkeypatch)


def chosen(groups: list[QueryGroup], **settings: Any) -> list[str]:
    """Fingerprints of the shapes that are explained, in order."""
    capture = examine(make_trace(*groups), make_slow(*groups), make_place(**settings))
    return [skipped.fingerprint for skipped in capture.skipped_plans]


def shape(name: str, max_ms: float, *, index: int = 0, **more: Any) -> QueryGroup:
    return make_query_group(index, fingerprint=name, max_ms=max_ms, **({"total_ms": max_ms} | more))


def by_chance() -> None:
    list(Company.objects.order_by("?")[:5])


def without_copies() -> None:
    list(Company.objects.filter(brands__name="x").distinct())


class TestSize:
    """Tables of queries that sort much to give little are looked up, whatever these took."""

    @pytest.mark.parametrize("in_place", [True, False])
    def test_the_catalog_tells_how_many_rows_are_sorted(self, committed, in_place):
        capture = look(by_chance, in_place=in_place, explain="slow", slow_ms=FOREVER_MS, costly_ms=FOREVER_MS)
        [table] = capture.schema.tables
        assert table.name == "catalog_company"
        assert table.rows == pytest.approx(ROWS, rel=0.05)
        assert not capture.plans
        assert len(capture.trace.groups) == 1

    def test_all_tables_of_a_join_are_looked_up_once(self, committed):
        settings = {"explain": "slow", "slow_ms": FOREVER_MS, "costly_ms": FOREVER_MS}
        capture = look(lambda: (without_copies(), by_chance(), without_copies()), in_place=True, **settings)
        assert sorted(table.name for table in capture.schema.tables) == ["catalog_brand", "catalog_company"]

    def test_other_queries_are_not_looked_up(self, committed):
        quick = {"explain": "slow", "slow_ms": FOREVER_MS, "costly_ms": FOREVER_MS}
        assert not look(by_state, in_place=True, **quick).schema.tables
        assert not look(by_chance, in_place=True, explain="off").schema.tables

    def test_what_was_planned_is_not_looked_up_again(self, committed):
        assert len(look(by_chance, in_place=True).schema.tables) == 1

    def test_a_page_that_comes_again_is_looked_up_once_in_a_while(self, committed, monkeypatch):
        asked = []

        group = shape("by-chance", 1.0, sql='SELECT * FROM "catalog_company" ORDER BY RANDOM() LIMIT %s')
        place = replace(make_place(slow_ms=FOREVER_MS, costly_ms=FOREVER_MS), is_repeated=True)
        forget()
        first = examine(make_trace(group), make_slow(group), place)
        monkeypatch.setattr("queryscope.database.catalog.sizes_of", lambda *given: asked.append(given))
        assert examine(make_trace(group), make_slow(group), place).schema == first.schema
        assert first.schema.tables
        assert not asked
        forget()


class TestChoice:
    def test_off_explains_nothing(self, explain):
        assert chosen([shape("a", 5000.0)], explain="off") == []
        assert explain.asked == []

    def test_a_query_at_the_threshold_is_slow(self, explain):
        groups = [shape("at", 100.0), shape("below", 99.9, index=1)]
        assert chosen(groups, slow_ms=100.0, costly_ms=1e9) == ["at"]

    def test_the_three_costliest_shapes_are_explained_though_none_is_slow(self, explain):
        groups = [shape(name, 1.0, index=n, total_ms=10.0 + n) for n, name in enumerate("abcde")]
        assert chosen(groups) == ["e", "d", "c"]

    def test_cheap_shapes_are_not_costly(self, explain):
        groups = [shape("at", 1.0, total_ms=5.0), shape("below", 1.0, index=1, total_ms=4.9)]
        assert chosen(groups, costly_ms=5.0) == ["at"]

    def test_a_shape_costs_what_all_its_groups_cost(self, explain):
        parts = [shape("everywhere", 1.0, index=n, total_ms=2.0) for n in range(4)]
        groups = [*parts, shape("once", 3.0, index=4), shape("at", 7.0, index=5)]
        assert chosen(groups, costly_ms=5.0) == ["everywhere", "at"]

    def test_slow_shapes_are_explained_beside_the_costliest(self, explain):
        groups = [shape(name, 1.0, index=n, total_ms=1000.0 + n) for n, name in enumerate("abc")]
        groups += [shape("x", 150.0, index=3), shape("y", 120.0, index=4)]
        assert chosen(groups) == ["c", "b", "a", "x", "y"]

    def test_what_took_longer_than_the_budget_leaves_it_to_the_others_first(self, explain):
        groups = [shape("long", 501.0), shape("fits", 500.0, index=1), shape("longer", 900.0, index=2)]
        assert chosen(groups, explain_budget_ms=500.0 / PATIENCE) == ["fits", "longer", "long"]

    def test_all_means_all(self, explain):
        groups = [shape(f"f{n:02}", 0.1, index=n) for n in range(20)]
        assert sorted(chosen(groups, explain="all")) == [f"f{n:02}" for n in range(20)]

    @pytest.mark.parametrize("mode", ["slow", "all"])
    def test_another_database_is_left_out(self, explain, mode):
        groups = [shape("a", 400.0, vendor="sqlite"), shape("b", 400.0, index=1, vendor="mysql")]
        assert chosen(groups, explain=mode) == []

    @pytest.mark.parametrize("mode", ["slow", "all"])
    def test_each_shape_is_explained_once_with_its_slowest_execution(self, explain, mode):
        quick = shape("same", 120.0, total_ms=900.0)
        slowest = shape("same", 300.0, index=1)
        slow = [*make_slow(quick, sql="SELECT 1"), *make_slow(slowest, sql="SELECT 2")]
        examine(make_trace(quick, slowest), slow, make_place(explain=mode))
        assert [(sql, observed) for sql, observed, _ in explain.asked] == [("SELECT 2", 300.0)]

    def test_nothing_slow_opens_no_connection(self, monkeypatch):
        monkeypatch.setattr(sandbox, "_connected", fail)
        capture = examine(make_trace(), (), make_place())
        assert capture == Capture(trace=make_trace(), schema=capture.schema)
        assert FAULTS.count == 0


def fail(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("a fault of queryscope's own")


class TestBudget:
    def test_all_shapes_share_it(self, explain):
        explain.takes_s = 0.2
        groups = [shape(name, 100.0 - n, index=n) for n, name in enumerate("abcd")]
        chosen(groups, explain="all", explain_budget_ms=500.0 / PATIENCE)
        assert [budget for _, _, budget in explain.asked] == [500.0, 300.0, 100.0, -100.0]

    @pytest.mark.parametrize(
        ("kind", "is_repeated", "times"),
        [("request", True, 1), ("task", True, 1), ("command", True, PATIENCE), ("request", False, PATIENCE)],
    )
    def test_it_is_longer_where_somebody_waits_for_the_answer(self, explain, kind, is_repeated, times):
        group = shape(f"patient {kind}", 400.0)
        trace = replace(make_trace(group), origin=Origin(kind=kind, label="x"))
        examine(trace, make_slow(group), replace(make_place(), is_repeated=is_repeated))
        assert [budget for _, _, budget in explain.asked] == [500.0 * times]

    def test_without_it_every_shape_is_skipped_with_the_reason(self, committed):
        capture = look(by_three_shapes, explain_budget_ms=0)
        assert capture.plans == ()
        assert {skipped.reason for skipped in capture.skipped_plans} == {
            "Not explained: the time for EXPLAIN is used up."
        }
        assert len(capture.skipped_plans) == 3
        assert FAULTS.count == 0


class TestSkipped:
    def skipped(self, sql: str, params: Any = (), *, alias: str = "default") -> str:
        group = shape("a", 500.0, alias=alias)
        capture = examine(make_trace(group), make_slow(group, sql=sql, params=params), make_place())
        assert capture.plans == ()
        (skipped,) = capture.skipped_plans
        assert skipped.fingerprint == "a"
        return skipped.reason

    def test_what_postgresql_refuses_is_told_by_its_code(self, committed):
        reason = self.skipped("SELECT * FROM no_such_table WHERE name = %s", [SECRET])
        assert "42P01" in reason
        assert SECRET not in reason
        assert FAULTS.count == 0

    def test_what_may_not_run_again_is_told(self, committed):
        assert self.skipped("COPY catalog_company TO STDOUT").startswith("Only SELECT")
        assert FAULTS.count == 0

    def test_a_database_that_does_not_answer_is_told(self, committed, monkeypatch):
        monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
        assert "no connection" in self.skipped("SELECT 1")
        assert FAULTS.count == 0

    def test_what_is_no_plan_is_told(self, committed, monkeypatch):
        monkeypatch.setattr("queryscope.database.explain._document", lambda *_: '[{"Plan": 7}]')
        assert self.skipped("SELECT 1")

    def test_a_fault_is_told_without_its_text(self, committed, monkeypatch):
        monkeypatch.setattr("queryscope.database.explain.explain_apart", fail)
        assert self.skipped("SELECT 1") == "queryscope failed, see its log"
        assert FAULTS.count == 1

    def test_an_alias_that_is_gone_is_a_fault_and_no_more(self):
        assert self.skipped("SELECT 1", alias="gone") == "queryscope failed, see its log"
        assert FAULTS.count == 1


class TestPlans:
    def test_the_plan_is_analyzed_and_tells_what_its_rules_see(self, committed):
        (plan,) = look(by_name).plans
        assert plan.is_analyzed
        assert plan.note == ""
        (insight,) = [each for each in plan.insights if each.rule == "seq-scan-selective"]
        assert insight.remedy
        assert plan.root.actual_rows == 1

    def test_no_value_is_in_the_capture(self, committed):
        assert SECRET not in repr(look(by_three_shapes, trial_indexes=["default"]))

    def test_rules_take_their_options_from_the_settings(self, committed):
        rules = {"seq-scan-selective": {"min_removed": 10 * ROWS}}
        (plan,) = look(by_name, rules=rules).plans
        assert "seq-scan-selective" not in [insight.rule for insight in plan.insights]

    def test_the_catalog_and_the_version_are_those_of_the_server(self, committed):
        capture = look(by_three_shapes)
        version = connection.pg_version
        assert capture.trace.server_version == version
        assert [plan.server_version for plan in capture.plans] == [version] * 3
        assert capture.schema.server_version == version
        (table,) = capture.schema.tables  # once, though three shapes read it
        assert table.name == "catalog_company"
        assert table.rows == ROWS
        assert {index.name for index in table.indexes} == {"catalog_company_pkey"}

    def test_without_a_plan_the_version_is_unknown(self, committed):
        capture = look(by_name, explain="off")
        assert capture.trace.server_version is None
        assert capture.schema.tables == ()

    def test_what_may_not_run_again_is_planned_only_and_asks_for_no_index(self, committed):
        def locking() -> None:
            with transaction.atomic():
                list(Company.objects.filter(name="x").select_for_update())

        capture = look(locking, trial_indexes=["default"])
        (plan,) = capture.plans
        assert not plan.is_analyzed
        assert "locks" in plan.note
        assert (capture.indexes, capture.refusals) == ((), ())


class TestTrials:
    def test_a_listed_alias_gives_timed_evidence(self, committed):
        capture = look(by_name, trial_indexes=["default"])
        (advice,) = capture.indexes
        assert [key.django for key in advice.keys] == ["name"]
        assert advice.evidence.level is Level.TIMED
        assert advice.serves == (capture.plans[0].fingerprint,)
        assert advice.evidence.after.blocks * 5 < advice.evidence.before.blocks

    def test_a_database_that_a_test_runner_made_needs_no_listing(self, committed):
        (advice,) = look(by_name, is_test_database=True).indexes
        assert advice.evidence.level is Level.TIMED

    @pytest.mark.parametrize("listed", [(), ("reports", "Default")])
    def test_elsewhere_nothing_is_built_and_the_reason_is_told(self, committed, monkeypatch, listed):
        monkeypatch.setattr("queryscope.database.proof.run_trials", fail)
        (advice,) = look(by_name, trial_indexes=listed).indexes
        assert advice.evidence.level is Level.USABLE
        assert "Not tried: 'default' is not listed in QUERYSCOPE['TRIAL_INDEXES']." in advice.evidence.note
        assert (advice.evidence.before, advice.evidence.after) == (None, None)
        assert FAULTS.count == 0

    def test_of_the_small_tables_of_a_test_use_is_all_that_is_told(self, db):
        Company.objects.bulk_create(Company(name=f"Company {n}", country="AA") for n in range(20))
        capture = look(by_name, in_place=True, is_test_database=True)
        (advice,) = capture.indexes
        assert [key.django for key in advice.keys] == ["name"]
        assert advice.evidence.level is Level.USABLE
        assert "size can't speak" in advice.evidence.note
        assert capture.refusals == ()

    def test_what_auto_explain_told_is_not_run_again_but_probed(self, committed, monkeypatch):
        monkeypatch.setattr("queryscope.database.proof.run_trials", fail)
        told = look(by_name, trial_indexes=["default"]).plans  # fails in the trial: one fault
        monkeypatch.setattr("queryscope.examine.heard_plan", lambda *_: told[0])
        FAULTS.clear()
        (advice,) = look(by_name, trial_indexes=["default"]).indexes
        assert advice.evidence.level is Level.USABLE
        assert "the plan is that of the very execution" in advice.evidence.note
        assert FAULTS.count == 0

    def test_it_is_said_what_is_being_tried(self, committed):
        told = []
        with telling(lambda text, expected_ms: told.append((text, expected_ms))):
            look(by_name, trial_indexes=["default"])
        assert ("Trying an index on catalog_company (name)",) in [each[:1] for each in told]
        assert all(0 < expected_ms < 2000 for _, expected_ms in told)
        assert SECRET not in repr(told)

    def test_no_index_is_left_behind(self, committed):
        before = indexes()
        look(by_three_shapes, trial_indexes=["default"])
        assert indexes() == before

    def test_the_budget_of_a_trial_is_the_one_of_the_settings(self, committed):
        (advice,) = look(by_name, trial_indexes=["default"], trial_budget_ms=1).indexes
        assert advice.evidence.level is Level.USABLE
        assert "more than the budget of 0.0 s" in advice.evidence.note

    def test_when_the_time_of_a_run_is_used_up_nothing_is_built(self, committed):
        (first,) = look(by_name, trial_indexes=["default"], trial_run_budget_ms=60_000).indexes
        assert first.evidence.level is Level.TIMED
        RUN.spend_on_trials(60_000)
        (second,) = look(by_name, trial_indexes=["default"], trial_run_budget_ms=60_000).indexes
        assert second.evidence.level is Level.USABLE
        assert "TRIAL_RUN_BUDGET_MS" in second.evidence.note

    def test_refusals_are_kept(self, committed):
        capture = look(lambda: list(Company.objects.all()), trial_indexes=["default"])
        assert capture.indexes == ()
        assert [refusal.relation for refusal in capture.refusals] == ["catalog_company"]


def indexes() -> list[Any]:
    return run("SELECT indexname FROM pg_indexes WHERE tablename = 'catalog_company' ORDER BY 1")


def partial(capture: Capture) -> list[str]:
    return [advice.predicate_django for advice in capture.indexes if advice.predicate]


class TestConstants:
    def test_a_constant_of_the_source_may_stand_in_a_partial_index(self, committed):
        assert partial(look(by_state)) == ['Q(country="ZZ")']

    def test_a_value_of_the_user_may_not(self, committed):
        capture = look(by_state_of_a_user)
        assert partial(capture) == []
        assert "ZZ" not in repr(capture.indexes)

    @pytest.mark.parametrize("frame", [None, {"path": "no/such/file.py"}, {"is_template": True}])
    def test_without_source_there_are_none(self, committed, frame):
        from tests.builders import make_frame

        sql = 'SELECT "catalog_company"."id" FROM "catalog_company" WHERE "catalog_company"."country" = %s'
        site = make_site("catalog.Company", frame=None if frame is None else make_frame(**frame))
        group = shape("a", 500.0, sql=sql, site=site)
        capture = examine(make_trace(group), make_slow(group, sql=sql, params=["ZZ"]), make_place())
        assert [insight.rule for plan in capture.plans for insight in plan.insights]
        assert capture.indexes
        assert partial(capture) == []
        assert FAULTS.count == 0

    def test_a_file_that_can_t_be_read_has_no_text(self, tmp_path):
        project = current_project(Config(root=str(tmp_path)))
        (tmp_path / "latin.py").write_bytes(b"# \xfc\n")
        (tmp_path / "good.py").write_bytes(b"# \xc3\xbc\r\n")
        assert read_source(project, "latin.py") is None
        assert read_source(project, "missing.py") is None
        assert read_source(project, "nul\0.py") is None
        assert read_source(project, ".") is None
        assert read_source(project, "good.py") == "# ü\r\n"

    def test_a_file_that_was_changed_is_read_again(self, tmp_path):
        project = current_project(Config(root=str(tmp_path)))
        file = tmp_path / "views.py"
        for text in ("a = 1\n", "a = 20\n", "a = 300\n"):
            file.write_text(text)
            assert read_source(project, "views.py") == text
            assert read_source(project, "views.py") == text
        file.unlink()
        assert read_source(project, "views.py") is None


STEPS = [
    "queryscope.examine.shapes_to_explain",
    "queryscope.examine.models_of",
    "queryscope.examine.read_source",
    "queryscope.database.sandbox.shared_connections",
    "queryscope.database.explain.explain_apart",
    "queryscope.database.explain.own_connection",
    "queryscope.database.explain.rolled_back",
    "queryscope.plans.parse.parse_plan",
    "queryscope.examine.spelled_tables",
    "queryscope.database.catalog.schema_of",
    "queryscope.rules.plan_rules",
    "queryscope.rules.plan.SeqScanSelective.check",
    "queryscope.rules.index_rules",
    "queryscope.rules.index.propose_indexes",
    "queryscope.rules.index.read_constants",
    "queryscope.sql.statement.read_statement",
    "queryscope.database.proof.prove_indexes",
]


class TestEstimates:
    """Plans of statements that are never run again."""

    def test_a_locking_query_gets_an_index_that_was_probed_but_never_timed(self, committed, monkeypatch):
        monkeypatch.setattr("queryscope.proving.ESTIMATED_MS", 0.0)
        capture = look(by_name_locked, trial_indexes=["default"])
        (plan,) = capture.plans
        assert not plan.is_analyzed
        (advice,) = capture.indexes
        assert [key.column for key in advice.keys] == ["name"]
        assert advice.evidence.level is Level.USABLE
        assert "Not tried: it locks rows." in advice.evidence.note
        assert "the planner's estimates" in advice.reason
        assert SECRET not in repr(capture.indexes)

    def test_a_fast_one_gets_none(self, committed, monkeypatch):
        monkeypatch.setattr("queryscope.proving.ESTIMATED_MS", FOREVER_MS)
        capture = look(by_name_locked, trial_indexes=["default"])
        assert (capture.indexes, capture.refusals) == ((), ())

    def test_an_estimate_that_keeps_most_rows_is_refused(self, committed, monkeypatch):
        monkeypatch.setattr("queryscope.proving.ESTIMATED_MS", 0.0)
        capture = look(most_locked, trial_indexes=["default"])
        assert capture.indexes == ()
        assert [one.kind for one in capture.refusals] == ["low-selectivity"]

    def test_rows_that_are_read_in_a_millisecond_were_waited_for(self, committed, monkeypatch):
        monkeypatch.setattr("queryscope.proving.ESTIMATED_MS", 0.0)
        monkeypatch.setattr("queryscope.rules.index.candidate.objections.ESTIMATED_ROWS", ROWS + 1)
        capture = look(by_name_locked, trial_indexes=["default"])
        assert [one.kind for one in capture.refusals] == ["fast"]


class TestFaults:
    @pytest.mark.parametrize("step", STEPS)
    def test_a_fault_in_a_step_is_noted_once_and_the_capture_still_comes(self, committed, monkeypatch, step):
        monkeypatch.setattr(step, fail)
        with watched() as seen:
            capture = look(by_three_shapes, trial_indexes=["default"])
        assert FAULTS.count == 1
        assert [group.count for group in capture.trace.groups] == [1, 1, 1]
        assert seen == [group.sql for group in capture.trace.groups]
        told = {each.fingerprint for each in (*capture.plans, *capture.skipped_plans)}
        if step not in STEPS[:1] + STEPS[3:4]:
            assert told == {group.fingerprint for group in capture.trace.groups}
        assert run("SELECT 1") == [(1,)]

    def test_a_rule_that_fails_leaves_the_plan(self, committed, monkeypatch):
        monkeypatch.setattr("queryscope.rules.plan.SeqScanSelective.check", fail)
        (plan,) = look(by_name).plans
        assert plan.is_analyzed
        assert plan.insights == ()

    def test_a_trial_that_fails_leaves_the_plan_and_its_insights(self, committed, monkeypatch):
        monkeypatch.setattr("queryscope.database.proof.prove_indexes", fail)
        (plan,) = look(by_name, trial_indexes=["default"]).plans
        assert "seq-scan-selective" in [insight.rule for insight in plan.insights]

    def test_what_stops_the_program_passes_through(self, committed, monkeypatch):
        def stop(*_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("queryscope.database.explain.explain_apart", stop)
        active = ACTIVE.get()
        with pytest.raises(KeyboardInterrupt):
            look(by_name)
        assert ACTIVE.get() is active
        assert FAULTS.count == 0


@contextmanager
def watched() -> Iterator[list[str]]:
    """What Django runs on the default connection."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


class TestOwnQueries:
    @pytest.mark.parametrize("in_place", [False, True])
    def test_none_is_recorded_by_the_unit_around_nor_seen_by_django(self, committed, in_place):
        outer = begin(Origin(kind="test", label="outer"), Config())
        try:
            with watched() as seen:
                capture = look(by_name, in_place=in_place, is_test_database=True)
        finally:
            outer.stop()
        assert capture.indexes
        assert len(seen) == 1
        assert outer.count == 0
        assert ACTIVE.get() is None

    def test_three_shapes_and_their_trials_share_a_connection_and_a_look_out(self, committed, monkeypatch):
        opened = []
        connect = sandbox._connected
        monkeypatch.setattr(sandbox, "_connected", lambda one: opened.append(connect(one)) or opened[-1])
        capture = look(by_three_shapes, trial_indexes=["default"])
        assert len(capture.plans) == 3
        assert capture.indexes
        assert len(opened) == 2
        assert all(each.closed for each in opened)

    def test_apart_the_connection_of_the_program_is_not_used(self, committed):
        group = shape("a", 500.0, sql='SELECT * FROM "catalog_company"')
        with transaction.atomic():
            with pytest.raises(connection.Database.Error):
                connection.connection.execute("SELECT no_such_column")  # aborts its transaction
            capture = examine(make_trace(group), make_slow(group, sql=group.sql), make_place())
            assert status() == "INERROR"
            transaction.set_rollback(True)
        assert len(capture.plans) == 1
        assert capture.schema.tables

    def test_apart_a_closed_connection_of_the_program_stays_closed(self, committed):
        group = shape("a", 500.0)
        connection.close()
        capture = examine(make_trace(group), make_slow(group), make_place())
        assert len(capture.plans) == 1
        assert capture.trace.server_version
        assert connection.connection is None


def status() -> str:
    return str(connection.connection.info.transaction_status.name)


def by_new_name() -> None:
    list(Company.objects.filter(name="not committed"))


class TestInPlace:
    def test_rows_of_the_open_transaction_are_seen(self, companies, db):
        Company.objects.create(name="not committed", country="AA")
        for in_place in (True, False):  # a block within a transaction doesn't say where it is
            (plan,) = look(by_new_name, in_place=in_place).plans
            assert plan.root.actual_rows == 1

    def test_the_transaction_stays_as_it_was(self, companies, db):
        Company.objects.create(name="not committed", country="AA")
        state = (status(), list(connection.savepoint_ids), connection.needs_rollback, indexes())
        limits = run("SELECT current_setting('statement_timeout'), current_setting('transaction_read_only')")
        capture = look(by_new_name, in_place=True, is_test_database=True)
        assert capture.indexes[0].evidence.level is Level.TIMED
        assert (status(), list(connection.savepoint_ids), connection.needs_rollback, indexes()) == state
        assert (
            run("SELECT current_setting('statement_timeout'), current_setting('transaction_read_only')")
            == limits
        )
        Company.objects.create(name="not committed", country="BB")
        assert Company.objects.filter(name="not committed").count() == 2

    def test_an_aborted_transaction_is_left_alone(self, companies, db):
        def abort() -> None:
            by_name()
            with pytest.raises(connection.Database.Error):
                connection.connection.execute("SELECT no_such_column")

        with transaction.atomic():
            capture = look(abort, in_place=True, is_test_database=True)
            assert status() == "INERROR"
            transaction.set_rollback(True)
        (skipped,) = capture.skipped_plans
        assert "aborted" in skipped.reason
        assert FAULTS.count == 0
        assert Company.objects.count() == ROWS

    def test_a_closed_connection_is_not_opened(self, committed):
        def close() -> None:
            by_name()
            connection.close()

        capture = look(close, in_place=True)
        assert "closed" in capture.skipped_plans[0].reason
        assert connection.connection is None

    def test_outside_of_a_transaction_it_works_too(self, committed):
        capture = look(by_name, in_place=True, is_test_database=True)
        assert capture.plans[0].root.actual_rows == 1
        assert capture.indexes[0].evidence.level is Level.TIMED
        assert status() == "IDLE"


def test_each_alias_is_asked_about_its_own_queries(committed, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "queryscope.database.explain.explain_apart", lambda one, *_, **__: asked.append(one.alias) or fail()
    )
    groups = [shape("a", 500.0, alias="default"), shape("b", 400.0, index=1, alias="reports")]
    examine(make_trace(*groups), make_slow(*groups), make_place())
    assert asked == ["default", "reports"]
    assert set(connections) == {"default", "reports"}
