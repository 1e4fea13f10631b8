"""Tests of rules/index/candidate/constants.py."""

from __future__ import annotations

from datetime import timedelta

import pytest

from queryscope.rules.index.candidate.constants import Constant, read_constants

MODELS_FILE = """
PAID = "paid"
class Order(models.Model):
    OPEN = "open"
    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        DONE = "done"
"""


def constants(source, *, line=None, definitions=()):
    line = line or source.strip("\n").count("\n") + 1
    found = read_constants(source.strip("\n"), line=line, definitions=definitions)
    return {constant.field: constant.value for constant in found if not constant.is_excluded}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('Order.objects.filter(status="pending")', {"status": "pending"}),
        ('Order.objects.filter(status__exact="pending")', {"status": "pending"}),
        ("Order.objects.filter(priority=3, is_open=False)", {"priority": 3, "is_open": False}),
        ('Order.objects.get(status="pending")', {"status": "pending"}),
        ('Order.objects.filter(Q(status="pending"))', {"status": "pending"}),
        ('get_object_or_404(Order, status="pending")', {"status": "pending"}),
        ('Order.objects.exclude(status="done")', {}),
        ("Order.objects.filter(status=request.GET['s'])", {}),
        ("Order.objects.filter(status=status)", {}),
        ("Order.objects.filter(status=None)", {}),
        ("Order.objects.filter(weight=1.5)", {}),
        ("Order.objects.filter(**options)", {}),
        ('render(request, status="pending")', {}),
        ('Order.objects.filter(status=f"pend{x}")', {}),
    ],
)
def test_literals_in_the_building_expression_are_constants(code, expected):
    assert constants(code) == expected


def test_the_whole_function_is_searched_but_no_other():
    source = """
def other():
    return Order.objects.filter(status="done", kind="a")
def view():
    orders = Order.objects.all()
    orders = orders.filter(status="pending")
    return orders
"""
    assert constants(source, line=4) == {"status": "pending"}


def test_a_field_with_two_values_in_one_function_is_left_out():
    source = """
def view(kind):
    orders = Order.objects.filter(open=True)
    if kind:
        return orders.filter(status="pending")
    return orders.filter(status=kind)
"""
    assert constants(source, line=2) == {"open": True}


EXCLUDED = Constant(field="status", value="done", is_excluded=True)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('Order.objects.exclude(status="done")', [EXCLUDED]),
        ('Order.objects.filter(~Q(status="done"))', [EXCLUDED]),
        ('Order.objects.filter(~~Q(status="done"))', [Constant(field="status", value="done")]),
        ('Order.objects.exclude(~Q(status="done"))', [Constant(field="status", value="done")]),
        ('Order.objects.exclude(status="done", kind="a")', []),
        ('Order.objects.exclude(Q(status="done"), kind="a")', [EXCLUDED]),
        ("Order.objects.exclude(status=status)", []),
        (
            'Order.objects.filter(status="open").exclude(status="done")',
            [EXCLUDED, Constant(field="status", value="open")],
        ),
    ],
)
def test_what_is_excluded_is_told_as_such_where_it_stands_alone(code, expected):
    assert sorted(read_constants(code, line=1), key=repr) == sorted(expected, key=repr)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            'x.filter(status__in=["new", Order.OPEN])',
            Constant(field="status", value=("new", "open"), lookup="in"),
        ),
        (
            'x.filter(tags__contains=["new", Order.OPEN])',
            Constant(field="tags", value=("new", "open"), lookup="contains"),
        ),
        ("x.filter(sizes__overlap=[3, 4])", Constant(field="sizes", value=(3, 4), lookup="overlap")),
        ("x.filter(stock__lt=10)", Constant(field="stock", value=10, lookup="lt")),
        ('x.filter(lines__state="lost")', Constant(field="lines__state", value="lost")),
        ('x.filter(Exists(Line.objects.filter(state="lost")))', Constant(field="state", value="lost")),
    ],
)
def test_lists_bounds_paths_and_querysets_within_are_read(code, expected):
    assert read_constants(code, line=1, definitions=[MODELS_FILE]) == (expected,)


