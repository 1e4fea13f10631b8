"""One transaction around a loop."""

from __future__ import annotations

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.atomic import atomic_code, atomic_edit
from tests.fixes.writing import loop_in

HEAD = "from django.db import transaction\n\n\ndef f(rows):\n"
LOOP = "    for row in rows:\n        row.save()\n"


def edited(text: str, alias: str = "default") -> str:
    loop = loop_in(text, "save")
    assert loop is not None
    replacements = atomic_edit(loop, alias)
    assert loop.source.diff(replacements)
    return loop.source.apply(replacements)


def test_the_loop_is_put_into_a_transaction():
    assert edited(HEAD + LOOP + "    return 1\n") == (
        HEAD
        + "    with transaction.atomic():\n        for row in rows:\n            row.save()\n    return 1\n"
    )


def test_blank_lines_and_comments_are_kept():
    text = HEAD + "    for row in rows:\n        # first\n\n        row.save()\n"
    assert edited(text) == (
        HEAD + "    with transaction.atomic():\n        for row in rows:\n"
        "            # first\n\n            row.save()\n"
    )


def test_a_transaction_inside_changes_places_with_the_loop():
    text = HEAD + "    for row in rows:\n        with transaction.atomic():\n            row.save()\n"
    assert edited(text) == (
        HEAD + "    with transaction.atomic():\n        for row in rows:\n            row.save()\n"
    )


def test_another_database_is_named():
    assert '    with transaction.atomic(using="other"):\n' in edited(HEAD + LOOP, "other")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from django.db import models", "from django.db import models, transaction"),
        ("import os", "import os\n\nfrom django.db import transaction"),
        (
            "import os\n\nfrom shop import a",
            "import os\n\nfrom django.db import transaction\n\nfrom shop import a",
        ),
        (
            "from django.conf import settings\nfrom django.urls import path",
            (
                "from django.conf import settings\n"
                "from django.db import transaction\nfrom django.urls import path"
            ),
        ),
    ],
)
def test_the_import_is_added_where_it_is_missing(before, after):
    text = f"{before}\n\n\ndef f(rows):\n{LOOP}"
    assert edited(text).startswith(f"{after}\n\n\ndef f(rows):\n    with transaction.atomic():\n")


@pytest.mark.parametrize(
    ("loop", "why"),
    [
        (
            "for row in rows:\n        try:\n            row.save()\n        except E:\n            pass\n",
            "holds try",
        ),
        ("for row in rows:\n        yield row.save()\n", "holds yield"),
        ("while rows:\n        rows.pop().save()\n", "plain for loop"),
        ("for row in rows:\n        row.x = '''a\n'''\n        row.save()\n", "text over several lines"),
        (
            "for row in rows:\n        with transaction.atomic():\n            row.save()\n        x()\n",
            "a part",
        ),
        ("if rows: x = [row.save() for row in rows]\n", "plain for loop"),
    ],
)
def test_where_it_might_change_more_there_is_no_edit(loop, why):
    with pytest.raises(EditRefusedError, match=why):
        edited(f"{HEAD}    {loop}")


def test_an_async_function_has_no_atomic():
    with pytest.raises(EditRefusedError, match="synchronous"):
        edited(HEAD.replace("def f", "async def f") + LOOP)


def test_the_code_shows_both_lines():
    assert atomic_code(loop_in(HEAD + LOOP, "save"), "default") == (
        "with transaction.atomic():\n    for row in rows: …"
    )
    assert atomic_code(None, "other") == 'with transaction.atomic(using="other"): …'
