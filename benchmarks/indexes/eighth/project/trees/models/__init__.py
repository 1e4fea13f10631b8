from trees.models.inventory import Asset, Bench, Photo, Taxon, Tree
from trees.models.work import Contractor, Inspection, Notice, Probe, Report, Watering, WorkOrder

__all__ = [
    "Asset",
    "Bench",
    "Contractor",
    "Inspection",
    "Notice",
    "Photo",
    "Probe",
    "Report",
    "Taxon",
    "Tree",
    "Watering",
    "WorkOrder",
]
