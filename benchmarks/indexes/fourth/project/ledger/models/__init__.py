from ledger.models.booking import Entry, Payout
from ledger.models.disputes import Dispute
from ledger.models.hooks import Counter, Webhook
from ledger.models.payments import Merchant, Payment

__all__ = ["Counter", "Dispute", "Entry", "Merchant", "Payment", "Payout", "Webhook"]
