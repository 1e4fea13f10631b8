"""Tests of fixes/meta_indexes.py: an entry in whatever `Meta` a model has."""

from __future__ import annotations

import ast

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.imports import Imports
from queryscope.fixes.meta_indexes import MetaFacts, add_entry, named_indexes, spelled
from queryscope.fixes.source import Source

ENTRY = 'models.Index(fields=["a"], name="new")'


def edited(text: str, **facts: object) -> str:
    source = Source("shop/models.py", text)
    values: dict[str, object] = {"name": "Book", "has_indexes": "indexes" in text}
    after = source.apply(add_entry(source, MetaFacts(**(values | facts)), ENTRY))
    ast.parse(after)
    return after


def book(*lines: str) -> str:
    """A model with these lines in it, and a method behind them."""
    body = "\n".join(f"    {line}" if line else "" for line in lines)
    return f"class Book(models.Model):\n{body}\n\n    def __str__(self):\n        return self.a\n"


def test_a_meta_of_its_own_stands_behind_the_fields_and_before_the_methods() -> None:
    before = book("a = models.TextField()  # the title")
    assert edited(before) == book(
        "a = models.TextField()  # the title",
        "",
        "class Meta:",
        "    indexes = [",
        f"        {ENTRY},",
        "    ]",
    )


def test_a_class_that_begins_with_a_method_gets_it_first() -> None:
    before = "class Book(Base):\n    @property\n    def b(self):\n        return 1\n"
    after = edited(before)
    assert after.startswith("class Book(Base):\n    class Meta:\n        indexes = [\n")
    assert after.endswith("        ]\n\n    @property\n    def b(self):\n        return 1\n")


@pytest.mark.parametrize("before", ["class Book(Base):\n    pass\n", "class Book(Base): pass\n"])
def test_pass_gives_way(before: str) -> None:
    assert edited(before) == (
        f"class Book(Base):\n    class Meta:\n        indexes = [\n            {ENTRY},\n        ]\n"
    )


def test_of_an_inherited_meta_nothing_is_lost() -> None:
    before = "class Book(Dated, models.Model):\n\ta = 1\n"
    assert edited(before, heir_of=0, bases=2, has_indexes=True) == (
        "class Book(Dated, models.Model):\n\ta = 1\n\n\tclass Meta(Dated.Meta):\n\t\tindexes = [\n"
        f"\t\t\t*Dated.Meta.indexes,\n\t\t\t{ENTRY},\n\t\t]\n"
    )
    assert "*Dated" not in edited(before, heir_of=0, bases=2)


def test_bases_that_are_not_those_of_the_class_are_not_guessed() -> None:
    with pytest.raises(EditRefusedError, match="inherits its Meta"):
        edited("class Book(*BASES):\n    a = 1\n", heir_of=0, bases=1)


def test_a_meta_without_indexes_gets_them_at_its_end() -> None:
    before = book("class Meta:", '    ordering = ["a"]  # newest last')
    after = book(
        "class Meta:", '    ordering = ["a"]  # newest last', "    indexes = [", f"        {ENTRY},", "    ]"
    )
    assert edited(before) == after


def test_a_meta_on_one_line_is_unfolded() -> None:
    assert edited('class Book(Base):\n    class Meta: ordering = ["a"]; app_label = "x"\n') == (
        'class Book(Base):\n    class Meta:\n        ordering = ["a"]; app_label = "x"\n'
        f"        indexes = [\n            {ENTRY},\n        ]\n"
    )


def test_a_meta_that_inherits_indexes_keeps_them() -> None:
    before = book("class Meta(Dated.Meta):", "    abstract = False")
    after = edited(before, has_indexes=True)
    assert (
        f"        indexes = [\n            *Dated.Meta.indexes,\n            {ENTRY},\n        ]\n" in after
    )
    assert "*Dated" not in edited(before, has_indexes=False)


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ("indexes = []", f"indexes = [{ENTRY}]"),
        ("indexes = ()", f"indexes = ({ENTRY},)"),
        ("indexes = [one]", f"indexes = [one, {ENTRY}]"),
        ("indexes = [one,]", f"indexes = [one, {ENTRY},]"),
        ("indexes = (one,)", f"indexes = (one, {ENTRY},)"),
        ("indexes = [(one), (two)]", f"indexes = [(one), (two), {ENTRY}]"),
        ("indexes: ClassVar = [one]", f"indexes: ClassVar = [one, {ENTRY}]"),
        ("indexes = Base.Meta.indexes + [one]", f"indexes = Base.Meta.indexes + [one, {ENTRY}]"),
        ("indexes = [one] + more()", f"indexes = [one, {ENTRY}] + more()"),
        ("indexes = Base.Meta.indexes", f"indexes = [*Base.Meta.indexes, {ENTRY}]"),
        ("indexes = one + two", f"indexes = [*(one + two), {ENTRY}]"),
        ("indexes = one, two", f"indexes = [*(one, two), {ENTRY}]"),
        ("indexes = (one), (two)", f"indexes = [*((one), (two)), {ENTRY}]"),
    ],
)
def test_what_is_there_gets_one_more(written: str, after: str) -> None:
    assert edited(book("class Meta:", f"    {written}")) == book("class Meta:", f"    {after}")


