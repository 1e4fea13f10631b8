"""Tests of written.py: where the constants of a query are looked for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from psycopg.types.json import Jsonb

from queryscope.config import Config
from queryscope.model import ClassSite, Model, Models
from queryscope.profiler import current_project
from queryscope.written import constants_around
from tests.builders import make_frame, make_query_group, make_site

PAGE = """from shop.states import FINAL
from shop.models import File


def stuck():
    return File.objects.running().exclude(stage__in=FINAL)
"""
FILES = {
    "shop/pages.py": PAGE,
    "shop/models.py": "from shop.querysets import FileQuerySet\n\n\nclass File:\n    OPEN = 'open'\n",
    "shop/querysets.py": (
        "class FileQuerySet:\n    def running(self):\n        return self.filter(state=self.model.OPEN)\n"
    ),
    "shop/states.py": "FINAL = ('judged', 'settled')\n",
    "shop/never.py": "FINAL = ('other',)\n",
}
MODELS = Models(models=(Model(label="shop.File", table="shop_file", path="shop/models.py"),))


def constants(files=FILES, *, is_template=False, asked=None):
    frame = make_frame("shop/pages.py", 6, is_template=is_template)
    group = make_query_group(
        site=make_site("shop.File", frame=frame), sql='SELECT "id" FROM "shop_file" WHERE "stage" = %s'
    )

    def read(_, path):
        if asked is not None:
            asked.append(path)
        return files.get(path)

    found = constants_around(group, MODELS, current_project(Config()), read)
    return {(one.field, one.value, one.is_excluded) for one in found}


def test_names_are_looked_up_in_what_the_page_and_its_models_import():
    assert constants() == {("stage", ("judged", "settled"), True), ("state", "open", False)}


def test_a_file_that_nobody_imports_is_not_read():
    asked = []
    constants(asked=asked)
    assert "shop/never.py" not in asked


@pytest.mark.parametrize(
    ("lost", "left"),
    [
        ("shop/states.py", {("state", "open", False)}),
        ("shop/querysets.py", {("stage", ("judged", "settled"), True)}),
        ("shop/models.py", {("stage", ("judged", "settled"), True)}),
        ("shop/pages.py", set()),
    ],
)
def test_what_stands_in_a_file_that_is_gone_is_not_told(lost, left):
    assert constants({path: text for path, text in FILES.items() if path != lost}) == left


def test_a_template_builds_nothing():
    assert constants(is_template=True) == set()


def test_no_more_than_some_files_are_searched():
    many = {f"shop/m{number}.py": "" for number in range(40)}
    page = "".join(f"from shop import m{number}\n" for number in range(40)) + PAGE
    asked = []
    files = {**FILES, **many, "shop/pages.py": page}
    constants(files, asked=asked)
    assert len([path for path in asked if path in many]) < 20


BRANCHES = """
class Files:
    level = 1
    def rows(self):
        if self.is_old:
            return File.objects.filter(state="old", data__kind="a", level__lt=5, is_open=True)
        return File.objects.filter(state="new", data__kind="b", level__lt=1, is_open=1)
"""


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (None, set()),
        ((), set()),
        (("old",), {("state", "old")}),
        (["x", "new", Decimal(5)], {("state", "new"), ("level", 5)}),
        ((["new"], Jsonb("b")), {("state", "new"), ("data__kind", "b")}),
        ((5, 7), {("level", 5)}),
        ((object(), b"old", "OLD", True), {("is_open", True)}),
        ({"state": "old"}, set()),
    ],
)
def test_of_two_values_of_the_source_the_one_that_was_sent_is_told(params, expected):
    site = make_site("shop.File", frame=make_frame("shop/pages.py", 6))
    group = make_query_group(site=site, sql='SELECT "id" FROM "shop_file"')
    files = {"shop/pages.py": BRANCHES.replace(", is_open=1", ", is_open=False")}

    def read(_, path):
        return files.get(path)

    found = constants_around(group, MODELS, current_project(Config()), read, params=params)
    assert {(one.field, one.value) for one in found} == expected


ONE_LEVEL = BRANCHES.replace(", is_open=1", "").replace(", is_open=True", "")


def test_two_values_that_were_sent_are_told_as_either():
    site = make_site("shop.File", frame=make_frame("shop/pages.py", 6))
    group = make_query_group(site=site, sql='SELECT "id" FROM "shop_file"')
    found = constants_around(
        group, MODELS, current_project(Config()), lambda _, path: ONE_LEVEL, params=("old", "new")
    )
    assert {(one.field, one.value, one.lookup) for one in found} == {("state", ("new", "old"), "either")}


def test_the_class_that_holds_the_queryset_is_read_where_no_function_of_the_project_ran():
    holder = ClassSite(path="shop/pages.py", line=1, name="Files", kind="view")
    group = make_query_group(
        site=make_site("shop.File", holder=holder, frame=None), sql='SELECT "id" FROM "shop_file"'
    )
    view = "class Files(ListView):\n    queryset = File.objects.running()\n"
    files = FILES | {"shop/pages.py": view}
    project = current_project(Config())
    found = constants_around(group, MODELS, project, lambda _, path: files.get(path))
    assert [(one.field, one.value) for one in found] == [("state", "open")]


def test_classes_of_the_functions_that_were_running_count():
    """A base class of another file builds the queryset that a page's own class holds."""
    files = FILES | {
        "shop/pages.py": "class Open(Listed):\n    queryset = File.objects.running()\n\nOpen().rows()\n",
        "shop/lists.py": "class Listed:\n    def rows(self):\n        return self.queryset.all()\n",
    }
    site = make_site("shop.File", frame=make_frame("shop/lists.py", 3))
    group = make_query_group(
        site=site,
        sql='SELECT "id" FROM "shop_file"',
        stack=(make_frame("shop/lists.py", 3), make_frame("shop/pages.py", 4)),
    )
    project = current_project(Config())
    found = constants_around(group, MODELS, project, lambda _, path: files.get(path))
    assert [(one.field, one.value) for one in found] == [("state", "open")]
