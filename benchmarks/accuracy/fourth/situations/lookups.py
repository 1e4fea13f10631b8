"""Asking by key, again and again."""

from bloodbank.models import Component, Donation, Donor, Option, Order, Region, Unit
from django.db import connection
from django.db.models import prefetch_related_objects
from orbit.models import Country, Customer, Delivery, Part, Product, Satellite, Station
from situation import positive


@positive(
    "query-in-loop",
    model="orbit.Satellite",
    code_contains=("in_bulk(|norad__in=",),
    also=("n-plus-one",),
)
def match_catalogue():
    """A list from elsewhere."""
    lines = [f"{40000 + i * 2};LEO" for i in range(30)]
    matched = []
    for line in lines:
        norad, _, regime = line.partition(";")
        craft = Satellite.objects.get(norad=norad)  # site: match-catalogue
        matched.append((craft.name, regime))
    return matched


@positive(
    "query-in-loop", model="bloodbank.Donor", code_contains=("in_bulk(|email__in=",), also=("n-plus-one",)
)
def import_mails():
    mails = [f"d{i}@blood.example" for i in range(0, 60, 2)]
    known, unknown = [], []
    for mail in mails:
        donor = Donor.objects.filter(email=mail).first()  # site: import-mails
        (known if donor else unknown).append(mail)
    return known, unknown


@positive(
    "query-in-loop", model="orbit.Product", code_contains=("in_bulk(|pk__in=|id__in=",), also=("n-plus-one",)
)
def basket():
    """What a session would hold."""
    wanted = {str(pk): 2 for pk in Product.objects.order_by("pk").values_list("pk", flat=True)[:20]}
    total = 0
    for pk, number in wanted.items():
        total += Product.objects.get(pk=int(pk)).price * number  # site: basket
    return total


@positive(
    "query-in-loop",
    advice=("any(|in (|in_bulk|one query|once|__in",),
    also=("n-plus-one",),
)
def raw_stock():
    counted = {}
    codes = [f"U{i:05}" for i in range(25)]
    with connection.cursor() as cursor:
        for code in codes:
            # site: raw-stock
            cursor.execute("SELECT status, checks FROM bloodbank_unit WHERE code = %s", [code])
            counted[code] = cursor.fetchone()
    return counted


@positive(
    "query-in-loop",
    model="orbit.Delivery",
    code_contains=("values(", "annotate("),
    also=("n-plus-one",),
)
def sales_by_customer():
    """Counts by foreign key."""
    keys = Customer.objects.order_by("pk").values_list("pk", flat=True)[:30]
    return {pk: Delivery.objects.filter(customer_id=pk).count() for pk in keys}  # site: sales-by-customer


@positive(
    "query-in-loop",
    model="bloodbank.Unit",
    code_contains=("values(|values_list(|component__in=|component_id__in=",),
    also=("n-plus-one",),
)
def in_stock():
    """Exists, for each of a list of keys."""
    keys = list(Component.objects.values_list("pk", flat=True))
    # site: in-stock
    return [pk for pk in keys if Unit.objects.filter(component_id=pk, status="spoilt").exists()]


@positive(
    "query-in-loop",
    model="orbit.Country",
    code_contains=("in_bulk(|code__in=",),
    also=("n-plus-one", "uncached-lookup"),
)
def country_names():
    """A helper asks."""
    return [_country(f"A{i}") + ":" + _country(f"B{i}") for i in range(10)]


def _country(code):
    return Country.objects.get(code=code).name  # site: country-names


@positive(
    "uncached-lookup",
    model="bloodbank.Option",
    advice=("cache|once|before the loop|outside",),
    also=("duplicate-query", "query-in-loop"),
)
def thresholds():
    """The same setting for every row."""
    flagged = []
    for code, checks in Unit.objects.order_by("code").values_list("code", "checks")[:40]:
        if checks < option("option.3"):  # site: thresholds
            flagged.append(code)
    return flagged


