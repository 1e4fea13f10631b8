from festival.models.box_office import Screening, Ticket, Venue
from festival.models.catalogue import Credit, Feature, Film, Person
from festival.models.programme import Edition, Juror, Review, Submission

__all__ = [
    "Credit",
    "Edition",
    "Feature",
    "Film",
    "Juror",
    "Person",
    "Review",
    "Screening",
    "Submission",
    "Ticket",
    "Venue",
]
