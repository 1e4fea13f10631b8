"""What happens around a save."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from newsroom.models import Alert, Comment, Desk


@receiver(post_save, sender=Comment)
def tell_the_desk(sender, instance, created, **kwargs):
    if created and not instance.is_approved:
        desk = Desk.objects.get(articles=instance.article_id)
        Alert.objects.create(article_id=instance.article_id, desk=desk, text=f"{instance.name} waits")
