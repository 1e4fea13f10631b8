from auctions.models.bidding import Bid, Bidder
from auctions.models.sales import Auction, Lot

__all__ = ["Auction", "Bid", "Bidder", "Lot"]
