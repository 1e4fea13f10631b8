from evidence.models.access import AccessEvent
from evidence.models.cases import Agency, CaseFile, Note, Officer
from evidence.models.items import CustodyEvent, Item, LabOrder

__all__ = ["AccessEvent", "Agency", "CaseFile", "CustodyEvent", "Item", "LabOrder", "Note", "Officer"]
