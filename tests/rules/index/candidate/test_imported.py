"""Tests of rules/index/candidate/imported.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.imported import imported_files


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("from .states import FINAL", "src/shop/states.py"),
        ("from . import states", "src/shop/states.py"),
        ("from ..core.states import FINAL", "src/core/states.py"),
        ("from shop.states import FINAL", "src/shop/states.py"),
        ("from shop import states", "src/shop/states.py"),
        ("import shop.states", "src/shop/states.py"),
        ("from shop.states import FINAL", "src/shop/states/__init__.py"),
        ("from .states import *", "src/shop/states.py"),
    ],
)
def test_a_module_is_looked_for_beside_and_above(line, file):
    assert file in imported_files(line, "src/shop/views.py")


@pytest.mark.parametrize("line", ["from django.db import models", "import os.path", "x = 1", "def f(:"])
def test_what_is_not_the_projects_is_not_looked_for(line):
    assert imported_files(line, "shop/views.py") == ()


def test_more_dots_than_folders_lead_nowhere():
    assert imported_files("from .....x import y", "shop/views.py") == ()


def test_around_a_package_outside_of_the_project_nothing_is_looked_for():
    assert imported_files("from .states import FINAL", "/usr/lib/python/shop/views.py") == ()
