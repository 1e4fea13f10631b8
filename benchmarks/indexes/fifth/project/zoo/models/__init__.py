from zoo.models.animals import Animal, Enclosure, Feeding, Keeper, Place, Species, Stay
from zoo.models.gate import Reading, Ticket
from zoo.models.records import Entry, Remark, Treatment

__all__ = [
    "Animal",
    "Enclosure",
    "Entry",
    "Feeding",
    "Keeper",
    "Place",
    "Reading",
    "Remark",
    "Species",
    "Stay",
    "Ticket",
    "Treatment",
]
