from rails.models.network import Run, Station, Train
from rails.models.sales import Card, Hold, Scan, Ticket

__all__ = ["Card", "Hold", "Run", "Scan", "Station", "Ticket", "Train"]
