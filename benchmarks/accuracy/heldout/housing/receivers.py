from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from .models import Complaint, Invoice, Lease, Notice, Option

SEEN = []


@receiver(post_save, sender=Invoice)
def check_budget(sender, instance, created, **kwargs):
    spent = Invoice.objects.filter(firm=instance.firm_id).count()  # site: book-invoices
    if spent > 10_000:
        SEEN.append(instance.number)


@receiver(pre_save, sender=Complaint)
def mark_urgent(sender, instance, **kwargs):
    words = Option.objects.get(key='option-3').value  # site: import-complaints
    running = Lease.objects.filter(flat_id=instance.flat_id, ends=None).exists()  # site: import-complaints
    instance.is_urgent = running and words in instance.text


@receiver(post_save, sender=Notice)
def remember(sender, instance, **kwargs):
    SEEN.append(instance.text)
    del SEEN[:-10]
