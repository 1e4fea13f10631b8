"""Imports that new code needs: as the file says them, where isort would put them."""

from __future__ import annotations

import ast

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.imports import Imports
from queryscope.fixes.source import Source


def with_exists(text: str, *names: str, path: str = "shop/views.py") -> str:
    source = Source(path, text)
    imports = Imports(source)
    for name in names or ("Exists", "OuterRef"):
        imports.of_django(name)
    changed = source.apply(imports.replacements())
    ast.parse(changed)
    return changed


@pytest.mark.parametrize(
    ("before", "after"),
    [("Count, Q", "Count, Exists, OuterRef, Q"), ("Q, Count", "Q, Count, Exists, OuterRef"),
     ("Q as Or", "Exists, OuterRef, Q as Or"), ("F, F as G", "Exists, F, F as G, OuterRef")],
)  # fmt: skip
def test_names_stand_in_order_where_names_do(before, after):
    line = "from django.db.models import {}\n"
    assert with_exists(line.format(before)) == line.format(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from django.db.models import (\n    Count,\n    Sum,\n)\n",
            "from django.db.models import (\n    Count,\n    Exists,\n    OuterRef,\n    Sum,\n)\n",
        ),
        (
            "import csv\n\nfrom django.http import Http404\n",
            "import csv\n\nfrom django.db.models import Exists, OuterRef\nfrom django.http import Http404\n",
        ),
        (
            "from django.conf import settings  # here\nfrom django.http import Http404\nx = 1\n",
            (
                "from django.conf import settings  # here\n"
                "from django.db.models import Exists, OuterRef\nfrom django.http import Http404\nx = 1\n"
            ),
        ),
        (
            "import csv\n\nfrom shop.models import Book\n",
            "import csv\n\nfrom django.db.models import Exists, OuterRef\n\nfrom shop.models import Book\n",
        ),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nfrom django.db.models import Exists, OuterRef\n\n\nx = 1\n'),
        ("@here\ndef f():\n    pass\n",
         "from django.db.models import Exists, OuterRef\n\n\n@here\ndef f():\n    pass\n"),
        ("import csv\n", "import csv\nfrom django.db.models import Exists, OuterRef\n"),
        ("from django.http import Http404\r\n",
         "from django.db.models import Exists, OuterRef\r\nfrom django.http import Http404\r\n"),
    ],
)  # fmt: skip
def test_names_go_where_they_belong(before, after):
    assert with_exists(before) == after


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from django.db import models\n", "models.Exists"),
        ("from django.db import models as m\n", "m.Exists"),
        ("from django.db.models import Exists\n", "Exists"),
        ("from django.db.models import Exists as There\n", "There"),
        ("x = 1\n", "Exists"),
    ],
)
def test_a_name_is_said_as_the_file_says_it(text, name):
    assert Imports(Source("a.py", text)).of_django("Exists") == name


def test_what_is_there_needs_no_import():
    text = "from django.db import models\nfrom django.db.models import Exists\n"
    assert with_exists(text) == text


@pytest.mark.parametrize(
    "text", ["def Exists():\n    pass\n", "def f(Exists):\n    pass\n", "from shop import Exists\n",
             "def f():\n    Exists = 1\n", "class Exists:\n    pass\n", "import Exists\n"],
)  # fmt: skip
def test_a_name_that_is_something_else_is_left_alone(text):
    with pytest.raises(EditRefusedError, match="Exists is something else"):
        Imports(Source("a.py", text)).of_django("Exists")


@pytest.mark.parametrize(
    "text",
    ["from django.db.models import (\n    Count,  # how many\n    Sum,\n)\n",
     "from django.conf import settings; x = 1\n",
     "from django.db.models import *\n", '"""Doc."""\n'],
)  # fmt: skip
def test_where_no_place_is_sure_nothing_is_written(text):
    imports = Imports(Source("a.py", text))
    imports.of_django("Exists")
    with pytest.raises(EditRefusedError):
        imports.replacements()


def model(text: str, path: str = "sample/shop/views.py") -> str:
    source = Source(path, text)
    imports = Imports(source)
    imports.of_model("Review", "shop.models")
    return source.apply(imports.replacements())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from shop.models import Book\n", "from shop.models import Book, Review\n"),
        ("from .models import Book\n", "from .models import Book, Review\n"),
        ("from ..shop.models import Book\n", "from ..shop.models import Book, Review\n"),
        ("from .other import x\n", "from .other import x\nfrom shop.models import Review\n"),
        ("from shop.models import Review\n", "from shop.models import Review\n"),
        ("class Review:\n    pass\n", "class Review:\n    pass\n"),
    ],
)
def test_a_model_comes_from_its_module(before, after):
    assert model(before) == after


def test_another_module_of_almost_that_name_is_another():
    text = model("from .models import Book\n", "sample/myshop/views.py")
    assert "from shop.models import Review" in text


@pytest.mark.parametrize("path", ["shop/models.py", "shop/managers.py", "shop/models/books.py"])
def test_models_dont_import_each_other(path):
    with pytest.raises(EditRefusedError, match="circle"):
        model("from django.db import models\n", path)


def test_a_model_of_nowhere_is_not_imported():
    with pytest.raises(EditRefusedError, match="isn't known"):
        Imports(Source("a.py", "x = 1\n")).of_model("Review", "")