@pytest.mark.parametrize(
    "code",
    [
        "x.filter(status__in=names)",
        'x.filter(status__in=["a", b])',
        "x.filter(status__in=[])",
        "x.filter(tags__contains=[tag])",
        'x.filter(name__contains="word")',
        'x.filter(data__contains={"a": 1})',
        "x.filter(grid__contains=[[1, 2]])",
    ],
)
def test_lists_that_are_not_all_literals_are_no_constants(code):
    assert read_constants(code, line=1) == ()


LATE = """
LATE_BY = 30 + 15
LONG = timedelta(weeks=-2)

class Orders(QuerySet):
    def late(self):
        return self.filter(taken__gt=F("promised") + LATE_BY)
"""


@pytest.mark.parametrize(
    ("code", "lookup", "value"),
    [
        ('x.filter(taken__gt=F("promised") + 45)', "gt computed", (45,)),
        ('x.filter(taken__gt=F("promised") + LATE_BY)', "gt computed", (45,)),
        ('x.filter(taken__lte=models.F("promised") * 2 - 5)', "lte computed", (2, 5)),
        ('x.filter(taken=F("flags").bitand(4))', "exact computed", (4,)),
        ('x.filter(taken__lt=Coalesce("promised", Value(7)))', "lt computed", (7,)),
        (
            'x.filter(Q(taken__lt=ExpressionWrapper(F("a") + 7, output_field=models.IntegerField())))',
            "lt computed",
            (7,),
        ),
        ("x.late()", "gt computed", (45,)),
        ("x.filter(taken__gt=timedelta(hours=1, minutes=30))", "gt", timedelta(minutes=90)),
        ("x.filter(taken__gte=datetime.timedelta(LATE_BY))", "gte", timedelta(days=45)),
        ("x.filter(taken__lt=LONG)", "lt", timedelta(weeks=-2)),
        ('x.filter(taken__lt=F("promised") * 1.5)', "lt computed", (1.5,)),
        ("x.filter(taken__lt=-0.5)", "lt", -0.5),
        ("x.filter(taken__gt=LATE_BY * 2)", "gt", 90),
        ("x.filter(taken__gt=1 << 3)", "gt", 8),
    ],
)
def test_constants_within_a_sum_are_read(code, lookup, value):
    (found,) = read_constants(code, line=1, definitions=[LATE])
    assert (found.field, found.lookup, found.value) == ("taken", lookup, value)


def test_a_sum_that_has_a_name_in_the_function_is_read():
    source = """
def late():
    limit = F("promised") + 45
    return x.filter(taken__gt=limit)
"""
    (found,) = read_constants(source, line=4)
    assert (found.lookup, found.value) == ("gt computed", (45,))


@pytest.mark.parametrize(
    "code",
    [
        'x.filter(taken__gt=F("promised"))',
        'x.filter(taken__gt=F("promised") + minutes)',
        'x.filter(taken__gt=F("promised") + minutes())',
        'x.filter(taken__gt=F("promised") + timedelta(minutes=45))',
        'x.filter(taken__gt=Subquery(y.filter(a=b).values("c")[:1]))',
        'x.filter(taken__gt=Round("promised", precision=2) + 1)',
        'x.filter(taken__in=[F("promised") + 45])',
        "x.filter(taken__gt=timedelta(minutes=minutes))",
        "x.filter(taken__gt=timedelta(milliseconds=5))",
        "x.filter(taken__gt=timedelta(1, 2))",
        "x.filter(taken__gt=timedelta(**parts))",
        "x.filter(taken__gt=timedelta(days=10**9))",
        "x.filter(taken__gt=now() - timedelta(days=1))",
    ],
)
def test_other_sums_hold_no_constants(code):
    assert read_constants(code, line=1, definitions=[LATE]) == ()


