"""The API, the admin, forms."""

from bloodbank.models import Centre, Fridge, Hospital, Order
from django import forms
from django.contrib import admin
from django.forms import modelformset_factory
from django.shortcuts import render
from orbit import serializers as s
from orbit.models import Anomaly, Contact, Customer, Delivery, Product
from rest_framework import generics, viewsets
from rest_framework.pagination import LimitOffsetPagination, PageNumberPagination
from situation import positive

from situations import joined


class Offsets(LimitOffsetPagination):
    default_limit = 25


class Pages(PageNumberPagination):
    page_size = 30


@positive(
    "n-plus-one",
    model="orbit.Contact",
    relations=("engineer", "station"),
    code=joined("station", "engineer", to="Contact"),
)
class ContactViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Contact.objects.order_by("-starts_at")  # site: contact-view-set
    serializer_class = s.ContactSerializer
    pagination_class = Pages


@positive(
    "n-plus-one",
    model="orbit.Product",
    code_contains=("annotate(", "Count("),
    also=("query-in-loop",),
)
class ProductList(generics.ListAPIView):
    """A SerializerMethodField counts."""

    serializer_class = s.ProductSerializer
    pagination_class = Pages

    def get_queryset(self):
        return Product.objects.filter(price__gte=200).order_by("pk")  # site: product-list


@positive(
    "n-plus-one",
    model="orbit.Anomaly",
    code=(
        'Anomaly.objects.select_related("instrument").prefetch_related("instrument__bands")',
        'Anomaly.objects.prefetch_related("instrument__bands")',
        'queryset = Anomaly.objects.prefetch_related("instrument__bands")',
        'queryset = Anomaly.objects.select_related("instrument").prefetch_related("instrument__bands")',
    ),
)
class AnomalyViewSet(viewsets.ModelViewSet):
    """A nested serializer, whose relation is nested again."""

    queryset = Anomaly.objects.all().order_by("-severity", "pk")  # site: anomaly-view-set
    serializer_class = s.AnomalySerializer
    pagination_class = Offsets


@positive(
    "n-plus-one",
    model="orbit.Delivery",
    relations=("customer", "product"),
    code=joined("customer", "product"),
)
def serialized_by_hand():
    recent = Delivery.objects.order_by("-at")[:50]  # site: serialized-by-hand
    return s.NamedDelivery(recent, many=True).data


@positive(
    "n-plus-one",
    model="bloodbank.Fridge",
    relations=("centre__region",),
    code=(
        *joined("centre__region", to="Fridge"),
        'list_select_related = ("centre__region",)',
        'list_select_related = ["centre__region"]',
    ),
    also=("latent-n-plus-one",),
)
@admin.register(Fridge)
class FridgeAdmin(admin.ModelAdmin):  # site: fridge-admin
    list_display = ["name", "where"]  # site: fridge-admin
    ordering = ["name"]
    list_per_page = 25

    def where(self, fridge):
        return f"{fridge.centre.name} ({fridge.centre.region.name})"


@positive(
    "n-plus-one",
    model="bloodbank.Hospital",
    code_contains=("annotate(", "Count("),
    also=("query-in-loop",),
)
@admin.register(Hospital)
class HospitalAdmin(admin.ModelAdmin):
    list_display = ["name", "orders_so_far"]
    list_per_page = 20

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("name")  # site: hospital-admin

    def orders_so_far(self, hospital):
        return hospital.orders.count()


@positive("n-plus-one", model="bloodbank.Centre", relations=("region",), code=joined("region"))
def fridge_form(request):
    """The labels of a choice."""

    class FridgeForm(forms.Form):
        name = forms.CharField()
        centre = forms.ModelChoiceField(Centre.objects.order_by("name"))  # site: fridge-form

    return render(request, "bloodbank/form.html", {"form": FridgeForm()})


class OrderNumberForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["number"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["number"].help_text = f"for {self.instance.hospital.name}" if self.instance.pk else ""


@positive("n-plus-one", model="bloodbank.Order", relations=("hospital",), code=joined("hospital"))
def number_formset(request):
    """Each form of a formset reads a relation of its row."""
    formset_class = modelformset_factory(Order, form=OrderNumberForm, extra=0)
    orders = Order.objects.filter(priority="urgent").order_by("pk")[:15]  # site: number-formset
    return render(request, "bloodbank/form.html", {"form": formset_class(queryset=orders)})


@positive(
    "latent-n-plus-one",
    model="bloodbank.Order",
    relations=("hospital",),
    code=joined("hospital"),
    also=("n-plus-one",),
)
def recalls():
    """One today; a page of them on a bad day."""
    out = []
    for order in Order.objects.filter(priority="recall").order_by("number"):  # site: recalls
        out.append(f"{order.number} from {order.hospital.name}")
    return out


@positive(
    "latent-n-plus-one",
    model="orbit.Anomaly",
    relations=("satellite",),
    code=joined("satellite"),
    also=("n-plus-one",),
)
def lost_attitude(request):
    anomalies = Anomaly.objects.filter(title__startswith="Attitude")  # site: lost-attitude
    return [{"title": a.title, "craft": a.satellite.name} for a in anomalies]


@positive(
    "latent-n-plus-one",
    model="orbit.Customer",
    relations=("deliveries",),
    code=('Customer.objects.prefetch_related("deliveries")',),
    also=("n-plus-one",),
)
def search_customers():
    """A search that finds one."""
    hits = Customer.objects.filter(name__icontains="customer 149")  # site: search-customers
    return {c.name: [d.at for d in c.deliveries.all()] for c in hits}
