"""Pages of the marketplace."""

from django.db.models import Max
from django.shortcuts import render
from django.views.generic import ListView
from gear.models import Category, Listing, Maker, Message, Purchase, Remark, Review, Seller, Workshop
from situation import positive


@positive(
    "n-plus-one",
    model="gear.Listing",
    code_contains=("prefetch_related(|Subquery(|Prefetch(",),
    also=("query-in-loop",),
)
def cards(request):
    """A property takes the first photo; extends, block and include between."""
    listings = Listing.objects.on_sale().newest()[:24]  # site: cards
    return render(request, "gear/cards.html", {"listings": listings})


@positive(
    "n-plus-one",
    model="gear.Listing",
    relations=("seller__account",),
    code=('Listing.objects.select_related("seller__account")',),
)
class SellerNames(ListView):
    """A filter of the app's tags."""

    template_name = "gear/sellers.html"
    paginate_by = 30
    queryset = Listing.objects.newest()  # site: seller-names


@positive(
    "n-plus-one",
    model="gear.Listing",
    relations=("offers__buyer",),
    code=(
        'Listing.objects.prefetch_related("offers__buyer")',
        'Listing.objects.prefetch_related(Prefetch("offers", queryset=Offer.objects.select_related("buyer")))',
    ),
)
def offers_page(request):
    """An inclusion tag."""
    return render(
        request,
        "gear/offers.html",
        # site: offers-page
        {"listings": Listing.objects.filter(price__lt=110)[:20]},
    )


@positive(
    "n-plus-one",
    model="gear.Purchase",
    relations=("listing", "reviews"),
    code=('Purchase.objects.select_related("listing").prefetch_related("reviews")',),
)
def starred(request):
    purchases = Purchase.objects.filter(state="shipped").order_by("-price")[:30]  # site: starred
    return render(request, "gear/stars.html", {"purchases": purchases})


@positive(
    "n-plus-one",
    model="gear.Listing",
    code_contains=("annotate(", 'Max("offers__amount"'),
    also=("query-in-loop",),
)
def best_offers():
    """A cached_property, asked of each."""
    return [
        (x.title, x.best_offer or 0)
        # site: best-offers
        for x in Listing.objects.filter(status="sale", price__gt=2900).order_by("pk")
    ]


@positive(
    "n-plus-one",
    model="gear.Listing",
    relations=("seller",),
    code=('Listing.objects.select_related("seller")', 'Listing.objects.prefetch_related("seller")'),
)
def bylines():
    return list(
        # site: bylines
        map(Listing.byline, Listing.objects.filter(views__gt=4900).order_by("pk")[:50])
    )


@positive(
    "n-plus-one",
    model="gear.Workshop",
    relations=("account",),
    code=('Workshop.objects.select_related("account")',),
)
def workshops():
    """`__str__` of the parent in a multi-table inheritance."""
    return [
        f"{w}: {w.hourly_rate}"
        # site: workshops
        for w in Workshop.objects.order_by("hourly_rate", "pk")
    ]


@positive(
    "n-plus-one",
    model="gear.Message",
    relations=("listing__seller__account", "sender"),
    code=('Message.objects.select_related("sender", "listing__seller__account")',),
)
def mailbox():
    unread = Message.objects.filter(is_read=False).order_by("-pk")[:40]  # site: mailbox
    return [
        {"from": m.sender.username, "to": m.listing.seller.account.username, "text": m.text[:20]}
        for m in unread
    ]


@positive(
    "n-plus-one",
    model="gear.Category",
    code_contains=("annotate(", "Count(", "filter="),
    also=("query-in-loop",),
)
def shop_window():
    counts = {}
    for category in Category.objects.order_by("slug"):  # site: shop-window
        counts[category.slug] = category.listings.filter(status="sale").count()
    return counts


@positive(
    "n-plus-one",
    model="gear.Remark",
    relations=("target",),
    code=('Remark.objects.prefetch_related("target")',),
)
def moderation():
    texts = []
    for remark in Remark.objects.order_by("pk")[:60]:  # site: moderation
        target = remark.target
        texts.append((remark.text, target.title if isinstance(target, Listing) else target.name))
    return texts


@positive(
    "n-plus-one",
    model="gear.Listing",
    relations=("purchase__courier",),
    code=(
        'Listing.objects.select_related("purchase__courier")',
        'Listing.objects.prefetch_related("purchase__courier")',
    ),
)
def sold_board():
    """Reverse one-to-one, then a nullable key."""
    rows = []
    for listing in Listing.objects.filter(status="sold").order_by("pk")[:50]:  # site: sold-board
        courier = listing.purchase.courier
        rows.append((listing.title, courier.name if courier is not None else "collected"))
    return rows


@positive(
    "n-plus-one",
    model="gear.Listing",
    relations=("watchers",),
    code=('Listing.objects.prefetch_related("watchers")',),
)
def watch_mails():
    addresses = {}
    for listing in Listing.objects.filter(price__lt=70).order_by("pk")[:40]:  # site: watch-mails
        addresses[listing.title] = [w.email for w in listing.watchers.all()]
    return addresses


@positive(
    "n-plus-one",
    model="gear.Review",
    relations=("purchase__buyer", "purchase__listing__maker"),
    code=(
        'Review.objects.select_related("purchase__buyer", "purchase__listing__maker")',
        'Review.objects.select_related("purchase__buyer", "purchase__listing").prefetch_related("purchase__listing__maker")',
    ),
)
def praise():
    def told(review):
        listing = review.purchase.listing
        return f"{review.purchase.buyer.username} on {listing.maker.name if listing.maker else listing.title}"

    return [told(review) for review in Review.objects.filter(stars=5).order_by("-pk")[:30]]  # site: praise


@positive(
    "n-plus-one",
    model="gear.Category",
    relations=("children",),
    code=('Category.objects.prefetch_related("children")',),
)
def sub_menu(request):
    """The template walks what the view hands over."""
    # site: sub-menu
    top = Category.objects.filter(pk__in=Category.objects.filter(children=None).values("parent")).order_by(
        "pk"
    )[:20]
    return render(request, "gear/nav.html", {"sidebar": top})


@positive("n-plus-one", model="gear.Maker", code_contains=("annotate(", "Max("), also=("query-in-loop",))
def dearest():
    lines = []
    for maker in Maker.objects.order_by("name"):  # site: dearest
        top = maker.listings.aggregate(Max("price"))["price__max"]
        lines.append(f"{maker.name}: {top}")
    return lines


@positive(
    "n-plus-one",
    model="gear.Seller",
    relations=("account__faculty",),
    code=(
        'Seller.objects.select_related("account__faculty")',
        'Seller.objects.prefetch_related("account__faculty")',
        'Seller.objects.select_related("account").prefetch_related("account__faculty")',
    ),
)
def staff_sellers():
    sellers = Seller.objects.filter(city="City 4")  # site: staff-sellers
    return {s.pk: getattr(s.account.faculty, "name", None) for s in sellers}
