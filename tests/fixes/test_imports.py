"""Imports that new code needs: as the file says them, where isort would put them."""

from __future__ import annotations

import ast

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.imports import FUNCTIONS, Imports, joined_statements, said
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


PLACES = {
    "into a column": (
        "from django.db.models import (\n    Count,\n    Sum,\n)\n",
        "from django.db.models import (\n    Count,\n    Exists,\n    OuterRef,\n    Sum,\n)\n",
    ),
    "around the only one of a column": (
        "from django.db.models import (\n    F,\n)\n",
        "from django.db.models import (\n    Exists,\n    F,\n    OuterRef,\n)\n",
    ),
    "in front of what a comment speaks of": (
        "from django.db.models import (\n    Count,  # how many\n    Sum,\n)\n",
        "from django.db.models import (\n    Count,  # how many\n    Exists,\n    OuterRef,\n    Sum,\n)\n",
    ),
    "behind what a comment speaks of": (
        "from django.db.models import (\n    Avg,\n    Count,  # how many\n)\n",
        "from django.db.models import (\n    Avg,\n    Count,  # how many\n    Exists,\n    OuterRef,\n)\n",
    ),
    "before a comment on the line": (
        "from django.db.models import Count  # noqa\n",
        "from django.db.models import Count, Exists, OuterRef  # noqa\n",
    ),
    "within brackets on one line": (
        "from django.db.models import (\n    Count, Sum,\n)\n",
        "from django.db.models import (\n    Count, Exists, OuterRef, Sum,\n)\n",
    ),
    "beside functions": (
        "from django.db.models import Q, prefetch_related_objects\n",
        "from django.db.models import Exists, OuterRef, Q, prefetch_related_objects\n",
    ),
    "a new line": (
        "import csv\n\nfrom django.http import Http404\n",
        "import csv\n\nfrom django.db.models import Exists, OuterRef\nfrom django.http import Http404\n",
    ),
    "a new line in its order": (
        "from django.conf import settings  # here\nfrom django.http import Http404\nx = 1\n",
        (
            "from django.conf import settings  # here\n"
            "from django.db.models import Exists, OuterRef\nfrom django.http import Http404\nx = 1\n"
        ),
    ),
    "behind the last of Django": (
        "from django.conf import settings\n\nfrom shop import x\n",
        (
            "from django.conf import settings\nfrom django.db.models import Exists, OuterRef\n\n"
            "from shop import x\n"
        ),
    ),
    "before the project's own": (
        "import csv\n\nfrom shop.models import Book\n",
        "import csv\n\nfrom django.db.models import Exists, OuterRef\n\nfrom shop.models import Book\n",
    ),
    "behind the docstring": (
        '"""Doc."""\n\nx = 1\n',
        '"""Doc."""\n\nfrom django.db.models import Exists, OuterRef\n\nx = 1\n',
    ),
    "behind the future": (
        "from __future__ import annotations\n\nx = 1\n",
        "from __future__ import annotations\n\nfrom django.db.models import Exists, OuterRef\n\nx = 1\n",
    ),
    "at the top": (
        "@here\ndef f():\n    pass\n",
        "from django.db.models import Exists, OuterRef\n\n\n@here\ndef f():\n    pass\n",
    ),
    "behind plain imports": ("import csv\n", "import csv\n\nfrom django.db.models import Exists, OuterRef\n"),
    "with its line ends": (
        "from django.http import Http404\r\n",
        "from django.db.models import Exists, OuterRef\r\nfrom django.http import Http404\r\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), PLACES.values(), ids=PLACES)
def test_names_go_where_they_belong(before, after):
    assert with_exists(before) == after


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from django.db import models\n", "models.Exists"),
        ("from django.db import models as m\n", "m.Exists"),
        ("from django.contrib.gis.db import models\n", "models.Exists"),
        ("from django.db.models import Exists\n", "Exists"),
        ("from django.db.models.expressions import Exists\n", "Exists"),
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


def test_a_star_gives_what_its_module_has():
    imports = Imports(Source("a.py", "from django.db.models import *\n"))
    assert imports.of_django("Exists") == "Exists"
    assert imports.replacements() == []
    assert imports.of_django("Lower", "django.db.models.functions") == "Lower"
    assert len(imports.replacements()) == 1


@pytest.mark.parametrize(
    "text",
    ["from django.conf import settings; x = 1\n", '"""Doc."""\n'],
)  # fmt: skip
def test_where_no_place_is_sure_nothing_is_written(text):
    imports = Imports(Source("a.py", text))
    imports.of_django("Exists")
    with pytest.raises(EditRefusedError):
        imports.replacements()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from django.db.models import functions\n", "functions.Coalesce"),
        ("from django.db.models.functions import Coalesce\n", "Coalesce"),
        ("from django.db.models.functions.comparison import Coalesce as First\n", "First"),
        ("from django.db import models\n", "Coalesce"),
    ],
)
def test_a_function_of_the_database_has_a_module_of_its_own(text, name):
    assert Imports(Source("a.py", text)).of_django("Coalesce", FUNCTIONS) == name