def test_a_class_attribute_is_read_by_its_statement():
    source = """
class View(ListView):
    template_name = "x"
    queryset = Order.objects.filter(
        status="pending",
    )
    other = Order.objects.filter(kind="x")
"""
    assert constants(source, line=3) == {"status": "pending"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Order.Status.PENDING", "pending"),
        ("Status.PENDING", "pending"),
        ("models.Order.Status.PENDING", "pending"),
        ("Order.Status.PENDING.value", "pending"),
        ("Order.OPEN", "open"),
        ("PAID", "paid"),
    ],
)
def test_names_are_looked_up_in_the_models_file(path, value):
    assert constants(f"Order.objects.filter(status={path})", definitions=[MODELS_FILE]) == {"status": value}


@pytest.mark.parametrize("path", ["Other.Status.GONE", "PENDING", "request.PAID", "Order.Status.label.PAID"])
def test_names_that_are_not_found_are_not_guessed(path):
    assert constants(f"Order.objects.filter(status={path})", definitions=[MODELS_FILE]) == {}


def test_a_name_with_two_meanings_is_not_guessed():
    other = "class Status:\n    PENDING = 'waiting'"
    source = "Order.objects.filter(status=Status.PENDING)"
    assert constants(source, definitions=[MODELS_FILE, other]) == {}


@pytest.mark.parametrize("source", ["def f(:", "\x00", "", "(" * 500])
def test_source_that_is_no_python_has_no_constants(source):
    assert read_constants(source, line=1) == ()


def test_a_line_outside_of_the_file_has_no_constants():
    assert read_constants('x.filter(a="b")', line=99) == ()


QUERYSETS = """
class OrderQuerySet(models.QuerySet):
    def held(self):
        return self.filter(state=Order.OPEN)
    def old(self):
        return self.held().exclude(kind="new")
    def of(self, kind):
        return self.filter(kind=kind)
class AliveManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(is_gone=False)
class Other:
    def get_queryset(self):
        return self.filter(level=3)
class Order(models.Model):
    OPEN = "open"
    alive = AliveManager.from_queryset(OrderQuerySet)()
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Order.objects.held()", {"state": "open"}),
        ("Order.objects.old()", {"state": "open"}),
        ('Order.objects.held().filter(kind="a")', {"state": "open", "kind": "a"}),
        ("Order.objects.held().filter(state=state)", {}),
        ('Order.objects.held().filter(state="x")', {"state": "x"}),
        ("Order.objects.of(kind)", {}),
        ("Order.alive.all()", {"is_gone": False}),
        ("Order.objects.all()", {}),
        ("self.get_queryset()", {}),
    ],
)
def test_methods_of_querysets_and_managers_are_followed(code, expected):
    assert constants(code, definitions=[QUERYSETS]) == expected


def test_what_a_method_excludes_is_told_too():
    found = read_constants("Order.objects.old()", line=1, definitions=[QUERYSETS])
    assert Constant(field="kind", value="new", is_excluded=True) in found


def test_methods_that_call_each_other_end():
    source = "class Q:\n    def a(self):\n        return self.b()\n    def b(self):\n        return self.a()"
    assert constants("Order.objects.a()", definitions=[source]) == {}


def test_a_tuple_by_its_name_is_excluded():
    source = 'class File:\n    class Stage(TextChoices):\n        END = "end", "E"\n    FINAL = (Stage.END,)'
    (found,) = read_constants("x.exclude(stage__in=File.FINAL)", line=1, definitions=[source])
    assert found == Constant(field="stage", value=("end",), lookup="in", is_excluded=True)


CONDITIONS = """
from django.db.models import Q

def is_open():
    return Q(status="open")

def is_old():
    return Q(status="old")
"""


def test_functions_that_make_conditions_are_followed():
    assert constants("Order.objects.filter(is_open())", definitions=[CONDITIONS]) == {"status": "open"}
    assert constants("Order.objects.filter(is_open() | is_old())", definitions=[CONDITIONS]) == {}
    assert constants("Order.objects.filter(other.is_open)", definitions=[CONDITIONS]) == {}
