from bureau.models.people import Client, Session, Translator
from bureau.models.texts import Memory, Segment
from bureau.models.work import Assignment, Invoice, Outbox, Project

__all__ = [
    "Assignment",
    "Client",
    "Invoice",
    "Memory",
    "Outbox",
    "Project",
    "Segment",
    "Session",
    "Translator",
]
