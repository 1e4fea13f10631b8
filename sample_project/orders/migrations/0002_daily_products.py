"""Counts the products of a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="dailysales",
            name="products",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
