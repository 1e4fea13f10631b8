"""Choices of forms and of the admin that read relations in `__str__`: run, judged, edited, run again."""

from __future__ import annotations

import pytest

from bookings.models import Building, Room
from tests.capture.shop import add_orders, add_products, add_reviews
from tests.rules.application import Application

pytestmark = pytest.mark.django_db


def add_rows() -> None:
    for at in range(3):
        building = Building.objects.create(name=f"b{at}", city="x")
        Room.objects.create(building=building, name=f"r{at}", seats=2)
    products = add_products(3)
    add_reviews(products)
    add_orders(2, lines=products[:2])


ADMIN = """
from django.contrib import admin
from django import forms
from django.test import RequestFactory
from django.contrib.auth.models import User
from reviews.models import Vote
from bookings.models import Booking, Building, Room
site = admin.AdminSite()
%s
def f():
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True, pk=1)
    request.session = {}
    view = site._registry[%s].add_view(request)
    view.render()
    import re
    return re.sub("csrf[^>]*", "", view.content.decode())
"""
FORMS = {
    "fk": ADMIN
    % (
        """
@admin.register(Booking, site=site)
class BookingAdmin(admin.ModelAdmin):
    fields = ["room"]
""",
        "Booking",
    ),
    "registered": ADMIN
    % (
        '''
class BookingAdmin(admin.ModelAdmin):
    """Bookings."""

site.register(Booking, BookingAdmin)
''',
        "Booking",
    ),
    "two": ADMIN
    % (
        """
class VoteAdmin(admin.ModelAdmin):
    list_display = ["value"]
    def has_delete_permission(self, request, obj=None):
        return False

site.register(Vote, VoteAdmin)
""",
        "Vote",
    ),
    "method there": ADMIN
    % (
        """
class BookingAdmin(admin.ModelAdmin):
    fields = ["room"]
    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

site.register(Booking, BookingAdmin)
""",
        "Booking",
    ),
    "form": ADMIN
    % (
        """
class BookingForm(forms.ModelForm):
    class Meta:
        model = Booking
        fields = ["room"]
class BookingAdmin(admin.ModelAdmin):
    form = BookingForm
site.register(Booking, BookingAdmin)
""",
        "Booking",
    ),
    "inline": ADMIN
    % (
        """
class BookingInline(admin.TabularInline):
    model = Vote
    fields = ["value"]
class ReviewInline(admin.TabularInline):
    model = Booking
    fields = ["room"]
    extra = 1
class CustomerAdmin(admin.ModelAdmin):
    fields = ["name"]
    inlines = [ReviewInline]
from orders.models import Customer
site.register(Customer, CustomerAdmin)
""",
        "Customer",
    ),
    "modelform": """
from django import forms
from bookings.models import Booking
class BookingForm(forms.ModelForm):
    class Meta:
        model = Booking
        fields = ["room"]
def f():
    return BookingForm().as_p()
""",
    "modelform init": """
from django import forms
from bookings.models import Booking
class BookingForm(forms.ModelForm):
    class Meta:
        model = Booking
        fields = ["room"]
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["room"].label = "x"
def f():
    return BookingForm().as_p()
""",
    "modelform view": """
from django import forms
from bookings.models import Booking
def f():
    return forms.modelform_factory(Booking, fields=["room"])().as_p()
""",
    "formset": """
from django import forms
from bookings.models import Booking, Room
class RoomForm(forms.Form):
    room = forms.ModelChoiceField(queryset=Room.objects.all())
def f():
    return forms.formset_factory(RoomForm, extra=2)().as_p()
""",
    "init queryset": """
from django import forms
from bookings.models import Booking, Room
class RoomForm(forms.Form):
    room = forms.ModelChoiceField(queryset=None)
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["room"].queryset = Room.objects.filter(seats__gt=1)
def f():
    return RoomForm().as_p()
""",
}


# Queries that the page takes afterwards: one for each list of choices that it draws.
QUERIES = {
    "fk": 1,
    "registered": 2,
    "two": 2,
    "form": 1,
    "inline": 2,
    "modelform": 1,
    "modelform init": 1,
    "formset": 2,
    "init queryset": 1,
}


@pytest.mark.parametrize("name", FORMS)
def test_the_edit_loads_what_the_choices_show(name, tmp_path):
    add_rows()
    shop = Application(tmp_path, FORMS[name].lstrip()).tried()
    result, found = shop.result, shop.only
    assert found.rule == "n-plus-one"
    if name not in QUERIES:
        assert found.fixes[0].diff == ""
        assert found.fixes[0].caveat
        return
    shop.cure()
    assert (shop.result, shop.queries, shop.told) == (result, QUERIES[name], [])


def test_the_method_to_write_is_told(tmp_path):
    add_rows()
    code = Application(tmp_path, FORMS["method there"].lstrip()).tried().only.fixes[0].code
    assert code.startswith("def formfield_for_foreignkey(self, db_field, request, **kwargs):\n")
    assert 'field.queryset = field.queryset.select_related("building")' in code
