"""The marker and the fixture `queryscope`: they work for their own test, without --queryscope."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.capture.shop import add_products
from tests.doors import assert_nothing_is_left, site

# The inner tests run in this process and in this test's transaction.
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pages(tmp_path: Path) -> Any:
    with site(tmp_path, middleware=(), DEBUG=False):
        add_products(4)
        yield
    assert_nothing_is_left()


HEAD = """
    import pytest
    from django.test import Client
    from catalog.models import Product
    from tests.pages.views import shelf
"""


def run(pytester: pytest.Pytester, text: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(HEAD + text)
    return pytester.runpytest_inprocess("-p", "no:django", "-p", "no:asyncio", "--strict-markers", *arguments)


def test_a_test_within_its_limit_passes(pytester: pytest.Pytester) -> None:
    ended = run(
        pytester,
        """
    @pytest.mark.queryscope(max_queries=5)
    def test_a():
        Client().get("/products/")
    """,
    )
    ended.assert_outcomes(passed=1)


def test_a_test_over_its_limit_fails_and_says_what_it_ran(pytester: pytest.Pytester) -> None:
    ended = run(
        pytester,
        """
    @pytest.mark.queryscope(max_queries=4)
    def test_a():
        Client().get("/products/")
    """,
    )
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["*5 queries, 4 allowed:", "* 4 × SELECT*catalog_brand*"])


def test_the_limit_counts_the_body_and_its_requests_together(pytester: pytest.Pytester) -> None:
    ended = run(
        pytester,
        """
    @pytest.mark.queryscope(max_queries=1)
    def test_a():
        Product.objects.count()
        Client().get("/cured/")
    """,
    )
    ended.assert_outcomes(failed=1)


def test_a_test_that_fails_by_itself_keeps_its_own_failure(pytester: pytest.Pytester) -> None:
    ended = run(
        pytester,
        """
    @pytest.mark.queryscope(max_queries=0)
    def test_a():
        Product.objects.count()
        assert False, "their own"
    """,
    )
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["*their own*"])
    ended.stdout.no_fnmatch_line("*allowed:*")


def test_the_marker_of_a_class_holds_for_each_of_its_tests(pytester: pytest.Pytester) -> None:
    ended = run(
        pytester,
        """
    @pytest.mark.queryscope(max_queries=1)
    class TestA:
        def test_one(self):
            Product.objects.count()

        def test_two(self):
            Product.objects.count()
            Product.objects.count()
    """,
    )
    ended.assert_outcomes(passed=1, failed=1)


def test_the_fixture_counts_up_to_where_it_is_asked(pytester: pytest.Pytester) -> None:
    ended = run(
        pytester,
        """
    def test_a(queryscope):
        queryscope.max_queries(0)
        Product.objects.count()
        queryscope.max_queries(1)
        Client().get("/cured/")
        queryscope.max_queries(2)

    def test_b(queryscope):
        Product.objects.count()
        queryscope.max_queries(0)
    """,
    )
    ended.assert_outcomes(passed=1, failed=1)
    ended.stdout.fnmatch_lines(["*1 query, 0 allowed:*"])


def test_the_fixture_finds_what_a_rule_finds(pytester: pytest.Pytester) -> None:
    ended = run(
        pytester,
        """
    def test_request(queryscope):
        Client().get("/products/")
        queryscope.assert_no("n-plus-one")

    def test_cured(queryscope):
        Client().get("/cured/")
        queryscope.assert_no("n-plus-one", "duplicate-query")
        queryscope.assert_no("certain")

    def test_call(queryscope):
        assert len(shelf()) == 4
        queryscope.assert_no("n-plus-one")
    """,
    )
    ended.assert_outcomes(passed=1, failed=2)
    ended.stdout.fnmatch_lines(["*N+1 on Product.brand at tests/pages/views.py:*"])


def test_a_rule_that_is_not_there_is_told(pytester: pytest.Pytester) -> None:
    ended = run(pytester, "\n    def test_a(queryscope):\n        queryscope.assert_no('n-plus-on')\n")
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["*Can't gate on 'n-plus-on'. Did you mean 'n-plus-one'?*"])


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("max_querys=3", "unknown max_querys"),
        ("3", "takes keywords only"),
        ("max_queries='3'", "max_queries must be a whole number, not '3'"),
        ("max_queries=True", "max_queries must be a whole number, not True"),
        ("max_queries=-1", "max_queries must be a whole number, not -1"),
        ("allow=['n-plus-on']", "Did you mean 'n-plus-one'?"),
        ("allow=7", "@pytest.mark.queryscope(allow=…)"),
    ],
)
def test_a_marker_that_nobody_can_read_is_a_usage_error(
    pytester: pytest.Pytester, marker: str, told: str
) -> None:
    ended = run(
        pytester, f"\n    @pytest.mark.queryscope({marker})\n    def test_a():\n        assert True\n    "
    )
    assert ended.ret == pytest.ExitCode.USAGE_ERROR
    assert told in str(ended.stdout) + str(ended.stderr)


def test_a_test_may_be_allowed_to_break_a_rule(pytester: pytest.Pytester) -> None:
    text = """
    @pytest.mark.queryscope(allow=["n-plus-one"], reason="a report of five rows")
    def test_a():
        Client().get("/products/")
    """
    assert run(pytester, text, "--queryscope-fail-on=n-plus-one").ret == 0
    assert run(pytester, text.replace("n-plus-one", "slow-query"), "--queryscope-fail-on=n-plus-one").ret == 1


def test_what_a_marker_allows_is_told_with_its_reason_and_an_idle_one_too(pytester: pytest.Pytester) -> None:
    text = """
    @pytest.mark.queryscope(allow=["n-plus-one"], reason="a report of five rows")
    def test_a():
        Client().get("/products/")
    """
    ended = run(pytester, text, "--queryscope-fail-on=n-plus-one")
    ended.stdout.fnmatch_lines(["Allowed: n-plus-one at *: a report of five rows"])
    ended = run(pytester, text.replace("n-plus-one", "slow-query"), "--queryscope-fail-on=slow-query")
    ended.stdout.fnmatch_lines(["Note: the marker of *::test_a allows slow-query, which nothing here needs*"])


def test_without_marker_or_fixture_nothing_is_recorded(pytester: pytest.Pytester) -> None:
    ended = run(
        pytester,
        """
    from queryscope.capture.state import ACTIVE

    def test_plain():
        assert ACTIVE.get() is None

    @pytest.mark.queryscope(max_queries=3)
    def test_marked():
        assert ACTIVE.get() is not None
    """,
    )
    ended.assert_outcomes(passed=2)
    ended.stdout.no_fnmatch_line("*profiling every test*")


def test_the_fixture_outside_of_a_running_test_is_told(pytester: pytest.Pytester) -> None:
    ended = run(
        pytester,
        """
    @pytest.fixture
    def early(queryscope):
        queryscope.max_queries(1)

    def test_a(early):
        assert True
    """,
    )
    ended.assert_outcomes(errors=1)
    ended.stdout.fnmatch_lines(["*needs Django to be set up, and a running test*"])


def test_an_asynchronous_test_is_recorded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from django.test import AsyncClient

        async def test_a(queryscope):
            from queryscope.capture.state import ACTIVE
            assert ACTIVE.get() is not None
            await AsyncClient().get("/plain/")
            queryscope.max_queries(0)
        """
    )
    ended = pytester.runpytest_inprocess(
        "-p", "no:django", "--asyncio-mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"
    )
    ended.assert_outcomes(passed=1)
