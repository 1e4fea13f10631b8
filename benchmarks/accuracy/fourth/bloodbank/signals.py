"""What happens when somebody saves."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Fridge, OrderLine, Shift, Staff, Unit


@receiver(post_save, sender=OrderLine)
def watch_the_order(sender, instance, created, **kwargs):
    if not created and instance.quantity > 90:
        # site: raise-quantities
        instance.siblings = OrderLine.objects.filter(order_id=instance.order_id).count()


@receiver(post_save, sender=Unit)
def fridge_is_full(sender, instance, created, **kwargs):
    if instance.status == "moved":
        instance.is_tight = Unit.objects.filter(fridge_id=instance.fridge_id).count() > 200  # site: relocate


@receiver(post_save, sender=Shift)
def check_roster(sender, instance, created, **kwargs):
    if created and instance.role == "driver":
        instance.colleagues = list(Staff.objects.filter(shifts__drive_id=instance.drive_id))  # site: drivers


@receiver(post_save, sender=Fridge)
def renamed(sender, instance, created, **kwargs):
    """Nothing is asked of the database."""
    instance.is_fresh = True
