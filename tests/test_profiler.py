"""Tests of profiler.py: settings, the life of a block, decorators, and what a report says of its run."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import django
import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import override_settings

import queryscope
from catalog.models import Brand, Company
from queryscope.capture.state import ACTIVE, FAULTS, MAX_FAULTS
from queryscope.config import Config
from queryscope.errors import ConfigError, QueryscopeError
from queryscope.formats.json import document
from queryscope.model import Capture, Origin
from queryscope.profiler import begin, complete, current_config, current_project, profile, report_on
from tests.builders import make_query_group, make_trace

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent
OFF: dict[str, Any] = {"explain": "off"}


@pytest.fixture(autouse=True)
def no_faults() -> Iterator[None]:
    """Each test starts with a profiler that never failed, and leaves nothing active."""
    FAULTS.clear()
    yield
    FAULTS.clear()
    assert ACTIVE.get() is None


def count(capture: Capture | None) -> int:
    assert capture is not None
    return sum(group.count for group in capture.trace.groups)


def names() -> list[str]:
    return [company.name for company in Company.objects.order_by("pk")]


def fail_after_a_query() -> None:
    names()
    raise LookupError("of the program")


class TestSettings:
    def test_they_are_read_when_a_profile_starts(self):
        with override_settings(QUERYSCOPE={"SLOW_MS": 7}):
            assert current_config().slow_ms == 7.0
        with override_settings(QUERYSCOPE=None):
            assert current_config() == Config()

    def test_a_keyword_wins_over_a_setting(self):
        with override_settings(QUERYSCOPE={"SLOW_MS": 7, "KEEP": 3}):
            config = current_config(slow_ms=9)
        assert (config.slow_ms, config.keep) == (9.0, 3)

    @pytest.mark.parametrize(
        ("settings", "overrides", "told"),
        [
            ({"SLOWMS": 1}, {}, "'SLOWMS'.*Did you mean 'SLOW_MS'"),
            ({}, {"slowms": 1}, "'slowms'.*Did you mean 'slow_ms'"),
            ({"RULES": {"n-plus-two": {}}}, {}, "n-plus-two.*n-plus-one"),
            ({}, {"rules": {"n-plus-one": {"min_repeat": 3}}}, "min_repeat.*min_repeats"),
            ({}, {"extra_rules": ["no.such.Rule"]}, "no.such.Rule"),
        ],
    )
    def test_unknown_names_are_refused_with_the_nearest(self, settings, overrides, told):
        with override_settings(QUERYSCOPE=settings), pytest.raises(ConfigError, match=told):
            current_config(**overrides)

    def test_the_project_is_the_git_top_level_around_base_dir(self):
        assert current_project(Config()).root == str(ROOT)

    def test_a_root_of_the_settings_wins(self, tmp_path):
        assert current_project(Config(root=str(tmp_path))).root == str(tmp_path.resolve())

    def test_without_base_dir_the_working_directory_counts(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with override_settings(BASE_DIR=None):
            assert current_project(Config()).root == str(tmp_path.resolve())


class TestABlock:
    def test_its_queries_are_those_between_its_ends(self):
        names()
        with queryscope.profile("import", **OFF) as run:
            names()
            names()
        names()
        assert count(run.capture) == 2
        (trace,) = run.report.traces
        assert trace.origin == Origin(kind="block", label="import")

    def test_a_block_without_queries_has_a_report(self):
        with profile(**OFF) as run:
            pass
        assert run.report.findings == ()
        assert run.report.traces[0].origin.label == "block"
        assert run.report.run.verdict == "none"

    def test_a_problem_is_found_at_its_line(self):
        companies = [Company.objects.create(name=f"c{n}", country="AA") for n in range(4)]
        for n, company in enumerate(companies):
            Brand.objects.create(name=f"b{n}", slug=f"b{n}", company=company)
        with profile(**OFF) as run:
            queryset = Brand.objects.all()
            names = [brand.company.name for brand in queryset]
        assert len(names) == 4
        assert count(run.capture) == 5
        # The loop stands in a test: whose code it is, is the rules' matter; the relation was seen.
        access = [group.access for group in run.report.traces[0].groups if group.count == 4]
        assert [each.attribute for each in access if each] == ["company"]

    def test_an_exception_passes_through_and_the_block_is_kept(self):
        with pytest.raises(LookupError, match="of the program"), profile(**OFF) as run:
            fail_after_a_query()
        assert count(run.capture) == 1

    def test_the_report_is_made_once(self):
        with profile(**OFF) as run:
            names()
        assert run.report is run.report

    def test_before_its_end_there_is_no_report(self):
        run = profile("nightly", **OFF)
        with pytest.raises(QueryscopeError, match=r"'nightly'.* has not ended"):
            _ = run.report
        with run, pytest.raises(QueryscopeError, match="has not ended"):
            _ = run.report
        assert run.report

    def test_it_may_run_again_and_forgets_the_first_time(self):
        run = profile(**OFF)
        with run:
            names()
            names()
        first = run.report
        with run:
            names()
        assert count(run.capture) == 1
        assert run.report is not first

    def test_it_can_t_run_inside_itself(self):
        with profile("outer", **OFF) as run:
            with pytest.raises(QueryscopeError, match=r"'outer'.* is running"):
                run.__enter__()
            names()
        assert count(run.capture) == 1

    def test_a_block_inside_counts_for_itself(self):
        with profile("outer", **OFF) as outer:
            names()
            with profile("inner", **OFF) as inner:
                names()
                names()
            names()
        assert (count(inner.capture), count(outer.capture)) == (2, 2)

    def test_leaving_twice_changes_nothing(self):
        with profile(**OFF) as run:
            names()
        capture = run.capture
        run.__exit__(None, None, None)
        assert run.capture is capture

    def test_a_wrong_name_is_told_where_it_is_written(self):
        with pytest.raises(ConfigError, match="slow_ms"):
            profile("x", slow=3)

    def test_a_wrong_setting_is_told_at_the_start(self):
        with override_settings(QUERYSCOPE={"SLOW": 3}), pytest.raises(ConfigError, match="SLOW_MS"):
            profile("x").__enter__()

    def test_slow_queries_are_explained_and_none_is_seen_by_django(self, django_assert_num_queries):
        with django_assert_num_queries(1), profile(explain="all", explain_budget_ms=60_000) as run:
            names()
        assert len(run.report.plans) == 1
        assert run.report.run.postgresql.count(".") == 1

    def test_after_three_faults_it_records_nothing(self):
        FAULTS.count = MAX_FAULTS
        with profile(**OFF) as run:
            names()
        assert count(run.capture) == 0


class TestCompletion:
    @pytest.mark.parametrize("in_place", [True, False])
    def test_the_rows_of_a_transaction_under_way_are_seen(self, in_place):
        Company.objects.create(name="here only", country="AA")
        recorder = begin(Origin(kind="block", label="b"), current_config(explain="all"))
        names()
        (plan,) = complete(recorder, in_place=in_place).plans
        assert plan.root.actual_rows == 1

    def test_a_project_that_can_t_be_read_gives_an_idle_recorder(self, monkeypatch):
        def fail(*_: Any, **__: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("queryscope.profiler.current_project", fail)
        recorder = begin(Origin(kind="block", label="b"), Config(**OFF))
        names()
        capture = complete(recorder)
        assert count(capture) == 0
        assert capture.trace.origin.label == "b"
        assert FAULTS.count == 1

    def test_codes_are_kept_from_one_unit_to_the_next(self):
        recorders = [begin(Origin(kind="block", label="b"), Config(**OFF)) for _ in range(2)]
        for recorder in reversed(recorders):
            recorder.stop()
        assert recorders[0].codes is recorders[1].codes


class TestDecorator:
    def test_each_call_is_profiled_and_the_latest_stands_on_the_function(self):
        @queryscope.profile("names", **OFF)
        def work(times: int) -> int:
            """Doc."""
            for _ in range(times):
                names()
            return times

        assert (work(1), work(times=3)) == (1, 3)
        assert count(work.profile.capture) == 3  # type: ignore[attr-defined]
        assert work.profile.report.traces[0].origin.label == "names"  # type: ignore[attr-defined]
        assert (work.__name__, work.__doc__) == ("work", "Doc.")

    def test_it_may_call_itself(self):
        @profile(**OFF)
        def work(depth: int) -> Any:
            names()
            return depth and work(depth - 1)

        work(2)
        assert count(work.profile.capture) == 1  # type: ignore[attr-defined]

    def test_a_call_that_raises_is_kept(self):
        work = profile(**OFF)(fail_after_a_query)
        with pytest.raises(LookupError):
            work()
        assert count(work.profile.capture) == 1

    def test_generators_are_refused_since_their_work_comes_later(self):
        def lazy() -> Iterator[int]:
            yield 1

        async def lazy_too() -> Any:
            yield 1

        for function in (lazy, lazy_too):
            with pytest.raises(QueryscopeError, match=f"{function.__name__}.*use `with` inside it"):
                profile(**OFF)(function)


@pytest.mark.django_db(transaction=True)
class TestAsync:
    @pytest.fixture(autouse=True)
    async def end_the_session_of_the_other_thread(self) -> AsyncIterator[None]:
        yield
        await sync_to_async(lambda: connection.close())()

    async def test_a_block_sees_queries_of_awaited_threads(self):
        async with profile("async", **OFF) as run:
            await Company.objects.acount()
            await sync_to_async(names)()
        assert count(run.capture) == 2

    async def test_two_at_the_same_time_don_t_mix(self):
        async def work(times: int) -> profile:
            async with profile(**OFF) as run:
                for _ in range(times):
                    await Company.objects.acount()
                    await asyncio.sleep(0)
            return run

        runs = await asyncio.gather(work(1), work(3))
        assert [count(run.capture) for run in runs] == [1, 3]

    async def test_a_coroutine_function_stays_one(self):
        @profile("work", **OFF)
        async def work() -> int:
            return await Company.objects.acount()

        assert await work() == 0
        assert count(work.profile.capture) == 1  # type: ignore[attr-defined]

    async def test_plans_are_taken_without_holding_up_the_loop(self):
        async with profile(explain="all", explain_budget_ms=60_000) as run:
            await Company.objects.acount()
        assert len((await sync_to_async(lambda: run.report)()).plans) == 1

    async def test_an_exception_passes_through(self):
        run = profile(**OFF)

        async def work() -> None:
            async with run:
                await Company.objects.acount()
                raise LookupError

        with pytest.raises(LookupError):
            await work()
        assert count(run.capture) == 1

    async def test_leaving_twice_changes_nothing(self):
        async with profile(**OFF) as run:
            await Company.objects.acount()
        capture = run.capture
        await run.__aexit__(None, None, None)
        assert run.capture is capture


def capture(version: int | None = None, vendor: str = "postgresql", **more: Any) -> Capture:
    group = make_query_group(vendor=vendor)
    return Capture(trace=make_trace(group, server_version=version, **more))


class TestTheRun:
    def test_it_says_what_ran(self):
        run = report_on([capture(150020)], Config()).run
        assert run.queryscope == queryscope.__version__
        assert (run.python, run.django) == (platform.python_version(), django.get_version())
        assert run.root == str(ROOT)
        assert run.postgresql == "15.20"
        assert run.missing == ()

    @pytest.mark.parametrize(
        ("versions", "told"),
        [([], ""), ([None], ""), ([None, 180000], "18.0"), ([150020, 180001], "18.1"), ([140000], "14.0")],
    )
    def test_the_newest_server_is_told(self, versions, told):
        assert report_on([capture(version) for version in versions], Config()).run.postgresql == told

    def test_without_postgresql_one_note_says_that_plans_are_off(self):
        run = report_on([capture(vendor="sqlite"), capture(vendor="mysql")], Config()).run
        assert run.missing == ("no PostgreSQL (mysql, sqlite): plans and index advice are off",)

    def test_beside_postgresql_another_database_needs_no_note(self):
        assert report_on([capture(vendor="sqlite"), capture(180000)], Config()).run.missing == ()

    def test_without_queries_nothing_is_said_of_databases(self):
        assert report_on([Capture(trace=make_trace())], Config()).run.missing == ()
        assert report_on([], Config()).run.missing == ()

    def test_what_is_missing_is_told_and_so_are_faults(self):
        FAULTS.count = 2
        run = report_on([capture()], Config(), missing=["3 records could not be read"]).run
        assert run.missing == (
            "3 records could not be read",
            "queryscope failed 2 times; see the log of 'queryscope'",
        )

    def test_rules_of_the_settings_are_applied(self):
        quiet = {"slow-query": {"slow_ms": 1e6}}
        slow = Capture(trace=make_trace(make_query_group(max_ms=900.0)))
        assert [each.rule for each in report_on([slow], Config()).findings] == ["slow-query"]
        assert report_on([slow], Config(rules=quiet)).findings == ()


def test_own_statements_never_reach_django_s_log_of_queries(settings):
    settings.DEBUG = True
    connection.queries_log.clear()
    with profile(explain="all", explain_budget_ms=60_000, trial_indexes=["default"]):
        names()
    assert len(connection.queries) == 1


def test_reads_are_observed_unless_a_block_or_the_settings_say_otherwise(settings):
    Company.objects.create(name="a", country="FR")
    with profile(**OFF) as run:
        names()
    settings.QUERYSCOPE = {"READS": False}
    with profile(**OFF) as other:
        names()
    assert run.capture is not None
    assert other.capture is not None
    [load] = run.capture.trace.loads
    assert (load.model, load.columns_read) == ("catalog.Company", ("name",))
    assert (other.capture.trace.loads, other.capture.trace.saw_reads) == ((), False)


def test_what_a_block_that_failed_would_have_read_is_not_known():
    Company.objects.create(name="a", country="FR")
    run = profile(**OFF)
    with suppress(ZeroDivisionError), run:
        names()
        _ = 1 / 0
    assert run.capture is not None
    assert (run.capture.trace.loads, run.capture.trace.saw_reads) == ((), False)
    assert run.capture.trace.groups


def test_what_was_read_is_in_the_report_with_the_line_that_built_the_queryset():
    Company.objects.create(name="a", country="FR")
    with profile(**OFF, reads=True) as run:
        names()
    [trace] = document(run.report)["traces"]
    [load] = trace["loads"]
    assert (load["columns"], load["columns_read"]) == (["id", "name", "country"], ["name"])
    assert (load["site"]["path"], load["site"]["function"]) == ("tests/test_profiler.py", "names")
    assert load["fingerprint"] == document(run.report)["queries"][0]["fingerprint"]
