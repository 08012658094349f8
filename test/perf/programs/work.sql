-- Work for the bench: filling, indexing, joining and grouping two tables of 100 rows for each n in the table `repetitions`.
-- Sorting more than fits its cache would go to a file, and the disk is read-only.
PRAGMA temp_store = MEMORY;
CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, kind INTEGER, price INTEGER);
CREATE TABLE orders (item INTEGER, amount INTEGER);
BEGIN;
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100 * (SELECT n FROM repetitions))
INSERT INTO items SELECT n, 'item ' || (n * 7919 % 1000003), n % 13, n * 31 % 997 FROM numbers;
INSERT INTO orders SELECT 1 + id * 17 % (SELECT count(*) FROM items), id % 5 + 1 FROM items;
COMMIT;
CREATE INDEX by_name ON items (name);
SELECT count(*), sum(length(name)) FROM items WHERE name LIKE 'item 1%';
SELECT kind, sum(price * amount), count(DISTINCT name) FROM orders JOIN items ON items.id = orders.item GROUP BY kind ORDER BY 2 DESC, 1 LIMIT 3;
SELECT count(*) FROM items a JOIN items b ON b.name = a.name AND b.id > a.id;
UPDATE items SET price = price + 1 WHERE kind IN (2, 3, 5, 7);
SELECT sum(price) FROM items;
