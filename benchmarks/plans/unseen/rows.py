"""The rows: skewed, correlated, out of line, stale; the same numbers on each server."""

from __future__ import annotations

from django.apps import apps
from django.db import connection

# A cheap hash of a row's number: scattered, and the same everywhere.
SCATTER = """
    CREATE FUNCTION scatter(n bigint, m int, salt int DEFAULT 0) RETURNS int IMMUTABLE PARALLEL SAFE
    LANGUAGE sql RETURN abs(hashint8(n * 7919 + salt)) % m
"""

FILL = """
INSERT INTO clinic_ward SELECT i, 'Ward ' || i, i % 6 FROM generate_series(1, 40) i;
INSERT INTO clinic_doctor
    SELECT i, 'Dr ' || md5(i::text), md5(i::text) || '@clinic.org', 1 + i % 40, i % 50 > 0
    FROM generate_series(1, 3000) i;
INSERT INTO clinic_patient
    SELECT i, 'M' || lpad(i::text, 9, '0'), initcap(substr(md5(scatter(i, 60000, 1)::text), 1, 9)),
           md5(i::text) || '@mail.org', date '1930-01-01' + scatter(i, 33000, 2),
           lpad(scatter(i, 900, 3)::text, 5, '0'), 'Town ' || scatter(i, 900, 3) / 3,
           (ARRAY['A+','A+','A+','0+','0+','B+','AB-'])[1 + scatter(i, 7, 4)],
           CASE WHEN i % 4 = 0 THEN repeat(md5(i::text), 45) ELSE '' END
    FROM generate_series(1, 200000) i;
INSERT INTO clinic_stay
    SELECT i, 1 + scatter(i, 200000, 5), 1 + (power(scatter(i, 1000, 6) / 1000.0, 3) * 40)::int % 40,
           CASE WHEN i % 10 > 0 THEN 1 + scatter(i, 3000, 7) END,
           CASE WHEN scatter(i, 1000, 8) < 4 THEN 'planned' WHEN scatter(i, 1000, 8) < 14 THEN 'admitted'
                ELSE 'discharged' END,
           CASE WHEN scatter(i, 400, 9) = 0 THEN 5 ELSE 1 + scatter(i, 4, 10) END,
           timestamptz '2020-01-01' + i * interval '9 min',
           CASE WHEN scatter(i, 1000, 8) >= 14 THEN timestamptz '2020-01-03' + i * interval '9 min' END,
           scatter(i, 2000000, 11) / 100.0
    FROM generate_series(1, 300000) i;
INSERT INTO clinic_invoice
    SELECT i, 1 + scatter(i, 300000, 12), 'R' || i, scatter(i, 900000, 13) / 100.0
    FROM generate_series(1, 60000) i;
INSERT INTO clinic_reading
    SELECT i, 1 + scatter(i, 300000, 14), scatter(i, 200, 15), scatter(i, 100000, 16) / 10.0,
           timestamptz '2024-01-01' + i * interval '1 min'
    FROM generate_series(1, 500000) i;
INSERT INTO clinic_tariff SELECT i, i * 20, i * 20 + 20, 'T' || i FROM generate_series(0, 999) i;
INSERT INTO clinic_letter
    SELECT i, 1 + scatter(i, 200000, 17), timestamptz '2024-01-01' + i * interval '1 hour',
           (SELECT string_agg(md5((i * 1000 + k)::text), '') FROM generate_series(1, 700) k)
    FROM generate_series(1, 2000) i;
INSERT INTO clinic_alarm
    SELECT i, scatter(i, 5000, 18), (ARRAY['fire','door','lift','power'])[1 + scatter(i, 4, 19)],
           timestamptz '2025-01-01' + i * interval '1 min'
    FROM generate_series(1, 120000) i;
INSERT INTO clinic_visit
    SELECT i, 1 + scatter(i, 200000, 20), 'G' || i % 400, timestamptz '2023-01-01' + i * interval '1 hour'
    FROM generate_series(1, 5000) i;
INSERT INTO clinic_shift
    SELECT i, scatter(i, 500, 52), date '2020-01-01' + scatter(i, 1500, 53), 4 + i % 8
    FROM generate_series(1, 500000) i;
INSERT INTO freight_depot
    SELECT i, 'D' || i, (ARRAY['north','south','east','west'])[1 + i % 4] FROM generate_series(1, 60) i;
INSERT INTO freight_carrier SELECT i, 'Carrier ' || i FROM generate_series(1, 25) i;
INSERT INTO freight_service SELECT i, 'Service ' || i FROM generate_series(1, 12) i;
INSERT INTO freight_parcel
    SELECT i, 'BC' || lpad(i::text, 12, '0'), md5(scatter(i, 90000, 21)::text) || '@send.net',
           'Name ' || md5(scatter(i, 250000, 22)::text),
           CASE WHEN i > 399000 THEN 'open' WHEN scatter(i, 1000, 23) < 3 THEN 'damaged'
                ELSE 'delivered' END,
           lpad(scatter(i, 1500, 24)::text, 5, '0'), 'City ' || scatter(i, 1500, 24) / 2,
           scatter(i, 3000, 25) / 100.0, scatter(i, 90000, 26)::text,
           CASE WHEN scatter(i, 10, 27) < 4 THEN 7 ELSE 1 + scatter(i, 60, 28) END,
           CASE WHEN i < 6000 THEN 25 ELSE 1 + scatter(i, 24, 29) END,
           timestamptz '2022-01-01' + i * interval '5 min',
           timestamptz '2022-01-01' + i * interval '5 min' + scatter(i, 40000, 30) * interval '10 min',
           scatter(i, 500, 31) = 0,
           jsonb_build_object('ref', 'r' || scatter(i, 200000, 32), 'zone', scatter(i, 9, 33),
                              'size', jsonb_build_object('h', scatter(i, 50, 34), 'w', scatter(i, 50, 35))),
           ARRAY['t' || scatter(i, 400, 36), 't' || scatter(i, 400, 37)]
    FROM generate_series(1, 400000) i;
INSERT INTO freight_parcel_services (parcel_id, service_id)
    SELECT DISTINCT 1 + scatter(i, 400000, 38), 1 + scatter(i, 12, 39) FROM generate_series(1, 500000) i;
INSERT INTO freight_scan
    SELECT i, 1 + scatter(i, 400000, 40), 1 + scatter(i, 60, 41),
           CASE WHEN scatter(i, 2000, 42) = 0 THEN 'DMG' ELSE 'IN' || scatter(i, 4, 43) END,
           i / 600 * 7 + scatter(i, 900, 44), timestamptz '2023-01-01' + i * interval '2 min'
    FROM generate_series(1, 500000) i;
INSERT INTO freight_sample
    SELECT i, CASE WHEN scatter(i, 10, 45) < 3 THEN 9 ELSE 1 + scatter(i, 60, 46) END,
           scatter(i, 1000000, 47) / 1000.0, scatter(i, 3, 48),
           timestamptz '2024-01-01' + i * interval '1 min'
    FROM generate_series(1, 500000) i;
"""

