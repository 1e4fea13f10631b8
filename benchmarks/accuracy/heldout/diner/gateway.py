"""Stands for services on other machines."""
import time

from django.db import transaction


def charge(order):
    time.sleep(1.3)
    return f"paid-{order.number}"


def render_pdf(text):
    time.sleep(0.01)
    return text.encode()


class UnitOfWork:
    def __enter__(self):
        self.atomic = transaction.atomic()
        self.atomic.__enter__()  # site: pay-order
        return self

    def __exit__(self, *error):
        return self.atomic.__exit__(*error)
