"""The remedy for a repeated read is told, not edited."""

from __future__ import annotations

import pytest

from queryscope.fixes.reuse import reuse_fix, variable_name, where_again
from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Frame, QueryGroup
from tests.builders import make_access, make_frame, make_query_group, make_site

HELPER = """\
def top_categories():
    return list(
        Category.objects.filter(parent=None)
        .order_by("name")
    )


def page(request):
    return menu(top_categories()), footer(top_categories())
"""
SOURCES = Sources({"shop/views.py": HELPER}.get)
BUILT = make_frame("shop/views.py", 3, "top_categories", end_line=3, column=8, end_column=44)
FIRST = make_frame("shop/views.py", 9, "page", end_line=9, column=16, end_column=32)
AGAIN = make_frame("shop/views.py", 9, "page", end_line=9, column=42, end_column=58)


def group(index: int, *stack: Frame, method: str = "iterate", built: Frame = BUILT) -> QueryGroup:
    access = make_access(AccessKind.MANAGER, attribute="", method=method)
    return make_query_group(index, stack=stack, access=access, site=make_site("shop.Category", frame=built))


def test_the_call_of_the_helper_is_what_to_keep():
    fix = reuse_fix("Category", [group(0, BUILT, FIRST), group(1, BUILT, AGAIN)], SOURCES)
    assert fix.kinds == ("reuse",)
    assert fix.code == "categories = top_categories()  # once: instead of again at shop/views.py:9"
    assert fix.diff == ""
    assert fix.edits == ()
    assert fix.caveat.startswith("No diff:")
    assert "functools.cache" in fix.caveat


def test_without_a_caller_the_queryset_is():
    fix = reuse_fix("Category", [group(0, BUILT)], SOURCES)
    assert fix.code.startswith(
        'categories = list(Category.objects.filter(parent=None).order_by("name"))  # once'
    )


def test_one_row_and_a_number_are_kept_as_such():
    caller = make_frame("shop/other.py", 1, "other")
    assert reuse_fix("Category", [group(0, BUILT, caller, method="get")], SOURCES).code.startswith(
        "category = "
    )
    counted = reuse_fix("Category", [group(0, BUILT, caller, method="count")], SOURCES)
    assert counted.code.startswith("categories_count = Category.objects.filter(parent=None)")


def told(text: str, expression: str, *, method: str, run: str = "") -> str:
    """The code for a queryset that is built by an expression of a text, and run by another."""

    def frame(part: str) -> Frame:
        line = next(at for at, each in enumerate(text.splitlines(), 1) if part in each)
        column = text.splitlines()[line - 1].index(part)
        end = column + len(part)
        return make_frame("shop/views.py", line, "page", end_line=line, column=column, end_column=end)

    stack = (frame(run or expression), make_frame("shop/other.py", 1, "other"))
    found = group(0, *stack, method=method, built=frame(expression))
    fix = reuse_fix("Category", [found], Sources({"shop/views.py": text}.get))
    return fix.code.partition("  # once")[0]


def test_one_row_by_its_number_is_no_list():
    text = "def page(shop):\n    return shop.categories.all()[0]\n"
    code = told(text, "shop.categories.all()[0]", method="iterate")
    assert code == "category = shop.categories.all()[0]"


def test_some_rows_are_a_list():
    text = "def page(shop):\n    return shop.categories.all()[:3]\n"
    code = told(text, "shop.categories.all()[:3]", method="iterate")
    assert code == "categories = list(shop.categories.all()[:3])"


def test_a_number_of_a_queryset_in_a_variable_is_kept_not_the_queryset():
    text = "def page(shop):\n    rows = shop.categories.all()\n    return rows.aggregate(Sum('size'))\n"
    code = told(text, "shop.categories.all()", method="aggregate", run="rows.aggregate(Sum('size'))")
    assert code == "categories_aggregate = rows.aggregate(Sum('size'))"


def test_what_a_library_builds_for_a_constructor_is_not_called_a_list_of_rows():
    text = "class Form:\n    def page(self):\n        super().__init__(self.data)\n"
    code = told(text, "super().__init__(self.data)", method="iterate")
    assert code == "Keep the Category result in a variable"


def test_a_method_that_a_template_reads_twice_is_kept_by_with():
    place = make_frame("shop/views.py", 3, "Page.top.<listcomp>", end_line=3, column=8, end_column=44)
    asks = [
        make_frame("page.html", line, "page.html", is_template=True, source=source)
        for line, source in ((4, "{% if page.top %}"), (5, "{% for each in page.top %}"))
    ]
    groups = [group(at, place, frame, built=place) for at, frame in enumerate(asks)]
    assert reuse_fix("Category", groups, SOURCES).code == "{% with top=page.top %} … {% endwith %}"


def test_without_a_source_it_is_said_plainly():
    fix = reuse_fix("", [group(0, BUILT)], Sources(lambda path: None))
    assert fix.code.startswith("Keep the query result in a variable")


def test_a_template_asks_once_with_with():
    tag = make_frame("t.html", 4, "t.html", is_template=True, source="{{ order.lines.all|length }}")
    fix = reuse_fix("Line", [group(0, tag, built=tag)], SOURCES)
    assert fix.code == "{% with lines=order.lines.all %} … {% endwith %}"
    tag = make_frame("t.html", 4, "t.html", is_template=True, source="{{ order.lines.count }}")
    assert reuse_fix("Line", [group(0, tag, built=tag)], SOURCES).code.startswith("{% with lines_count=")


def test_a_template_keeps_what_both_of_its_tags_read():
    tags = [
        make_frame("t.html", line, "t.html", is_template=True, source=source)
        for line, source in (
            (1, "{% if ticket.followups.public %}"),
            (4, "{% for each in ticket.followups.public %}{{ ticket.pk }}"),
        )
    ]
    fix = reuse_fix("FollowUp", [group(0, tags[0], built=tags[0]), group(1, tags[1], built=tags[1])], SOURCES)
    assert fix.code == "{% with public=ticket.followups.public %} … {% endwith %}"


def test_all_places_are_named_within_reason():
    lines = [make_frame("shop/views.py", line, "page") for line in range(10, 18)]
    told = where_again([group(at, BUILT, line) for at, line in enumerate(lines)])
    assert told == "shop/views.py:11, shop/views.py:12, shop/views.py:13, shop/views.py:14 and 3 more"


@pytest.mark.parametrize(
    ("model", "name"),
    [("Category", "categories"), ("OrderLine", "order_lines"), ("Day", "days"), ("Address", "addresses")],
)
def test_a_variable_is_named_by_the_model(model, name):
    assert variable_name(model) == name
