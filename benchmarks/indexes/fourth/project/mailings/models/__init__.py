from mailings.models.audience import Account, Subscriber
from mailings.models.sending import Campaign, Click, Delivery, Outgoing

__all__ = ["Account", "Campaign", "Click", "Delivery", "Outgoing", "Subscriber"]
