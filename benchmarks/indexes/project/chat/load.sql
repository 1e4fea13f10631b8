INSERT INTO chat_room (workspace, topic, archived)
SELECT loading.skew(i, 1, 900, 2), loading.word(i, 2, 1) || ' ' || loading.word(i, 3, 1), loading.u(i, 4) < 0.4
FROM generate_series(1, {20000}) i;

INSERT INTO chat_member (room_id, "user", role, last_read, last_seen)
SELECT DISTINCT ON (1, 2) 1 + loading.skew(i, 1, {20000}, 2), loading.n(i, 2, 30000),
  CASE WHEN loading.u(i, 3) < 0.9 THEN 'guest' WHEN loading.u(i, 3) < 0.9995 THEN 'writer' ELSE 'auditor' END,
  loading.n(i, 4, {1000000}), timestamptz '2025-01-01 00:00+00' + loading.u(i, 5) * interval '300 days'
FROM generate_series(1, {300000}) i;

INSERT INTO chat_message (room_id, author, sent_at, body, is_deleted, pinned, edited_at, client_id, reply_to_id)
SELECT 1 + loading.skew(i, 1, {20000}, 2), CASE WHEN loading.u(i, 2) < 0.2 THEN 7 ELSE loading.n(i, 3, 30000) END,
  timestamptz '2024-06-01 00:00+00' + i * interval '45 seconds',
  loading.word(i, 4, 1) || ' ' || loading.word(i, 5, 2) || ' ' || loading.name(i, 6, 1) || ' ok ' || loading.word(i, 9, 2)
    || CASE WHEN loading.u(i, 10) < 0.0004 THEN ' please refund me' ELSE '' END,
  loading.u(i, 11) < 0.03, loading.u(i, 12) < 0.0005,
  CASE WHEN loading.u(i, 13) < 0.04 THEN timestamptz '2024-06-01 01:00+00' + i * interval '45 seconds' END, md5('m' || i)::uuid,
  CASE WHEN loading.u(i, 14) < 0.25 AND i > 100 THEN i - 1 - loading.n(i, 15, 99) END
FROM generate_series(1, {1000000}) i;

INSERT INTO chat_reaction (content_type_id, object_id, "user", emoji)
SELECT (SELECT id FROM django_content_type WHERE app_label = 'chat' AND model = CASE WHEN loading.u(i, 1) < 0.9 THEN 'message' ELSE 'room' END),
  CASE WHEN loading.u(i, 1) < 0.9 THEN 1 + loading.skew(i, 2, {1000000}, 1.3) ELSE 1 + loading.n(i, 2, {20000}) END, loading.n(i, 3, 30000),
  (ARRAY['thumbsup','heart','eyes','rocket','owl'])[1 + loading.skew(i, 4, 5, 3)]
FROM generate_series(1, {300000}) i;
