from vineyard.models.cellar import Grape, Item, Lot, Reading, Wine
from vineyard.models.club import Allocation, Line, Member, Order, Remark, TastingNote

__all__ = [
    "Allocation",
    "Grape",
    "Item",
    "Line",
    "Lot",
    "Member",
    "Order",
    "Reading",
    "Remark",
    "TastingNote",
    "Wine",
]
