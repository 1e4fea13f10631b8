-- A bookshop whose tables are as large as each plan of the corpus needs. Every value is made up.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION tsm_system_rows;

CREATE TABLE publisher (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL);
CREATE TABLE author (
    id int PRIMARY KEY, publisher_id int NOT NULL, name varchar(80) NOT NULL, email text NOT NULL, rank int NOT NULL
);
CREATE TABLE book (
    id int PRIMARY KEY, author_id int NOT NULL, title text NOT NULL, status varchar(10) NOT NULL, kind int NOT NULL,
    language int NOT NULL, price numeric(8, 2) NOT NULL, sold int NOT NULL, created timestamptz NOT NULL,
    tags int[] NOT NULL, data jsonb NOT NULL
);
CREATE TABLE review (
    id int PRIMARY KEY, book_id int NOT NULL, rating int NOT NULL, body text NOT NULL, created timestamptz NOT NULL
);
CREATE TABLE invoice (id int PRIMARY KEY, total int NOT NULL);
CREATE TABLE line (id int PRIMARY KEY, invoice_id int NOT NULL REFERENCES invoice ON DELETE CASCADE, amount int NOT NULL);
CREATE TABLE parcel (id int PRIMARY KEY, invoice_id int NOT NULL REFERENCES invoice ON DELETE CASCADE);
CREATE TABLE letter (id int PRIMARY KEY);
CREATE TABLE stamp (id int PRIMARY KEY, letter_id int NOT NULL REFERENCES letter ON DELETE CASCADE);
CREATE TABLE shelf (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE category (id int PRIMARY KEY, parent_id int, name text NOT NULL);
CREATE TABLE page (id int PRIMARY KEY, heading text NOT NULL, text text NOT NULL);
CREATE TABLE scan (id int PRIMARY KEY, name text NOT NULL, image text NOT NULL);
CREATE TABLE draft (id int NOT NULL, state text NOT NULL);
CREATE TABLE stock (id int PRIMARY KEY, shelf int NOT NULL, amount int NOT NULL);
CREATE TABLE sale (id int NOT NULL, day date NOT NULL, amount int NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE visit (id int NOT NULL, visitor int NOT NULL) PARTITION BY HASH (id);

DO $$
DECLARE
    relation text;
BEGIN
    FOR n IN 0..23 LOOP
        EXECUTE format('CREATE TABLE sale_%s PARTITION OF sale FOR VALUES FROM (%L) TO (%L)', n + 1,
                       date '2024-01-01' + n * 10, date '2024-01-01' + n * 10 + 10);
    END LOOP;
    FOR n IN 0..99 LOOP
        EXECUTE format('CREATE TABLE visit_%s PARTITION OF visit FOR VALUES WITH (MODULUS 100, REMAINDER %s)', n, n);
        EXECUTE format('CREATE INDEX ON visit_%s (id)', n);
        EXECUTE format('CREATE INDEX ON visit_%s (visitor)', n);
    END LOOP;
    FOR relation IN SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', relation);
    END LOOP;
END
$$;

INSERT INTO publisher SELECT n, 'Publisher ' || n, 'Country ' || n % 7 FROM generate_series(1, 50) n;
INSERT INTO author
SELECT n, n % 50 + 1, 'Author ' || n, 'author' || n || '@example.org', n % 100 FROM generate_series(1, 5000) n;
INSERT INTO book
SELECT n, n * 7919 % 5000 + 1, 'Title ' || n, CASE WHEN n > 99900 THEN 'rare' WHEN n % 3 = 0 THEN 'old' ELSE 'new' END,
       n % 20, n % 20, n % 977, n * 31 % 1000, '2024-01-01Z'::timestamptz + n * interval '1 minute',
       ARRAY[n % 10, n % 7], jsonb_build_object('colour', 'c' || n % 5, 'ink', 'c' || n * 7 % 11, 'sheets', n % 300)
FROM generate_series(1, 100000) n;
INSERT INTO review
SELECT n, (n::bigint * 7919 % 100000)::int + 1, n % 5 + 1,
       CASE WHEN n % 100000 = 7 THEN 'needle ' ELSE '' END || md5(n::text) || ' ' || md5((n % 1000)::text),
       '2024-01-01Z'::timestamptz + n * interval '1 minute'
FROM generate_series(1, 300000) n;
INSERT INTO invoice SELECT n, n % 90 FROM generate_series(1, 3000) n;
INSERT INTO line SELECT n, n % 3000 + 1, n % 500 FROM generate_series(1, 60000) n;
INSERT INTO parcel SELECT n, n % 3000 + 1 FROM generate_series(1, 6000) n;
INSERT INTO letter SELECT n FROM generate_series(1, 3000) n;
INSERT INTO stamp SELECT n, n % 3000 + 1 FROM generate_series(1, 30000) n;
INSERT INTO shelf SELECT n, 'Shelf ' || n FROM generate_series(1, 20) n;
INSERT INTO category SELECT n, NULLIF(n / 3, 0), 'Category ' || n FROM generate_series(1, 3000) n;
INSERT INTO page SELECT n, 'Heading ' || n, repeat(md5(n::text), 50) FROM generate_series(1, 3000) n;
INSERT INTO scan
SELECT n, 'Scan ' || n, (SELECT string_agg(md5((n * 1000 + m)::text), '') FROM generate_series(1, 800) m)
FROM generate_series(1, 300) n;
INSERT INTO stock SELECT n, n % 20, n % 500 FROM generate_series(1, 100000) n;
INSERT INTO sale SELECT n, date '2024-01-01' + n % 240, n % 1000 FROM generate_series(1, 96000) n;
INSERT INTO visit SELECT n, n % 1000 FROM generate_series(1, 20000) n;

CREATE INDEX book_author ON book (author_id);
CREATE INDEX book_created ON book (created);
CREATE INDEX book_kind ON book (kind);
CREATE INDEX book_sold ON book (sold);
CREATE INDEX review_book ON review (book_id);
CREATE INDEX review_created ON review USING brin (created);
CREATE INDEX parcel_invoice ON parcel (invoice_id);
CREATE INDEX stamp_letter ON stamp (letter_id);
CREATE INDEX stock_shelf_amount ON stock (shelf, amount);

VACUUM (ANALYZE, FREEZE);

-- After the statistics: what never had any.
INSERT INTO draft SELECT n, CASE WHEN n % 2 = 0 THEN 'open' ELSE 'done' END FROM generate_series(1, 50000) n;
CHECKPOINT;
