from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Reminder, Student, Waiver


@receiver(post_save, sender=Waiver)
def note_on_student(sender, instance, created, **kwargs):
    if created:
        student = Student.objects.select_related("account").get(pk=instance.student_id)  # site: grant-waivers
        # site: grant-waivers
        Reminder.objects.create(student=student, kind="waiver", note=student.account.email)
