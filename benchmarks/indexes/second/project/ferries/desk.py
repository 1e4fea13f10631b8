"""What the desk's pages share."""

from ferries.models import Booking


def get_or_none(model, **lookups):
    return model._default_manager.filter(**lookups).first()


class BookingSearch:
    """A search form: each field that is filled in narrows it down."""

    per_page = 30
    ordering = "-made_at"

    def __init__(self, form):
        self.form = {name: value for name, value in form.items() if value not in ("", None)}

    def queryset(self):
        found = Booking.objects.select_related("operator")
        if email := self.form.get("email"):
            found = found.filter(email__icontains=email)
        if (state := self.form.get("state")) is not None:
            found = found.filter(state=state)
        if since := self.form.get("since"):
            found = found.filter(made_at__gte=since)
        if voucher := self.form.get("voucher"):
            found = found.filter(voucher=voucher)
        return found.order_by(self.ordering)

    def page(self):
        start = (int(self.form.get("page", 1)) - 1) * self.per_page
        return self.queryset()[start : start + self.per_page]
