"""Tests of written.py: where the constants of a query are looked for."""

from __future__ import annotations

import pytest

from queryscope.config import Config
from queryscope.model import Model, Models
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
