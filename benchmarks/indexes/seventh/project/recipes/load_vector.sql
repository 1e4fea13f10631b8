CREATE TABLE recipes_taste (recipe_id uuid PRIMARY KEY, place vector(24) NOT NULL);
INSERT INTO recipes_taste (recipe_id, place)
SELECT md5('recipe' || i)::uuid, (SELECT array_agg((loading.u(i * 24 + k, 1) + loading.u(i % 500 + k, 2))::real)::vector(24) FROM generate_series(1, 24) k) FROM generate_series(1, {60000}) i;
