"""Whose code a frame is, and where a loop runs."""

from __future__ import annotations

import pytest

from queryscope.model import ClassSite, Model, Models
from queryscope.rules.attribution import (
    are_applications,
    first_python,
    function_name,
    is_application,
    is_asked_by_application,
    is_looped_by_application,
    is_read_by_application,
    is_run_by_application,
    loop_frame,
)
from tests.builders import make_frame, make_query_group, make_site

APPLICATION = [
    "shop/views.py", "views.py", "shop/testimonials.py", "shop/contest.py", "shop/latest.py",
    "tests/shop/views.py", "tests/views.py", "tests/models.py", "shop/attest.py", "shop/seedlings.py",
    "fixtures.d/views.py", "/usr/lib/shop/views.py", "shop/management/commands/nightly.py",
    "shop/factory_outlet.py", "seedbank/views.py", "seeds/views.py", "shop/seed_catalogue.py",
    "fixtures/models.py", "factories/services.py", "shop/populate_cart.py",
]  # fmt: skip


@pytest.mark.parametrize("path", APPLICATION)
def test_these_files_are_the_applications(path):
    assert is_application(make_frame(path))


OTHERS = [
    "test_views.py", "tests.py", "shop/tests.py", "shop/views_test.py", "shop/views_tests.py", "conftest.py",
    "tests/utils.py", "test/common.py", "shop/testing/asserts.py", "factories.py", "tests/factories/book.py",
    "shop/migrations/0001_initial.py", "fixtures/x.py", "seeding/books.py", "shop/seeds/books.py",
    "tests/functional/checkout/__init__.py", "db_seed.py",
    "shop/management/commands/seed_demo.py", "scripts/populate_db.py", "populate.py", "seed_demo.py",
    "fixtures/migrations/views.py", "shop/demo_seeder.py",
]  # fmt: skip


@pytest.mark.parametrize("path", OTHERS)
def test_these_files_are_not(path):
    assert not is_application(make_frame(path))


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("book_list", True),
        ("BookList.setup", True),
        ("latest_books", True),
        ("contest_setUp", True),
        ("test_list", False),
        ("TestBooks.test_list", False),
        ("BookCase.setUp", False),
        ("BookCase.setUpTestData", False),
        ("BookCase.asyncSetUp", False),
        ("test_list.<listcomp>", False),
        ("test_list.inner", False),
    ],
)
def test_functions_of_tests_are_known_by_name(function, told):
    assert is_application(make_frame(function=function)) is told


def test_templates_are_the_applications_and_nothing_is_nobodys():
    assert is_application(make_frame("tests/templates/a.html", is_template=True))
    assert not is_application(None)


def test_the_first_python_frame_is_behind_templates():
    template, view = make_frame("a.html", is_template=True), make_frame()
    assert first_python((template, view)) == view
    assert first_python((template,)) is None
    assert first_python(()) is None


def test_the_loop_runs_in_the_innermost_function_that_both_have():
    view, service = make_frame(line=9), make_frame("shop/services.py", 4, "prices")
    loads = (make_frame("shop/services.py", 20, "rows"), service, view)
    reads = (make_frame("shop/models.py", 7, "Book.price"), make_frame("shop/services.py", 6, "prices"), view)
    assert loop_frame(loads, reads).line == 6
    assert loop_frame(loads, (view,)) == view
    assert loop_frame(loads, ()) is None
    assert loop_frame((), reads) is None


def test_templates_run_loops_for_their_view():
    template, view = make_frame("a.html", is_template=True), make_frame()
    assert loop_frame((template, view), (template, view)) == view


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("f", "f"),
        ("f.<listcomp>", "f"),
        ("A.f.<dictcomp>.<setcomp>", "A.f"),
        ("f.<lambda>", "f.<lambda>"),
        ("f.<genexpr>", "f.<genexpr>"),
    ],
)
def test_comprehensions_have_no_name_of_their_own(function, told):
    assert function_name(make_frame(function=function)) == told


MODELS = Models(
    models=(
        Model(label="shop.Book", table="b", path="shop/models.py"),
        Model(label="lib.Page", table="p"),
    )
)
TEST = make_frame("tests/test_a.py", 3, "test_a")
SHELF = ClassSite(path="a.py", line=1, name="Shelf", kind="view")


@pytest.mark.parametrize(
    ("group", "told"),
    [
        ({"site": make_site()}, True),
        ({"site": make_site(frame=None), "stack": ()}, False),
        ({"site": make_site(frame=None), "stack": (make_frame(),)}, True),
        ({"site": None}, True),
        ({"site": None, "stack": ()}, False),
        ({"site": make_site(), "stack": (TEST,)}, False),
        ({"site": make_site(frame=TEST)}, False),
        ({"site": make_site("lib.Page"), "is_asked_by_library": True}, False),
        ({"site": make_site("lib.Page")}, True),
        ({"site": make_site("lib.Page", frame=None, holder=SHELF), "is_asked_by_library": True}, True),
        ({"site": make_site(), "is_asked_by_library": True}, True),
        ({"site": make_site(is_built_by_library=True)}, False),
    ],
)
def test_a_query_is_the_applications_by_who_builds_and_who_runs_it(group, told):
    assert is_asked_by_application(make_query_group(0, **group), MODELS) is told


VIEW, HELPER = make_frame(line=9), make_frame("shop/helpers.py", 3, "show")
LOADED = {"site": make_site(), "stack": (VIEW,)}


@pytest.mark.parametrize(
    ("owner", "read", "looped", "by_application"),
    [
        (LOADED, (HELPER, VIEW), True, True),
        (LOADED, (TEST, VIEW), True, False),
        (LOADED, (TEST,), True, False),
        (LOADED, (), True, True),
        ({"site": make_site(), "stack": (TEST,)}, (VIEW,), False, True),
        ({"site": make_site(frame=TEST), "stack": (VIEW,)}, (VIEW,), False, False),
        ({"site": make_site(), "stack": (HELPER, TEST)}, (VIEW, TEST), False, False),
        ({"site": make_site(frame=None, holder=SHELF), "stack": ()}, (VIEW,), True, True),
        ({"site": make_site(frame=None), "stack": ()}, (VIEW,), True, False),
        ({"site": make_site(frame=None), "stack": ()}, (), False, False),
    ],
)
def test_rows_are_the_applications_by_who_builds_loads_loops_and_reads(owner, read, looped, by_application):
    rows, group = make_query_group(0, **owner), make_query_group(1, stack=read)
    assert is_looped_by_application(rows, group) is looped
    assert is_read_by_application(rows, group) is by_application


def test_of_several_lines_all_that_there_are_must_be_the_applications():
    assert are_applications()
    assert are_applications(None, VIEW)
    assert not are_applications(VIEW, TEST)


def test_a_query_is_run_by_lines_of_the_application():
    assert is_run_by_application(make_query_group(0, **LOADED))
    assert is_run_by_application(make_query_group(0, site=None, stack=()))
    assert not is_run_by_application(make_query_group(0, site=make_site(), stack=(TEST,)))
