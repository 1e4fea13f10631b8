"""What the auctions' pages ask of the database."""

from django.db.models import Avg, Count, Exists, Max, OuterRef, Subquery
from django.db.models.functions import Lower

from auctions.models import Auction, Bid, Bidder, Lot


def bids_by(bidder):
    return list(Bid.objects.filter(bidder_id=bidder).order_by("-placed_at")[:20])


def retracted():
    return list(Bid.objects.filter(retracted=True).select_related("lot").order_by("-placed_at")[:50])


def closing_soon(moment):
    return list(Lot.objects.filter(state=Lot.State.OPEN, closes_at__gte=moment).order_by("closes_at")[:20])


def unsold_of(seller):
    return list(Lot.objects.filter(seller=seller, state="unsold"))


def lots_bid_on(bidder):
    return list(Bid.objects.filter(bidder_id=bidder).values_list("lot_id", flat=True).distinct())


def phone_bids(begin, end):
    return list(Bid.objects.filter(channel="phone", placed_at__gte=begin, placed_at__lt=end))


def bid_count(bidder):
    return Bid.objects.filter(bidder_id=bidder).count()


def highest_of(bidder):
    return Bid.objects.filter(bidder_id=bidder).aggregate(top=Max("amount"))


def lots_with_bids_of(bidder):
    return list(Lot.objects.filter(bids__bidder_id=bidder).distinct())


def big_bids(limit):
    return list(Bid.objects.filter(amount__gte=limit).order_by("-amount")[:50])


def best_bid_per_lot(bidder):
    bids = Bid.objects.filter(bidder_id=bidder).order_by("lot_id", "-amount").distinct("lot_id")
    return list(bids)


def bids_for_seller(seller):
    return list(Bid.objects.filter(lot__in=Lot.objects.filter(seller=seller)))


def withdrawn_dear():
    return list(Lot.objects.filter(state="withdrawn", estimate__gte=500_000))


def seller_summary(seller):
    return Lot.objects.filter(seller=seller).aggregate(count=Count("id"), mean=Avg("hammer"))


def dearest_lots():
    return list(Lot.objects.filter(hammer__isnull=False).order_by("-hammer")[:20])


def bidders_named(name):
    return list(Bidder.objects.filter(name=name))


def bids_in_hour(begin, end):
    return Bid.objects.filter(placed_at__gte=begin, placed_at__lt=end).aggregate(
        top=Max("amount"), count=Count("id")
    )


def bidders_of_lot_title(title):
    return list(Lot.objects.filter(title=title).values_list("bids__bidder__name", "bids__amount"))


def busiest_bidders(begin, end):
    window = Bid.objects.filter(placed_at__range=(begin, end))
    return list(window.values("bidder_id").annotate(count=Count("id")).order_by("-count")[:10])


def bidders_last_bids(bidders):
    latest = Bid.objects.filter(bidder=OuterRef("pk")).order_by("-placed_at").values("placed_at")[:1]
    return list(Bidder.objects.filter(pk__in=bidders).annotate(latest=Subquery(latest)))


def record_bid():
    return Bid.objects.aggregate(record=Max("amount"))


def next_open(seller, moment):
    lots = Lot.objects.filter(seller=seller, closes_at__gte=moment).order_by("closes_at")
    return list(lots[:10])


def bids_of_country(country, begin, end):
    bids = Bid.objects.filter(bidder__country=country, placed_at__gte=begin, placed_at__lt=end)
    return list(bids.values_list("amount", "bidder__name"))


def outbid(bidder):
    """The lots of a bidder on which somebody bid more."""
    mine = Bid.objects.filter(bidder_id=bidder)
    more = Bid.objects.filter(lot=OuterRef("lot"), amount__gt=OuterRef("amount"))
    return list(mine.filter(Exists(more)).values_list("lot_id", "amount"))


# What no index should be advised for.


def lots_of(auction):
    return list(Lot.objects.filter(auction_id=auction))


def last_lots(auction):
    return list(Lot.objects.filter(auction_id=auction).order_by("-number")[:20])


def top_bids(auction):
    best = Bid.objects.filter(lot=OuterRef("pk")).order_by("-amount").values("amount")[:1]
    return list(Lot.objects.filter(auction_id=auction).annotate(top=Subquery(best)))


def bids_on(lot):
    return list(Bid.objects.filter(lot_id=lot).order_by("-amount"))


def bids_by_channel():
    return list(Bid.objects.values("channel").annotate(count=Count("id"), top=Max("amount")))


def bidder_by_email(email):
    return list(Bidder.objects.annotate(plain=Lower("email")).filter(plain=email))


def sold_mean():
    return Lot.objects.filter(state="sold").aggregate(mean=Avg("hammer"))


def web_bids():
    return Bid.objects.filter(channel="web").aggregate(mean=Avg("amount"))


def auctions_of(house):
    return list(Auction.objects.filter(house=house))


def deep_bids():
    return list(Bid.objects.order_by("id")[1_200_000:1_200_020])


def bids_in_auction(auction):
    return list(Bid.objects.filter(lot__auction_id=auction).order_by("-amount")[:20])
