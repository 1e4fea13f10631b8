"""Verdicts on code: the application's, a manager's, a library's, a template's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import asgiref.sync
import pytest
from django.db import models
from django.db.models.query import QuerySet
from django.views import generic
from django.views.generic import ListView

import queryscope
from catalog.managers import ProductManager, ProductQuerySet
from catalog.models import Product
from queryscope.capture import verdicts as v
from queryscope.capture.codes import Codes
from queryscope.capture.project import Project
from queryscope.capture.telling import QUERYSET_METHODS, QUERYSET_WRITES, telling_codes
from tests.capture import shop_views
from tests.capture.recording import CODES, ROOT


def make_codes() -> Codes:
    return Codes(CODES.project)


def compiled(filename: str, source: str = "pass") -> CodeType:
    return compile(source, filename, "exec")


def builds(frame: FrameType) -> int:
    return make_codes().builds(frame)


@pytest.mark.parametrize(
    ("verdict", "filename"),
    [
        (v.APPLICATION, str(ROOT / "shop" / "views.py")),
        (v.JINJA, str(ROOT / "templates" / "list.html")),
        (v.JINJA, str(ROOT / "templates" / "list.jinja")),
        (v.SKIP, models.query.__file__),
        (v.SKIP, asgiref.sync.__file__),
        (v.LIBRARY, generic.list.__file__),
        # A project may lie in a folder that has the name of a package.
        (v.LIBRARY, "/home/a/queryscope/.venv/lib/python3/site-packages/rest_framework/generics.py"),
        (v.LIBRARY, "/home/a/asgiref/.venv/lib/python3/site-packages/django/views/generic/list.py"),
        (v.LIBRARY, "/home/a/django/db/.venv/lib/python3/site-packages/rest_framework/generics.py"),
        (v.LIBRARY, str(ROOT / ".venv/lib/python3/site-packages/shop/views.py")),
        (v.LIBRARY, "<frozen runpy>"),
        (v.SKIP, "<string>"),
        (v.SKIP, "<template>"),
        (v.SKIP, str(Path(queryscope.__file__).parent / "middleware.py")),
    ],
)
def test_the_file_decides(verdict: int, filename: str) -> None:
    assert make_codes().judge(compiled(filename)) == verdict


def test_a_verdict_is_kept_with_its_code() -> None:
    codes = make_codes()
    code = compiled(str(ROOT / "shop" / "views.py"))
    codes.judge(code)
    assert codes.verdicts[id(code)] == v.APPLICATION
    assert codes.kept[id(code)] is code


def test_code_compiled_at_run_time_is_not_kept() -> None:
    codes = make_codes()
    before = len(codes.kept)
    for number in range(10):
        codes.judge(compiled("<string>", f"x = {number}"))
    assert len(codes.kept) == before


def test_runners_of_tests_end_the_stack() -> None:
    def pytest_pyfunc_call() -> None: ...

    code = pytest_pyfunc_call.__code__.replace(co_filename="/x/site-packages/_pytest/python.py")
    assert make_codes().judge(code) == v.BOUNDARY
    other = pytest_pyfunc_call.__code__.replace(co_filename="/x/site-packages/other/python.py")
    assert make_codes().judge(other) == v.LIBRARY
    assert make_codes().judge(pytest_pyfunc_call.__code__) == v.APPLICATION


def test_every_telling_method_of_django_is_there() -> None:
    found = {code.co_qualname: verdict for code, verdict in telling_codes()}
    for name in QUERYSET_METHODS:
        assert found[f"QuerySet.{name}"] == v.QUERYSET_METHOD
    for name in QUERYSET_WRITES:
        assert found[f"QuerySet.{name}"] == v.WRITE
    kinds = set(found.values())
    assert kinds >= {
        v.BOUNDARY, v.THREAD_HANDLER, v.TEMPLATE_NODE, v.ITERABLE, v.RAW, v.PREFETCH, v.FORWARD,
        v.REVERSE_ONE_TO_ONE, v.GENERIC_FORWARD, v.DEFERRED, v.MODEL_WRITE, v.MANAGER_WRITE,
        v.RELATED_MANAGER, v.RELATED_METHOD,
    }  # fmt: skip


@pytest.mark.parametrize("relation", ["RelatedManager", "ManyRelatedManager", "GenericRelatedObjectManager"])
def test_related_managers_of_every_kind_are_known(relation: str) -> None:
    found = {code.co_qualname.rpartition("<locals>.")[2]: verdict for code, verdict in telling_codes()}
    assert found[f"{relation}.get_queryset"] == v.RELATED_MANAGER
    assert found[f"{relation}.add"] == v.MANAGER_WRITE


def test_a_project_without_content_types_is_read_too() -> None:
    code = (
        "import django; from django.conf import settings; settings.configure(INSTALLED_APPS=[])\n"
        "django.setup(); from queryscope.capture.telling import telling_codes\n"
        "print(len(list(telling_codes())) > 30)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout == "True\n", ended.stderr


def test_classes_of_the_application_may_hold_a_queryset() -> None:
    codes = make_codes()
    assert codes.holder_id(shop_views.ProductList) == id(shop_views.ProductList)
    assert codes.holder_id(shop_views.ProductAdmin) == id(shop_views.ProductAdmin)


@pytest.mark.parametrize(
    "holder", [ListView, Product, ProductManager, ProductQuerySet, QuerySet, models.Manager, str, type]
)
def test_libraries_models_and_managers_hold_none(holder: type) -> None:
    assert make_codes().holder_id(holder) == 0


def test_a_class_of_no_module_holds_none() -> None:
    assert make_codes().holder_id(type("Lost", (), {"__module__": "nowhere.at.all"})) == 0


FRAMES: list[FrameType] = []


def keep_frame(depth: int = 1) -> Any:
    FRAMES.append(sys._getframe(depth))


class Manager(models.Manager):
    def method(self) -> None:
        keep_frame()

    def with_lambda(self) -> None:
        (lambda: keep_frame())()

    def with_comprehension(self) -> None:
        [keep_frame() for _ in range(1)]

    def with_generator(self) -> None:
        list(keep_frame() for _ in range(1))  # noqa: C400

    def with_closure(self) -> None:
        def closure() -> None:
            keep_frame()

        closure()

    class Inner:
        def method(self) -> None:
            keep_frame()


class Queries(QuerySet):
    @classmethod
    def of_the_class(cls) -> None:
        keep_frame()


class Mixin:
    def mixed(self) -> None:
        keep_frame()


class Mixed(Mixin, models.Manager):
    """A mixin whose method belongs to managers."""


class Alone:
    def method(self) -> None:
        keep_frame()


def function() -> None:
    keep_frame()


@pytest.mark.parametrize(
    ("verdict", "run"),
    [
        (v.MANAGER_METHOD, Manager().method),
        (v.MANAGER_METHOD, Manager().with_lambda),
        (v.MANAGER_METHOD, Manager().with_comprehension),
        (v.MANAGER_METHOD, Manager().with_generator),
        (v.BUILDER, Manager().with_closure),
        (v.BUILDER, Manager.Inner().method),
        (v.MANAGER_METHOD, Queries.of_the_class),
        (v.MANAGER_METHOD, Mixed().mixed),
        (v.BUILDER, Alone().method),
        (v.BUILDER, function),
        (v.BUILDER, lambda: keep_frame()),
    ],
)
def test_methods_of_managers_are_settled_by_the_name_of_their_code(verdict: int, run: Any) -> None:
    FRAMES.clear()
    run()
    assert builds(FRAMES.pop()) == verdict


def test_classes_inside_functions_are_asked_once() -> None:
    class Local(models.Manager):
        def method(self) -> None:
            keep_frame()

    class Other:
        def method(self) -> None:
            keep_frame()

        @staticmethod
        def bare() -> None:
            keep_frame()

    FRAMES.clear()
    Local().method()
    Other().method()
    Other.bare()
    codes = make_codes()
    for frame in FRAMES:
        codes.judge(frame.f_code)
    assert [codes.builds(frame) for frame in FRAMES] == [v.MANAGER_METHOD, v.BUILDER, v.BUILDER]
    assert codes.verdicts[id(Local.method.__code__)] == v.MANAGER_METHOD
    FRAMES.clear()


class Body:
    """What its body builds belongs to the class."""

    keep_frame()


CLASS_BODY_FRAME = FRAMES.pop()


def test_class_bodies_and_modules_are_told_apart(tmp_path: Path) -> None:
    assert builds(CLASS_BODY_FRAME) == v.CLASS_BODY
    names: dict[str, Any] = {"keep_frame": keep_frame}
    exec(compiled(str(ROOT / "script.py"), "keep_frame()"), names)
    assert builds(FRAMES.pop()) == v.BUILDER


def test_blind_codes_know_nothing_yet() -> None:
    assert Codes(Project(""), is_blind=True).verdicts == {}
