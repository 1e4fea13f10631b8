from django import template

register = template.Library()


@register.filter
def seller_name(listing):
    return listing.seller.account.get_full_name()


@register.inclusion_tag("gear/_offers.html")
def offers(listing):
    return {"offers": listing.offers.all()}


@register.simple_tag
def stars(purchase):
    return "*" * max((review.stars for review in purchase.reviews.all()), default=0)
