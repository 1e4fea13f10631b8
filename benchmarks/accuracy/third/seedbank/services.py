"""What the desk asks for again and again."""

from dataclasses import dataclass

from .models import Accession, Loan


def overdue_loans(limit=60):
    # site: dunning-letters
    return Loan.objects.filter(returned_on__isnull=True).order_by("lent_on", "pk")[:limit]


@dataclass
class Line:
    number: str
    taxon: str
    keeper: str

    @classmethod
    def of(cls, packet):
        accession = packet.accession
        return cls(accession.number, accession.taxon.name, packet.barcode)


class Drawer:
    """Accessions of a country, however few."""

    def __init__(self, iso):
        self.iso = iso

    def content(self):
        return Accession.objects.filter(country__iso=self.iso).order_by("number")[:25]  # site: drawer-owners


def as_row(trial):
    yield trial.tested_on
    yield trial.lab.country.name
    yield trial.rate
