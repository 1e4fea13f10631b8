from ferries.models.booking import Booking, Vehicle
from ferries.models.network import Crossing, Operator, Port, Ship

__all__ = ["Booking", "Crossing", "Operator", "Port", "Ship", "Vehicle"]
