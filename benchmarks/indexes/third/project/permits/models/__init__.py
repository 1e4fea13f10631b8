from permits.models.dossiers import Attachment, BuildingPermit, Dossier, EventPermit, Inspection, LogEntry
from permits.models.land import Municipality, Parcel

__all__ = [
    "Attachment",
    "BuildingPermit",
    "Dossier",
    "EventPermit",
    "Inspection",
    "LogEntry",
    "Municipality",
    "Parcel",
]
