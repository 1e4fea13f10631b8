from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from .models import Coupon, Listing, Payout, Repair

ALERTS = []


@receiver(pre_save, sender=Payout)
def flag_large(sender, instance, **kwargs):
    paid = Payout.objects.filter(seller_id=instance.seller_id).count()  # site: import-payouts
    instance.is_flagged = paid > 1000


@receiver(post_save, sender=Repair)
def tell_owner(sender, instance, created, **kwargs):
    listing = Listing.objects.get(pk=instance.listing_id)  # site: close-repairs
    ALERTS.append(listing.title)
    del ALERTS[:-5]


@receiver(post_save, sender=Coupon)
def remember(sender, instance, **kwargs):
    ALERTS.append(instance.code)
    del ALERTS[:-5]
