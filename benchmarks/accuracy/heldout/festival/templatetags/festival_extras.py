from django import template

register = template.Library()


@register.simple_tag
def byline(film):
    return f"{film.director.name}, {film.director.country.name}"


@register.filter
def seats_left(screening):
    return screening.hall.seats - screening.tickets.count()


@register.inclusion_tag("festival/_crew.html")
def crew(film):
    return {"roles": film.roles.all()}
