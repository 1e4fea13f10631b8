"""Tests of rules/index/candidate/family.py, and of what its classes say of a queryset's constants."""

from __future__ import annotations

import ast

import pytest

from queryscope.rules.index.candidate.constants import read_constants
from queryscope.rules.index.candidate.family import Classes

VIEWS = """
class Listed:
    queryset = None
    def get_queryset(self):
        return self.queryset.order_by("made")

class Paged(mixins.Listed):
    pass

class Inbox(Paged):
    queryset = Letter.objects.unread()

class Outbox(Paged):
    @property
    def queryset(self):
        return Letter.objects.filter(folder="out")

class Unrelated:
    queryset = Letter.objects.filter(folder="spam")
"""
MODELS = """
class Letters(models.QuerySet):
    def unread(self):
        return self.filter(state__in=Letter.UNREAD)
class Letter(models.Model):
    UNREAD = ("new", "seen")
"""


def test_a_family_is_what_an_instance_may_be():
    tree = ast.parse(VIEWS)
    classes = Classes([tree])
    named = {node.name: node for node in tree.body}

    def family(name):
        method = next((one for one in named[name].body if isinstance(one, ast.FunctionDef)), None)
        return {one.name for one in classes.family_of(method or named[name].body[0].value)}

    assert family("Listed") == {"Listed", "Paged", "Inbox", "Outbox"}
    assert family("Outbox") == {"Outbox", "Paged", "Listed"}
    assert family("Unrelated") == {"Unrelated"}
    assert classes.family_of(ast.parse("x")) == ()


def constants(source, *, line, sent=()):
    found = read_constants(source, line=line, definitions=[MODELS], is_sent=lambda value: value in sent)
    return {one.field: one.value for one in found}


def test_the_queryset_of_a_class_is_what_its_methods_ask_self_for():
    assert constants(VIEWS, line=5) == {"state": ("new", "seen"), "folder": "out"}


def test_what_the_function_says_itself_counts_more():
    source = VIEWS.replace('.order_by("made")', ".filter(folder=self.folder)")
    assert constants(source, line=5) == {"state": ("new", "seen")}


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ('    states = ("new",)', {"state": ("new",)}),
        ("    states = None", {}),
        ("    states = load()", {}),
    ],
)
def test_a_constant_of_the_class_is_found_by_self(attribute, expected):
    source = f"class Inbox:\n{attribute}\n    def rows(self):\n        return x.filter(state__in=self.states)"
    assert constants(source, line=4) == expected


STATED = """
class Base:
    state = None
    def rows(self):
        return Letter.objects.filter(state=self.state)
class New(Base):
    state = "new"
class Old(Base):
    state = "old"
"""


def test_of_the_classes_that_fill_an_attribute_the_one_is_meant_whose_value_was_sent():
    assert constants(STATED, line=5) == {}
    assert constants(STATED, line=5, sent={"old"}) == {"state": "old"}
    assert constants(STATED, line=5, sent={"old", "new"}) == {"state": ("new", "old")}
    assert constants(STATED.replace('"old"', "compute()"), line=5, sent={"new"}) == {}


def test_rows_that_a_base_class_chooses_are_followed():
    source = """
class Base:
    def get_queryset(self):
        return super().get_queryset().filter(state="new")
class Mine(Base):
    def get_queryset(self):
        return super().get_queryset().filter(owner=self.owner)
"""
    assert constants(source, line=7) == {"state": "new"}


def test_a_function_of_a_module_is_followed_by_its_name():
    source = "def page(form):\n    return selectors.letters().order_by('made')"
    selectors = "def letters(*, is_new=True):\n    return Letter.objects.filter(state='new')"
    found = read_constants(source, line=2, definitions=[selectors])
    assert [(one.field, one.value) for one in found] == [("state", "new")]


def test_a_class_that_a_library_asks_for_its_queryset_says_it_at_its_own_line():
    source = """
@register
class Inbox(ListView):
    paginate_by = 20
    queryset = Letter.objects.unread().filter(folder="in")

    def rows(self):
        return self.filter(folder="out")

class Other(ListView):
    model = Letter
"""
    assert constants(source, line=3) == {"state": ("new", "seen"), "folder": "in"}
    assert constants(source, line=10) == {}
