from energy.models.billing import Contract, Invoice, Tariff
from energy.models.grid import Meter, Reading, Supplier

__all__ = ["Contract", "Invoice", "Meter", "Reading", "Supplier", "Tariff"]
