"""A filter set of the interface's list: each parameter that was given is one condition."""

from ledger.models import Payment


class PaymentFilter:
    lookups = {
        "status": "status",
        "currency": "currency",
        "card": "card",
        "least": "amount__gte",
        "most": "amount__lte",
        "since": "created_at__gte",
        "order": "metadata__order_id",
        "descriptor": "descriptor__icontains",
    }

    def __init__(self, data, queryset=None):
        self.data = data
        self.queryset = Payment.objects.all() if queryset is None else queryset

    @property
    def qs(self):
        found = self.queryset
        for name, value in self.data.items():
            if value not in (None, ""):
                found = found.filter(**{self.lookups[name]: value})
        return found
