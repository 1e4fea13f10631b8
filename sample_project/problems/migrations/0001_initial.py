"""First tables of problems."""

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orders", "0001_initial"),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("author", models.CharField(max_length=80)),
                ("body", models.CharField(max_length=200)),
                ("written", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="IndexedMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("author", models.CharField(max_length=80)),
                ("body", models.CharField(max_length=200)),
                ("written", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Upper("body"), name="gin_trgm_ops"
                        ),
                        name="message_body_trigram",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Shipment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tracking_code", models.CharField(max_length=20)),
                ("depot", models.CharField(max_length=8)),
                ("status", models.CharField(max_length=12)),
                ("contact", models.CharField(max_length=80)),
                ("details", models.JSONField(default=dict)),
                (
                    "labels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), default=list, size=None
                    ),
                ),
                ("window", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("shipped", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="IndexedShipment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tracking_code", models.CharField(max_length=20)),
                ("depot", models.CharField(max_length=8)),
                ("status", models.CharField(max_length=12)),
                ("contact", models.CharField(max_length=80)),
                ("details", models.JSONField(default=dict)),
                (
                    "labels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), default=list, size=None
                    ),
                ),
                ("window", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("shipped", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tracking_code"], name="shipment_code"),
                    models.Index(fields=["order"], name="shipment_order"),
                    models.Index(fields=["depot", "-shipped"], name="shipment_depot_shipped"),
                    models.Index(
                        condition=models.Q(("status", "lost")), fields=["-shipped"], name="shipment_lost"
                    ),
                    models.Index(models.F("details__customs"), name="shipment_customs"),
                    models.Index(fields=["shipped"], name="shipment_shipped"),
                    models.Index(
                        django.db.models.functions.text.Upper("contact"), name="shipment_contact_upper"
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["labels"], name="shipment_labels_gin"),
                    django.contrib.postgres.indexes.GistIndex(fields=["window"], name="shipment_window_gist"),
                ],
            },
        ),
    ]
