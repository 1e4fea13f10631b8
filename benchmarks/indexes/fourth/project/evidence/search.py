"""The desk's search form: what was filled in is asked for."""

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q

from evidence.models import Item

ENGLISH = "english"


def search_items(cleaned_data):
    items = Item.objects.all()
    if code := cleaned_data.get("code"):
        items = items.filter(barcode__iexact=code)
    if serial := cleaned_data.get("serial"):
        items = items.filter(serial_no__contains=serial)
    if words := cleaned_data.get("words"):
        vector = SearchVector("description", config=ENGLISH)
        items = items.annotate(found_in=vector).filter(found_in=SearchQuery(words, config=ENGLISH))
    if cleaned_data.get("kept_only"):
        items = items.kept()
    if until := cleaned_data.get("review_until"):
        items = items.filter(review_on__lte=until)
    if states := cleaned_data.get("states"):
        wanted = Q()
        for state in states:
            wanted |= Q(state=state)
        items = items.filter(wanted)
    return items.order_by("-pk")
