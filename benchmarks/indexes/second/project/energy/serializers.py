"""By hand: what the interface shows of a record."""


def of_invoice(invoice):
    return {
        "number": invoice.number,
        "supplier": invoice.supplier.slug,
        "amount": str(invoice.amount),
        "due": invoice.due_on.isoformat(),
    }


def of_meter(meter):
    return {"ean": meter.ean, "address": f"{meter.street}, {meter.postcode} {meter.city}"}
