from clinic.models.appointments import Appointment, Room
from clinic.models.laboratory import LabResult
from clinic.models.people import Patient, Practice

__all__ = ["Appointment", "LabResult", "Patient", "Practice", "Room"]
