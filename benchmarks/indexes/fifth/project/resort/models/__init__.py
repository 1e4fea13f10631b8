from resort.models.mountain import Incident, Lift, Resort
from resort.models.people import Guest, Rental
from resort.models.tickets import Pass, Scan

__all__ = ["Guest", "Incident", "Lift", "Pass", "Rental", "Resort", "Scan"]
