"""What happens around a save."""

from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from school.models import Enrolment, Guardian, Payment


@receiver(post_save, sender=Payment)
def settle_balance(sender, instance, created, **kwargs):
    if instance.is_settled:
        guardian = Guardian.objects.get(pk=instance.guardian_id)
        guardian.balance -= instance.amount
        guardian.save(update_fields=["balance"])


@receiver(pre_save, sender=Enrolment)
def refuse_a_full_course(sender, instance, **kwargs):
    if instance.pk is None and instance.is_active:
        taken = Enrolment.objects.filter(course_id=instance.course_id, is_active=True).count()
        if taken > 10_000:
            raise ValueError("The course is full.")
