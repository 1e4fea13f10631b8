from bloodbank.models.donors import Donation, Donor, Site
from bloodbank.models.stock import Allocation, Component, Fridge, FridgeLog, Order, Plasma, TestResult

__all__ = [
    "Allocation",
    "Component",
    "Donation",
    "Donor",
    "Fridge",
    "FridgeLog",
    "Order",
    "Plasma",
    "Site",
    "TestResult",
]
