from seeds.models.catalogue import Collection, CollectionItem, Nursery, Review, Species, Variety
from seeds.models.stock import Lot, OrderLine

__all__ = ["Collection", "CollectionItem", "Lot", "Nursery", "OrderLine", "Review", "Species", "Variety"]
