from freight.models.jobs import DispatchJob
from freight.models.network import Carrier, Port
from freight.models.shipments import Leg, Shipment

__all__ = ["Carrier", "DispatchJob", "Leg", "Port", "Shipment"]
