from django import template

register = template.Library()


@register.simple_tag
def donor_card(donation):
    return f"{donation.donor.name} ({donation.donor.group})"


@register.filter
def tag_list(order):
    return " ".join(tag.name for tag in order.tags.all())


@register.inclusion_tag("bloodbank/_crew.html")
def crew(drive):
    return {"shifts": drive.shifts.all()}
