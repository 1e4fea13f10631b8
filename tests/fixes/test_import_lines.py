"""Imports that an edit needs: into the statement that is there, in its order, or a new one in its place."""

from __future__ import annotations

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.import_lines import DJANGO, add_imports, is_bound, module_of
from queryscope.fixes.source import Source

CASES = {
    "into the line": (
        "from django.db.models import Avg, Sum\n",
        "from django.db.models import Avg, Count, Sum\n",
    ),
    "beside functions": (
        "from django.db.models import Q, prefetch_related_objects\n",
        "from django.db.models import Count, Q, prefetch_related_objects\n",
    ),
    "into a column": (
        "from django.db.models import (\n    Avg,\n    Sum,\n)\n",
        "from django.db.models import (\n    Avg,\n    Sum,\n    Count,\n)\n",
    ),
    "known already": ("from django.db.models import Count\n", "from django.db.models import Count\n"),
    "known from elsewhere in Django": (
        "from django.db.models.aggregates import Count\n",
        "from django.db.models.aggregates import Count\n",
    ),
    "a new line in its order": (
        "import os\n\nfrom django.conf import settings\nfrom django.shortcuts import render\n",
        (
            "import os\n\nfrom django.conf import settings\nfrom django.db.models import Count\n"
            "from django.shortcuts import render\n"
        ),
    ),
    "behind the last of Django": (
        "from django.conf import settings\n\nfrom shop import x\n",
        "from django.conf import settings\nfrom django.db.models import Count\n\nfrom shop import x\n",
    ),
    "before the project's own": (
        "from shop.models import Book\n",
        "from django.db.models import Count\n\nfrom shop.models import Book\n",
    ),
    "behind plain imports": (
        "import os\nimport re\n",
        "import os\nimport re\nfrom django.db.models import Count\n",
    ),
    "behind the docstring": (
        '"""Books."""\n\nx = 1\n',
        '"""Books."""\n\nfrom django.db.models import Count\n\nx = 1\n',
    ),
    "behind the future": (
        "from __future__ import annotations\n\nx = 1\n",
        "from __future__ import annotations\n\nfrom django.db.models import Count\n\nx = 1\n",
    ),
    "at the top": (
        "@wrapped\ndef f():\n    pass\n",
        "from django.db.models import Count\n\n\n@wrapped\ndef f():\n    pass\n",
    ),
    "with its line ends": (
        "from django.conf import settings\r\nx = 1\r\n",
        "from django.conf import settings\r\nfrom django.db.models import Count\r\nx = 1\r\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_name_is_imported_where_it_belongs(name):
    before, after = CASES[name]
    source = Source("shop/views.py", before)
    assert source.apply(add_imports(source, DJANGO, ["Count"])) == after


@pytest.mark.parametrize("text", ["class Count: pass\n", "Count = 3\n", "from shop.things import Count\n"])
def test_a_name_that_means_something_else_is_refused(text):
    with pytest.raises(EditRefusedError, match="Count is the name of something else"):
        add_imports(Source("shop/views.py", text), DJANGO, ["Count"])


def test_where_a_name_comes_from():
    source = Source("shop/views.py", "from shop.models import Book as B\nimport os\n\ndef f():\n    pass\n")
    assert module_of(source, "B") == "shop.models"
    assert module_of(source, "Book") == ""
    assert [is_bound(source, name) for name in ("B", "os", "f", "Book")] == [True, True, True, False]
