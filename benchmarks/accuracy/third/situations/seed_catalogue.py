"""What the seed library shows."""

from itertools import groupby

from django.http import JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.generic import ListView, TemplateView
from seedbank.models import Accession, Collector, Loan, Note, Packet, Trial, Vault
from seedbank.services import Drawer, Line, as_row, overdue_loans
from situation import positive


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    relations=("country", "taxon"),
    code=('Accession.objects.select_related("taxon", "country")',),
)
def catalogue(request):
    """A property of the model reads one relation, the template another."""
    found = Accession.objects.stored().order_by("number")[:40]  # site: catalogue
    return render(request, "seedbank/catalogue.html", {"accessions": found})


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    relations=("collector__institute",),
    code=(
        'Accession.objects.select_related("collector__institute")',
        'Accession.objects.prefetch_related("collector__institute")',
    ),
)
class AccessionList(ListView):
    """`Collector.__str__` goes one further."""

    queryset = Accession.objects.filter(status="drying").order_by("number")  # site: accession-list
    template_name = "seedbank/list.html"
    paginate_by = 30


@positive(
    "n-plus-one",
    model="seedbank.Vault",
    relations=("shelves__accessions",),
    code=('Vault.objects.prefetch_related("shelves__accessions")',),
)
class VaultTour(TemplateView):
    template_name = "seedbank/vaults.html"

    def get_context_data(self, **kwargs):
        kwargs["vaults"] = Vault.objects.order_by("name")  # site: vault-tour
        return super().get_context_data(**kwargs)


@positive(
    "n-plus-one",
    model="seedbank.Trial",
    relations=("lab__country",),
    code=('Trial.objects.select_related("lab__country")', 'Trial.objects.prefetch_related("lab__country")'),
)
def trials_csv():
    """A streamed response; the helper is a generator."""
    trials = Trial.objects.filter(rate__gte=98).order_by("pk")[:80]  # site: trials-csv
    return StreamingHttpResponse(",".join(map(str, as_row(trial))) + "\n" for trial in trials)


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    code_contains=("Subquery(|Prefetch(|annotate(",),
    also=("query-in-loop",),
)
def sprouting(request):
    """A property asks for the newest of each."""
    found = Accession.objects.filter(status="depleted").order_by("number")[:30]  # site: sprouting
    return JsonResponse({a.number: a.last_rate for a in found})


@positive("n-plus-one", model="seedbank.Accession", code_contains=("Exists(",), also=("query-in-loop",))
def at_home():
    everything = Accession.objects.order_by("-number")[:50]  # site: at-home
    return [a.number for a in everything if not a.is_on_loan()]


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    relations=("tags",),
    code=('Accession.objects.prefetch_related("tags")',),
)
def tagged(request):
    accessions = Accession.objects.filter(grams__gt=380).order_by("number")[:40]  # site: tagged
    return render(request, "seedbank/tagged.html", {"accessions": accessions})


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    relations=("donations__donor",),
    code=(
        'Accession.objects.prefetch_related("donations__donor")',
        'Accession.objects.prefetch_related(Prefetch("donations", queryset=Donation.objects.select_related("donor")))',
    ),
)
def provenance():
    out = {}
    for accession in Accession.objects.filter(status="stored").order_by("pk")[:35]:  # site: provenance
        out[accession.number] = [(d.received_on.year, d.donor.name) for d in accession.donations.all()]
    return out


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    relations=("donors__country",),
    code=(
        'Accession.objects.prefetch_related("donors__country")',
        'Accession.objects.prefetch_related("donors", "donors__country")',
        'Accession.objects.prefetch_related(Prefetch("donors", queryset=Donor.objects.select_related("country")))',
    ),
)
def donor_lands():
    """Half of it is prefetched."""
    accessions = Accession.objects.prefetch_related("donors").order_by("number")[:40]  # site: donor-lands
    return {a.number: {donor.country.iso for donor in a.donors.all()} for a in accessions}


@positive(
    "n-plus-one",
    model="seedbank.Note",
    relations=("about",),
    code=('Note.objects.prefetch_related("about")',),
)
def pinboard():
    notes = Note.objects.order_by("pk")[:50]  # site: pinboard
    return "\n".join(f"{note.text} on {note.about}" for note in notes)


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    relations=("notes",),
    code=('Accession.objects.prefetch_related("notes")',),
)
def annotated_catalogue():
    lines = []
    for a in Accession.objects.for_catalogue()[:30]:  # site: annotated-catalogue
        notes = "; ".join(n.text for n in a.notes.all())
        lines.append(f"{a.taxon.name}: {notes}")
    return lines


@positive(
    "n-plus-one",
    model="seedbank.Loan",
    relations=("institute",),
    code=('Loan.objects.select_related("institute")', 'Loan.objects.prefetch_related("institute")'),
)
def by_institute():
    loans = Loan.objects.filter(grams=9).order_by("pk")[:70]  # site: by-institute
    return [
        f"{loan.institute.name}: {loan.lent_on}"
        for loan in sorted(loans, key=lambda loan: loan.institute.name)
    ]


@positive(
    "n-plus-one",
    model="seedbank.Packet",
    relations=("accession__taxon",),
    code=('Packet.objects.select_related("accession__taxon")',),
)
def packing_list():
    """A dataclass with a constructor of its own."""
    packets = Packet.objects.filter(grams=20).order_by("barcode")[:45]  # site: packing-list
    return [Line.of(packet) for packet in packets]


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    relations=("shelf__vault",),
    code=(
        'Accession.objects.select_related("shelf__vault")',
        'Accession.objects.prefetch_related("shelf__vault")',
    ),
)
def shelved():
    rows = Accession.objects.filter(shelf__isnull=False).order_by("shelf__vault_id")[:60]  # site: shelved
    return {name: len(list(group)) for name, group in groupby(rows, key=lambda a: a.shelf.vault.name)}


@positive(
    "n-plus-one",
    model="seedbank.Loan",
    relations=("accession__taxon", "institute__country"),
    code=('Loan.objects.select_related("accession__taxon", "institute__country")',),
)
def dunning_letters():
    """The service builds it, the page reads it."""
    text = "{} in {}: please return {}"
    return [
        text.format(loan.institute.name, loan.institute.country.name, loan.accession.label)
        for loan in overdue_loans()
    ]


@positive(
    "n-plus-one",
    model="seedbank.Collector",
    relations=("mentor__mentor",),
    code=(
        'Collector.objects.select_related("mentor__mentor")',
        'Collector.objects.prefetch_related("mentor__mentor")',
    ),
)
def grandmentors():
    out = []
    for person in Collector.objects.filter(pk__gt=20).order_by("pk")[:40]:  # site: grandmentors
        if person.mentor and person.mentor.mentor:
            out.append((person.name, person.mentor.mentor.name))
    return out


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    relations=("passport",),
    code=('Accession.objects.select_related("passport")', 'Accession.objects.prefetch_related("passport")'),
    beside=("unread-columns",),
)
def with_papers():
    """Half of them have none."""
    titles = []
    for a in Accession.objects.order_by("number")[:60]:  # site: with-papers
        if hasattr(a, "passport"):
            titles.append(a.passport.title)
    return titles


@positive(
    "n-plus-one",
    model="seedbank.Accession",
    relations=("collector",),
    code=('Accession.objects.select_related("collector")', 'Accession.objects.prefetch_related("collector")'),
)
def drawer_owners():
    return {a.number: a.collector and a.collector.name for a in Drawer("AD").content()}
