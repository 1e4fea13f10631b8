"""Pages of the seed library that ask for what they need."""

from django.db.models import Count, F
from seedbank.models import Accession, Country, Donor, Note, Taxon, Trial, Vault
from situation import negative


@negative("n-plus-one", "a select_related of a queryset method brings all that is read")
def catalogue_joined():
    return [a.label for a in Accession.objects.for_catalogue()[:40]]


@negative("n-plus-one", "the parents are known: rows of a related manager")
def shelf_of_one_vault():
    vault = Vault.objects.get(name="Vault 3")
    return [f"{shelf.vault.name}/{shelf.label}" for shelf in vault.shelves.all()]


@negative("n-plus-one", "prefetched rows know whose they are")
def labels_of_all_vaults():
    return [
        f"{shelf.vault.name}/{shelf.label}"
        for vault in Vault.objects.prefetch_related("shelves")
        for shelf in vault.shelves.all()
    ]


@negative("n-plus-one", "one accession and each of its lists once")
def accession_page():
    a = Accession.objects.select_related("taxon").get(number="AC00010")
    return (
        a.label,
        a.last_rate,
        a.is_on_loan(),
        [t.name for t in a.tags.all()],
        a.notes.count(),
        a.shelf and a.shelf.label,
    )


@negative("n-plus-one", "NULL keys ask nothing")
def without_collector():
    return [
        a.collector.name if a.collector else "?"
        for a in Accession.objects.filter(collector=None).order_by("pk")[:50]
    ]


@negative("n-plus-one", "annotated, not walked")
def lands():
    countries = Country.objects.annotate(
        n=Count("accession", distinct=True), labs=Count("institutes", distinct=True)
    ).order_by("-n")[:10]
    donors = Donor.objects.annotate(land=F("country__name")).order_by("name")[:20]
    return [(c.name, c.n, c.labs) for c in countries], [(d.name, d.land) for d in donors]


@negative("n-plus-one", "the keys are columns")
def raw_keys():
    return {(t.accession_id, t.lab_id) for t in Trial.objects.filter(rate=44).order_by("pk")[:90]}


@negative("tree-walk", "all of it is read once and linked in memory")
def taxonomy():
    children = {}
    for taxon in Taxon.objects.order_by("name"):
        children.setdefault(taxon.parent_id, []).append(taxon)

    def show(parent, depth):
        for taxon in children.get(parent, ()):
            yield "  " * depth + taxon.name
            yield from show(taxon.pk, depth + 1)

    return list(show(None, 0))


@negative("n-plus-one", "a mixed prefetch: one query for each kind")
def pinboard_prefetched():
    return [
        f"{note.text} on {note.about}" for note in Note.objects.prefetch_related("about").order_by("pk")[:50]
    ]