def option(key):
    return int(Option.objects.get(key=key).value)  # site: thresholds


@positive(
    "uncached-lookup",
    model="bloodbank.Component",
    advice=("cache|once|before the loop|outside|in_bulk|__in",),
    also=("duplicate-query", "query-in-loop"),
)
def shelf_lives():
    """Few values, many look-ups."""
    codes = ["C1", "C2", "C1", "C1", "C2", "C1", "C2", "C2", "C1", "C1", "C2", "C1"] * 2
    return sum(Component.objects.get(code=code).shelf_days for code in codes)  # site: shelf-lives


@positive(
    "one-query-per-instance-prefetch",
    model="bloodbank.Order",
    code_contains=("prefetch_related_objects(|prefetch_related(",),
    also=("n-plus-one", "query-in-loop"),
)
def export_orders():
    orders = list(Order.objects.order_by("pk")[:20])  # site: export-orders
    exported = []
    for order in orders:
        prefetch_related_objects([order], "lines")  # site: export-orders
        exported.append([line.quantity for line in order.lines.all()])
    return exported


@positive(
    "one-query-per-instance-prefetch",
    model="orbit.Product",
    code_contains=("prefetch_related_objects(|prefetch_related(",),
    also=("n-plus-one", "query-in-loop"),
)
def keyword_index():
    index = {}
    for product in Product.objects.order_by("-pk")[:15]:  # site: keyword-index
        _load(product)
        for keyword in product.keywords.all():
            index.setdefault(keyword.word, set()).add(product.title)
    return index


def _load(product):
    prefetch_related_objects([product], "keywords")  # site: keyword-index


@positive(
    "tree-walk",
    model="bloodbank.Region",
    advice=("recursive|memory|once",),
    also=("n-plus-one", "query-in-loop"),
)
def region_trails():
    """Upwards, in a method of the model."""
    regions = Region.objects.filter(children__isnull=True).order_by("name")  # site: region-trails
    return [region.trail() for region in regions]


@positive(
    "tree-walk",
    model="orbit.Part",
    advice=("recursive|memory|once",),
    also=("n-plus-one", "query-in-loop"),
)
def bill_of_material():
    """Downwards, recursively."""
    root = Part.objects.get(name="Part 40")  # site: bill-of-material
    return _outline(root, 0)


def _outline(part, depth):
    lines = ["  " * depth + part.name]
    for child in part.children.all():  # site: bill-of-material
        lines += _outline(child, depth + 1)
    return lines


@positive(
    "tree-walk",
    model="orbit.Part",
    advice=("recursive|memory|once",),
    also=("n-plus-one", "query-in-loop"),
)
def mass_below():
    """With a stack, by the manager."""
    root = Part.objects.get(name="Part 80")
    total, waiting = root.mass, [root.pk]
    while waiting:
        for part in Part.objects.filter(parent_id=waiting.pop()):  # site: mass-below
            total += part.mass
            waiting.append(part.pk)
    return total


@positive(
    "membership-in-loop",
    model="bloodbank.Donor",
    advice=("set",),
    also=("query-in-loop", "duplicate-query", "queryset-evaluated-twice"),
)
def who_gave_lately():
    """A fresh queryset for each test."""
    lately = Donation.objects.order_by("-at").values("donor")[:100]
    donors = list(Donor.objects.of_group("O+")[:20])
    # site: who-gave-lately
    return [d.name for d in donors if Donor.objects.filter(pk__in=lately).contains(d)]


@positive(
    "membership-in-loop",
    model="orbit.Station",
    advice=("set",),
    also=("query-in-loop", "duplicate-query", "queryset-evaluated-twice"),
)
def licensed():
    ticks = []
    for pk in Station.objects.order_by("name").values_list("pk", flat=True)[:25]:
        is_known = pk in Station.objects.exclude(licence=None).values_list("pk", flat=True)  # site: licensed
        ticks.append((pk, is_known))
    return ticks
