from bloodbank.models.donors import BloodGroup, Donor, Site
from bloodbank.models.stock import Assay, Donation, Hospital, Request, Unit

__all__ = ["Assay", "BloodGroup", "Donation", "Donor", "Hospital", "Request", "Site", "Unit"]
