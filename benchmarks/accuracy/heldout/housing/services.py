# -*- coding: utf-8 -*-
'''Business logic of the cooperative (no HTTP here).'''
import time
from dataclasses import dataclass

from django.db import transaction

from .models import Lease, Option, Payment, Repair


@dataclass
class RentRoll:
    estate: str

    def leases(self):
        return Lease.objects.filter(flat__building__estate__name=self.estate, ends=None)  # site: rent-roll

    def lines(self):
        return ['%s: %s' % (lease.tenant.name, lease.flat.full_address()) for lease in self.leases()]


def setting(key):
    return Option.objects.get(key=key).value  # site: dunning-fees


def overdue():
    return Payment.objects.filter(is_paid=False)  # site: dunning-letters


def open_repairs_of(flat):
    return Repair.objects.filter(flat=flat, status='open')  # site: janitor-list


def ask_bank(iban):
    '''Stands for a call of the bank's HTTP API.'''
    time.sleep(0.7)
    return iban.startswith('DE')


def settle(payments):
    with transaction.atomic():  # site: direct-debit
        for payment in payments:
            ok = ask_bank(payment.lease.tenant.iban)  # site: direct-debit
            payment.is_paid = ok
            payment.save(update_fields=['is_paid'])  # site: direct-debit
