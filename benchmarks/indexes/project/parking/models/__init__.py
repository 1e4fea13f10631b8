from parking.models.permits import Permit
from parking.models.streets import Bay, Zone
from parking.models.tickets import LiveSession, Ticket

__all__ = ["Bay", "LiveSession", "Permit", "Ticket", "Zone"]