def test_a_list_of_one_entry_a_line_gets_one_more_line() -> None:
    lines = ["class Meta:", "    indexes = [", "        one,", "        two,  # for the list", "    ]"]
    assert edited(book(*lines)) == book(*lines[:4], f"        {ENTRY},", lines[4])


def test_a_missing_comma_is_added_behind_the_entry_and_not_behind_its_comment() -> None:
    lines = ["class Meta:", "    indexes = [", "        one,", "        (two)  # a, b", "    ]"]
    assert edited(book(*lines)) == book(*lines[:3], "        (two),  # a, b", f"        {ENTRY},", lines[4])


def test_an_entry_on_a_line_of_its_own_is_followed_by_one_on_its_own() -> None:
    lines = ["class Meta:", "    indexes = [", "        one]  # for the list"]
    assert edited(book(*lines)) == book(*lines[:2], "        one,", f"        {ENTRY}]  # for the list")


def test_comments_in_an_empty_list_stay() -> None:
    lines = ["class Meta:", "    indexes = [", "        # none yet", "    ]"]
    assert edited(book(*lines)) == book(*lines[:3], f"        {ENTRY},", lines[3])


def test_line_ends_stay_what_they_are() -> None:
    before = book("a = 1").replace("\n", "\r\n")
    assert edited(before).count("\r\n") == edited(before).count("\n") == book("a = 1").count("\n") + 5


@pytest.mark.parametrize(
    "written",
    [
        "Meta = make_meta()",
        "if DEBUG:\n        class Meta:\n            pass",
        "class Meta:\n        indexes = [one]\n        indexes += [two]",
        "class Meta:\n        if True:\n            indexes = [one]",
    ],
)
def test_what_no_edit_can_follow_is_refused(written: str) -> None:
    with pytest.raises(EditRefusedError, match=r"isn't (one class statement|given by one assignment)"):
        edited(f"class Book(Base):\n    {written}\n")


def test_a_class_that_is_no_statement_is_refused() -> None:
    with pytest.raises(EditRefusedError, match="No class statement of Book"):
        edited('Book = type("Book", (Base,), {})\n')


def test_of_two_classes_of_a_name_the_one_at_the_line_is_meant() -> None:
    text = "if A:\n    class Book(Base):\n        a = 1\nelse:\n    class Book(Base):\n        a = 2\n"
    assert edited(text, line=5).startswith(text[: text.index("else")])
    with pytest.raises(EditRefusedError, match="Several class statements of Book"):
        edited(text)


def test_a_class_that_a_function_makes_is_left_alone() -> None:
    with pytest.raises(EditRefusedError, match="Book is made by a function"):
        edited("def make():\n    class Book(Base):\n        a = 1\n    return Book\n")


def test_names_are_said_as_the_file_says_them_and_missing_ones_imported() -> None:
    source = Source(
        "shop/models.py", "from django.db import models as m\nfrom django.db.models.functions import Lower\n"
    )
    imports = Imports(source)
    code = 'GinIndex(OpClass(Upper("a"), name="o"), Lower("b"), condition=models.Q(a=1) | Q(b=2), name="n")'
    lines = [
        "from django.contrib.postgres.indexes import GinIndex, OpClass",
        "from django.db import models",
        "from django.db.models.functions import Lower, Upper",
    ]
    assert spelled(code, lines, imports) == (
        'GinIndex(OpClass(Upper("a"), name="o"), Lower("b"), condition=m.Q(a=1) | m.Q(b=2), name="n")'
    )
    assert source.apply(imports.replacements()) == (
        "from django.contrib.postgres.indexes import GinIndex, OpClass\n"
        "from django.db import models as m\nfrom django.db.models.functions import Lower, Upper\n"
    )


def test_a_whole_module_becomes_the_import_of_its_name() -> None:
    source = Source("shop/models.py", "from django.db import models\n")
    imports = Imports(source)
    code = 'models.Index(TruncDate("a", tzinfo=zoneinfo.ZoneInfo("UTC")), name="n")'
    lines = ["from django.db.models.functions import TruncDate", "import zoneinfo"]
    assert 'tzinfo=ZoneInfo("UTC")' in spelled(code, lines, imports)
    assert "from zoneinfo import ZoneInfo\n" in source.apply(imports.replacements())


def test_a_name_that_means_something_else_is_refused() -> None:
    source = Source("shop/models.py", "from django.db import models\nclass GinIndex: pass\n")
    with pytest.raises(EditRefusedError, match="GinIndex is something else"):
        spelled("GinIndex()", ["from django.contrib.postgres.indexes import GinIndex"], Imports(source))


def test_the_names_that_stand_there_are_known() -> None:
    source = Source("m.py", book("class Meta:", '    indexes = [models.Index(fields=["a"], name="old")]'))
    assert named_indexes(source, MetaFacts(name="Book")) == {"old"}