EVENTS = """
DO $$ BEGIN
    FOR i IN 0..23 LOOP
        EXECUTE format(
            'CREATE TABLE clinic_event_%s PARTITION OF clinic_event FOR VALUES FROM (%L) TO (%L)', i,
            timestamptz '2024-01-01 00:00+00' + i * interval '30 days',
            timestamptz '2024-01-01 00:00+00' + (i + 1) * interval '30 days');
    END LOOP;
END $$;
INSERT INTO clinic_event
    SELECT i, timestamptz '2024-01-01 00:00+00' + i * interval '3 min', scatter(i, 30, 49),
           scatter(i, 9000, 50), md5(i::text)
    FROM generate_series(1, 300000) i;
"""

AFTER = (
    "INSERT INTO clinic_visit SELECT i, 1 + scatter(i, 200000, 51), "
    "CASE WHEN i % 3 = 0 THEN 'NEW' ELSE 'G' || i % 400 END, "
    "timestamptz '2025-06-01' + i * interval '1 min' FROM generate_series(5001, 200000) i",
    # What makes the map of visible pages forget a third of this table.
    "UPDATE clinic_reading SET value = value + 1 WHERE kind < 70",
)
LEFT_STALE = {"clinic_alarm", "clinic_visit"}


def fill() -> None:
    """Make the tables and their rows, and leave them as a server in use would have them."""
    models = [*apps.get_app_config("clinic").get_models(), *apps.get_app_config("freight").get_models()]
    with connection.schema_editor() as editor:
        for model in models:
            if model._meta.managed:
                editor.create_model(model)
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute(SCATTER)
        cursor.execute(
            "CREATE TABLE clinic_event (id bigint, at timestamptz NOT NULL, kind smallint, actor int, "
            "text text) PARTITION BY RANGE (at)"
        )
        cursor.execute(EVENTS)
        names = [name for name in connection.introspection.table_names(cursor) if "_" in name]
        for name in names:
            cursor.execute("SELECT relkind FROM pg_class WHERE relname = %s", [name])
            if cursor.fetchone()[0] == "r":
                cursor.execute(f"ALTER TABLE {name} SET (autovacuum_enabled = off)")
        cursor.execute(FILL)
        # A constraint that the database itself cascades, as `db_on_delete` of Django 6.1 makes it.
        cursor.execute(
            "ALTER TABLE clinic_invoice ADD FOREIGN KEY (stay_id) REFERENCES clinic_stay (id) "
            "ON DELETE CASCADE"
        )
        cursor.execute("VACUUM ANALYZE clinic_visit")
        for name in names:
            if name not in LEFT_STALE:
                cursor.execute(f"VACUUM ANALYZE {name}")
        for statement in AFTER:
            cursor.execute(statement)
        cursor.execute("CREATE INDEX patient_history ON clinic_patient USING gin (email gin_trgm_ops)")
        cursor.execute("ANALYZE clinic_reading")
