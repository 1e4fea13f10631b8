"""Choices of forms that nobody wrote a queryset for: the method of a ModelAdmin, the line of a ModelForm."""

from __future__ import annotations

import ast
from textwrap import dedent
from typing import Any

import pytest

from queryscope.fixes.orm import Composed, Wish, compose
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import AccessKind, ClassSite, QuerySetSite
from tests.fixes.running import BOOK, PATH, applied, loads

FIELDS = (
    ("Loan", "book", AccessKind.FORWARD),
    ("Shelf", "books", AccessKind.MANY_TO_MANY),
    ("Gift", "book", AccessKind.FORWARD),
    ("Gift", "wrapped_in", AccessKind.FORWARD),
    ("Book", "sequel", AccessKind.FORWARD),
)


def choices(text: str, name: str, kind: str, *paths: str, method: str = "iterator") -> Composed:
    site = QuerySetSite(model=BOOK.label, holder=ClassSite(path=PATH, line=1, name=name, kind=kind))
    wish = Wish(
        loads=loads(*(paths or ("author",))),
        site=site,
        target=Target(model=BOOK, fields=FIELDS),
        method=method,
    )
    return compose(wish, Source(PATH, dedent(text)))


def edited(text: str, name: str, kind: str, *paths: str, **more: Any) -> str:
    found = choices(text, name, kind, *paths, **more)
    assert found.fix.diff, found.fix.caveat
    result = applied(found.fix, dedent(text))
    ast.parse(result)
    return result


LOAN = """
@admin.register(Loan)
class LoanAdmin(admin.ModelAdmin):
    fields = ["book"]
"""
HOOK = """
    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "book":
            field.queryset = field.queryset.select_related("author")
        return field
"""


def test_a_model_admin_gets_the_method_that_makes_the_field():
    assert edited(LOAN, "LoanAdmin", "admin") == LOAN + HOOK


def test_many_to_many_fields_have_a_method_of_their_own():
    text = LOAN.replace("Loan", "Shelf")
    assert "def formfield_for_manytomany(" in edited(text, "ShelfAdmin", "admin")


def test_prefetches_are_called_there_too():
    result = edited(LOAN, "LoanAdmin", "admin", "author", "tags+")
    assert 'field.queryset.select_related("author").prefetch_related("tags")' in result


def test_several_fields_of_the_model_are_named_together():
    result = edited(LOAN.replace("Loan", "Gift"), "GiftAdmin", "admin")
    assert 'if db_field.name in {"book", "wrapped_in"}:' in result


def test_the_method_is_written_as_the_file_is():
    text = "class LoanAdmin(ModelAdmin):\n\tmodel = Loan\n\tname = 'a'\n"
    result = edited(text, "LoanAdmin", "admin")
    assert "\n\t\tif db_field.name == 'book':\n\t\t\tfield.queryset" in result
    windows = LOAN.replace("\n", "\r\n")
    result = applied(choices(windows, "LoanAdmin", "admin").fix, dedent(windows))
    assert "\n" not in result.replace("\r\n", "")


def test_a_lone_pass_gives_way():
    text = "class LoanAdmin(ModelAdmin):\n    pass\n\n\nsite.register(Loan, LoanAdmin)\n"
    assert "pass" not in edited(text, "LoanAdmin", "admin")


def test_the_method_is_the_code_also_where_there_is_one_already():
    text = LOAN + "\n    def formfield_for_foreignkey(self, *args):\n        return field\n"
    fix = choices(text, "LoanAdmin", "admin").fix
    assert fix.diff == ""
    assert fix.code == dedent(HOOK).strip()
    assert fix.caveat == "LoanAdmin.formfield_for_foreignkey() is there: let it load these for book."
    assert fix.title == "Let LoanAdmin load the relations"


def test_a_class_on_one_line_gets_no_method():
    fix = choices("class LoanAdmin(ModelAdmin): model = Loan\n", "LoanAdmin", "admin").fix
    assert fix.diff == ""
    assert "one line" in fix.caveat


@pytest.mark.parametrize(("method", "is_choices"), [("iterator", True), ("len", False)])
def test_the_rows_of_a_changelist_are_no_choices(method, is_choices):
    text = LOAN.replace("Loan", "Book")
    result = edited(text, "BookAdmin", "admin", method=method)
    assert ("formfield_for_foreignkey" in result) is is_choices
    assert ("list_select_related" in result) is not is_choices


def test_an_admin_of_a_model_without_such_a_field_is_left_alone():
    fix = choices(LOAN.replace("Loan", "Author"), "AuthorAdmin", "admin").fix
    assert fix.diff == ""
    assert "may not be the admin of Book" in fix.caveat


FORM = """
class LoanForm(forms.ModelForm):
    class Meta:
        model = Loan
        fields = ["book"]
"""
LINE = 'self.fields["book"].queryset = self.fields["book"].queryset.select_related("author")'


def test_a_model_form_gets_an_init_that_loads_more():
    head = "\n    def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n"
    assert edited(FORM, "LoanForm", "form") == f"{FORM}{head}        {LINE}\n"
    assert choices(FORM, "LoanForm", "form").fix.code == LINE


def test_an_init_that_is_there_gets_a_line():
    text = FORM + (
        "\n    def __init__(self, *args, **kwargs):\n"
        "        super(LoanForm, self).__init__(*args, **kwargs)\n"
        '        self.fields["book"].label = "?"\n'
    )
    assert f"(*args, **kwargs)\n        {LINE}\n        self.fields" in edited(text, "LoanForm", "form")


REFUSED = {
    "several fields": FORM.replace("Loan", "Gift").replace('["book"]', '"__all__"'),
    "an init without super()": FORM + "\n    def __init__(self):\n        self.fields = {}\n",
    "a form of another model": FORM.replace("model = Loan", "model = Author"),
    "a form without Meta": "class LoanForm(forms.Form):\n    a = 1\n",
    "fields that it doesn't show": FORM.replace('["book"]', '["day"]'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_these_get_no_diff(name):
    text = REFUSED[name]
    fix = choices(text, "GiftForm" if "GiftForm" in text else "LoanForm", "form").fix
    assert fix.diff == ""
    assert fix.caveat
    assert 'select_related("author")' in fix.code


def test_a_field_of_several_that_the_form_shows_is_known():
    text = FORM.replace("Loan", "Gift")
    assert 'self.fields["book"]' in edited(text, "GiftForm", "form")
    hidden = text.replace('fields = ["book"]', 'exclude = ("book",)')
    assert 'self.fields["wrapped_in"]' in edited(hidden, "GiftForm", "form")


def test_a_field_with_a_queryset_is_edited_there():
    text = FORM.replace(
        "    class Meta", "    book = ModelChoiceField(queryset=Book.objects.all())\n\n    class Meta"
    )
    assert 'queryset=Book.objects.select_related("author")' in edited(text, "LoanForm", "form")
