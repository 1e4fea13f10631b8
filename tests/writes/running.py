"""Application code that is really run: a module of its own folder, profiled on the test database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.rules.project import Project, Ran

HEAD = """\
import time

from django.db import connection, transaction
from django.db.models import F, Model

from catalog.models import Brand, Category, Collection, Company, Product, Stock, Tag
from orders.models import Order, OrderLine
from reviews.models import Review, Vote

"""
PATH = "shop/jobs.py"


def run(
    folder: Path,
    code: str,
    *args: Any,
    path: str = PATH,
    prepare: Callable[[ModuleType], object] | None = None,
    **more: Any,
) -> Ran:
    """Call `job` of that code under a profile; `more` are settings, `prepare` is given the module before."""
    project = Project(folder, path=path)
    project.text = code if code.startswith(HEAD) else HEAD + code
    return project.run(*args, call="job", prepare=prepare, **more)
