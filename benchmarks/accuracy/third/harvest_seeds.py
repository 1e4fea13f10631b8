"""Rows of the seed library."""

from __future__ import annotations

import random
import uuid
from datetime import date
from typing import Any

from data_rows import minutes, pick, prose, rows


def fill_seedbank() -> None:
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection
    from seedbank import models as s

    countries = rows(
        s.Country, 40, lambda i: {"name": f"Country {i}", "iso": f"{chr(65 + i // 26)}{chr(65 + i % 26)}"}
    )
    taxa: list[Any] = []
    for i in range(63):  # a tree, six deep
        parent = taxa[(i - 1) // 2] if i else None
        taxa.append(
            s.Taxon.objects.create(name=f"Taxon {i}", rank="genus" if i > 30 else "family", parent=parent)
        )
    institutes = rows(s.Institute, 60, lambda i: {"name": f"Institute {i}", "country": pick(countries, i)})
    collectors: list[Any] = []
    for i in range(150):
        collectors.append(
            s.Collector.objects.create(
                name=f"Collector {i}",
                institute=pick(institutes, i, 7) if i % 5 else None,
                mentor=collectors[i // 3] if i else None,
            )
        )
    vaults = rows(s.Vault, 8, lambda i: {"name": f"Vault {i}", "keeper": collectors[i * 9]})
    shelves = rows(s.Shelf, 160, lambda i: {"vault": vaults[i % 8], "label": f"S{i}"})
    tags = rows(s.Tag, 30, lambda i: {"name": f"tag{i}"})
    donors = rows(s.Donor, 90, lambda i: {"name": f"Donor {i}", "country": pick(countries, i, 3)})
    accessions = rows(
        s.Accession,
        3000,
        lambda i: {
            "id": uuid.UUID(int=i + 1),
            "number": f"AC{i:05}",
            "taxon": pick(taxa, i, 5),
            "collector": pick(collectors, i * 7 + i // 150) if i % 6 else None,
            "country": pick(countries, i, 3),
            "shelf": pick(shelves, i * 3 + i // 160) if i % 8 else None,
            "grams": 5 + i % 400,
            "status": ("stored", "stored", "drying", "depleted")[i % 4],
            "is_deleted": i % 50 == 49,
            "created_at": minutes(i, 300),
        },
    )
    tagged = s.Accession.tags.through
    tagged.objects.bulk_create(
        [
            tagged(accession=one, tag=pick(tags, i + n * 7))
            for i, one in enumerate(accessions)
            for n in range(3)
        ]
    )
    source = random.Random(3)
    rows(
        s.Passport,
        300,
        lambda i: {
            "accession": accessions[i * 2],
            "title": f"Passport {i}",
            "habitat": prose(i, 5000),
            "field_notes": prose(i + 400, 7000),
            "scan": source.randbytes(10_000),
        },
    )
    rows(
        s.Donation,
        4000,
        lambda i: {
            "accession": pick(accessions, i),
            "donor": pick(donors, i, 7),
            "received_on": date(2000 + i % 24, 5, 2),
        },
    )
    rows(
        s.Trial,
        9000,
        lambda i: {
            "accession": accessions[i // 3],
            "lab": pick(institutes, i, 7),
            "technician": pick(collectors, i, 11) if i % 4 else None,
            "tested_on": date(2010 + i % 3 * 4, 1 + i % 12, 1),
            "rate": 20 + i % 80,
        },
    )
    rows(
        s.Loan,
        2500,
        lambda i: {
            "accession": pick(accessions, i * 7),
            "institute": pick(institutes, i * 3 + i // 60),
            "approved_by": pick(collectors, i, 13) if i % 3 else None,
            "grams": 1 + i % 9,
            "lent_on": date(2015 + i % 10, 1 + i % 12, 9),
            "returned_on": date(2025, 1, 1 + i % 28) if i % 5 else None,
        },
    )
    kinds = [ContentType.objects.get_for_model(model) for model in (s.Accession, s.Vault)]
    rows(
        s.Note,
        1200,
        lambda i: {
            "content_type": kinds[i % 12 == 11],
            "object_id": str((pick(vaults, i // 12) if i % 12 == 11 else accessions[i]).pk),
            "text": f"Note {i}",
        },
    )
    rows(
        s.Packet,
        12_000,
        lambda i: {"accession": accessions[i // 4], "barcode": f"B{i:06}", "grams": 1 + i % 20},
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO seedbank_climate (vault_id, at, celsius) SELECT (SELECT min(id) FROM seedbank_vault) + n % 8,"
            " TIMESTAMPTZ '2025-06-02 12:00Z' - n * INTERVAL '1 minute', -18 + n % 5 FROM generate_series(1, 250000) AS n"
        )
