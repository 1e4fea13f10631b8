"""A tag that looks the offer of the day up wherever it stands."""

from django import template

from problems.duplicates import cheapest

register = template.Library()


@register.simple_tag
def offer_of_the_day():
    return cheapest()
