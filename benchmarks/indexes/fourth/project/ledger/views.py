"""Views of the interface for merchants and of the back office, as far as they ask the database."""

from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.db.models.functions import Length

from ledger.filters import PaymentFilter
from ledger.models import Dispute, Payment


def shown(payment):
    return {
        "id": str(payment.pk),
        "status": payment.status,
        "amount": f"{payment.amount} {payment.currency}",
        "at": payment.created_at.isoformat(),
    }


class PaymentList:
    page_size = 25

    def __init__(self, merchant, query):
        self.merchant = merchant
        self.query = query

    def get_queryset(self):
        mine = Payment.objects.of_merchant(self.merchant)
        return PaymentFilter(self.query, mine).qs.order_by("-created_at")

    def get(self):
        return {"results": [shown(one) for one in self.get_queryset()[: self.page_size]]}


class BackOffice(PaymentList):
    """Of all merchants."""

    def __init__(self, query):
        super().__init__(None, query)

    def get_queryset(self):
        return PaymentFilter(self.query).qs.select_related("merchant").order_by("-created_at")


class DisputeChanges:
    """Like an admin's list with its date and its count."""

    def __init__(self, page=1, **chosen):
        self.page, self.chosen = page, chosen

    def get_queryset(self):
        return Dispute.objects.filter(**self.chosen).order_by("respond_by", "-pk").defer("evidence")

    def get(self):
        paginator = Paginator(self.get_queryset(), 40)
        return list(paginator.get_page(self.page).object_list), paginator.count


def reasons():
    groups = Dispute.objects.values("reason", "state")
    return list(groups.annotate(n=Count("pk"), longest=Max(Length("evidence"))).order_by("reason", "state"))
