from django import template

register = template.Library()


@register.filter
def bands(instrument):
    return "/".join(band.name for band in instrument.bands.all())