def test_two_modules_at_one_place_are_one_edit():
    source = Source("shop/views.py", "from django.http import Http404\n")
    imports = Imports(source)
    imports.of_django("Coalesce", FUNCTIONS)
    imports.of_django("Subquery")
    [edit] = imports.replacements()
    assert source.apply([edit]) == (
        "from django.db.models import Subquery\nfrom django.db.models.functions import Coalesce\n"
        "from django.http import Http404\n"
    )


def test_more_names_of_a_line_and_a_line_behind_it_are_one_edit():
    source = Source("shop/views.py", "from django.http import Http404\nfrom django.db import connection\n")
    imports = Imports(source)
    imports.of_model("transaction", "django.db")
    imports.of_django("Exists")
    [edit] = imports.replacements()
    assert source.apply([edit]) == (
        "from django.http import Http404\nfrom django.db import connection, transaction\n"
        "from django.db.models import Exists\n"
    )


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("from a import B\n", "from a import A, c\n", "from a import A, B, c\n"),
        ("\n\nfrom b import B", "\nfrom a import A", "\n\nfrom a import A\nfrom b import B"),
        ("from a import B\r\n", "from b import A\r\n", "from a import B\r\nfrom b import A\r\n"),
        ("from a import B\nfrom c import D\n", "from c import C\n", "from a import B\nfrom c import C, D\n"),
        (", Tag", "\nfrom a import A", ", Tag\nfrom a import A"),
        (", Tag", "from a import A\n", None),
        ("from a import B\n", "x = 1\n", None),
        ("import a\n", "import a\n", None),
    ],
)
def test_statements_at_one_place_are_joined(one, other, together):
    assert joined_statements(one, other) == together
    assert joined_statements(other, one) == together


def test_code_says_names_as_the_file_does():
    code = 'n=Count("é", filter=Q(a__in=[Q for Q in x])), Count=Max("Count")'
    told = said(code, {"Count": "models.Count", "Q": "Q", "Max": "m.Max"})
    assert told == 'n=models.Count("é", filter=Q(a__in=[Q for Q in x])), Count=m.Max("Count")'


def test_what_the_top_of_a_file_knows():
    text = "from shop.models import Book as B\nimport os.path\n\nx = 1\ndef f():\n    y = 2\n"
    imports = Imports(Source("shop/views.py", text))
    assert [imports.knows(name) for name in ("B", "os", "f", "x", "Book", "y")] == [True] * 4 + [False] * 2


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


def test_a_model_comes_from_where_the_file_has_another_of_its_module():
    source = Source("shop/managers.py", "from shop import Book\n")
    imports = Imports(source)
    assert imports.of_model("Review", "shop.models.reviews", beside="Book") == "Review"
    assert source.apply(imports.replacements()) == "from shop import Book, Review\n"


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
