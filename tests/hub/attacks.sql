# Hostile statements, one a line, run as a plain user. "==" begins a category: refused must be refused by the guard,
# safe may give rows or an error; nothing may change or leak either way. ⏎ stands for a line break, ␀ for a zero byte.
== refused: changing things
INSERT INTO user (user_name) VALUES ('eve')
UPDATE user SET is_admin = 1
DELETE FROM model
DROP TABLE model
DROP DATABASE openmodelhub
TRUNCATE TABLE audit_log
ALTER TABLE user ADD COLUMN x INTEGER
CREATE TABLE t AS SELECT * FROM user
CREATE VIEW v AS SELECT password_hash FROM user
CREATE TRIGGER t AFTER INSERT ON model BEGIN DELETE FROM model; END
REPLACE INTO affil (affil_id, affil_name) VALUES (1, 'x')
MERGE INTO user USING model ON 1 = 1 WHEN MATCHED THEN DELETE
GRANT ALL ON *.* TO ann
CREATE USER eve IDENTIFIED BY 'x'
SET PASSWORD = 'x'
SET GLOBAL general_log = 1
SET STATEMENT max_statement_time=0 FOR SELECT 1
RENAME TABLE user TO u
LOCK TABLES user WRITE
FLUSH TABLES
KILL 1
SHUTDOWN
LOAD DATA INFILE '/etc/passwd' INTO TABLE affil
COPY user TO '/tmp/x'
VACUUM INTO '/tmp/x.db'
REINDEX
ANALYZE
BEGIN
COMMIT
ROLLBACK
SAVEPOINT x
USE mysql
CALL sys.version()
DO SLEEP(5)
PREPARE s FROM 'DELETE FROM model'
EXECUTE IMMEDIATE 'DELETE FROM model'
EXPLAIN SELECT * FROM model
DESCRIBE user
SHOW TABLES
SHOW GRANTS
HANDLER user OPEN
TABLE user
VALUES (1, 2)
PRAGMA table_info(user)
PRAGMA writable_schema = 1
ATTACH DATABASE '/tmp/x.db' AS x
DETACH DATABASE main
WITH x AS (SELECT 1) DELETE FROM model
WITH x AS (DELETE FROM model RETURNING *) SELECT * FROM x
WITH x AS (INSERT INTO affil VALUES (9, 'x', 'x') RETURNING *) SELECT * FROM x
== refused: several statements
SELECT 1; SELECT 2
SELECT 1; DROP TABLE model
SELECT 1;; DELETE FROM user
SELECT 1 -- x⏎; DELETE FROM user
; DELETE FROM user; SELECT 1
SELECT 1 DELIMITER $$ DELETE FROM user $$
== refused: comments and hints a server runs
SELECT user_name FROM user /*! UNION SELECT password_hash FROM user */
SELECT user_name FROM user /*!50000 UNION SELECT password_hash FROM user */
SELECT user_name FROM user /*M! UNION SELECT password_hash FROM user */
SELECT user_name FROM user /*m!100000 UNION SELECT password_hash FROM user */
SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */
SELECT /*+ SET_VAR(max_execution_time=0) */ 1
SELECT /* + MAX_EXECUTION_TIME(0) */ 1
SELECT /*+MAX_EXECUTION_TIME(0)*/ * FROM user
/*! DELETE FROM model */
/*!DELETE FROM model */ SELECT 1
== safe: comments
SELECT user_name /* UNION SELECT password_hash */ FROM user -- , password_hash
SELECT user_name /* /* nested */ , password_hash */ FROM user
SELECT user_name FROM user -- ⏎ UNION SELECT password_hash FROM user
SELECT user_name FROM user # x⏎ UNION SELECT password_hash FROM user
SELECT 1 --x⏎ UNION SELECT password_hash FROM user
SELECT 1--1 UNION SELECT password_hash FROM user
SELECT '/* ' || user_name || ' */' FROM user
SELECT user_name FROM user WHERE user_name = '--' OR '1'='1'
== refused: hidden tables
SELECT * FROM audit_log
SELECT count(*) FROM audit_log
SELECT 1 FROM web_session
SELECT * FROM hub_key
SELECT * FROM item_grant
SELECT * FROM person_permission
SELECT * FROM chat_step
SELECT * FROM name_token
SELECT * FROM alembic_version
SELECT * FROM sqlite_master
SELECT * FROM sqlite_schema
SELECT * FROM sqlite_temp_master
SELECT * FROM sqlite_sequence
SELECT * FROM sqlite_dbpage
SELECT * FROM main.user
SELECT * FROM temp.user
SELECT * FROM "main"."web_session"
SELECT * FROM information_schema.tables
SELECT * FROM INFORMATION_SCHEMA.COLUMNS
SELECT * FROM mysql.user
SELECT * FROM mysql.global_priv
SELECT * FROM performance_schema.threads
SELECT * FROM sys.version
SELECT * FROM `mysql`.`user`
SELECT * FROM `information_schema.tables`
SELECT user.* FROM audit_log AS user
SELECT * FROM user JOIN web_session USING (user_id)
SELECT * FROM user LEFT JOIN account ON account.user_id = user.user_id
SELECT (SELECT max(detail) FROM audit_log)
SELECT 1 WHERE EXISTS (SELECT 1 FROM web_session)
SELECT user_name FROM user WHERE user_id IN (SELECT user_id FROM web_session)
SELECT user_name FROM user WHERE user_id IN web_session
SELECT * FROM user WHERE 1 IN user
SELECT user_name FROM user UNION SELECT session_id FROM web_session
SELECT user_name FROM user EXCEPT SELECT actor FROM audit_log
WITH x AS (SELECT * FROM audit_log) SELECT * FROM x
SELECT * FROM (SELECT * FROM hub_key) k
SELECT * FROM (audit_log)
SELECT * FROM (user JOIN web_session ON 1 = 1)
SELECT * FROM uѕer
SELECT * FROM ｕｓｅｒ
SELECT * FROM `user `
SELECT * FROM "audit_log"
SELECT * FROM [web_session]
SELECT * FROM user​
== refused: hidden columns
SELECT password_hash FROM user
SELECT PASSWORD_HASH FROM USER
SELECT user.password_hash FROM user
SELECT u.password_hash FROM user u
SELECT "user"."password_hash" FROM "user"
SELECT "password_hash" FROM user
SELECT `password_hash` FROM `user`
SELECT [password_hash] FROM user
SELECT main.user.password_hash FROM user
SELECT name_key FROM user
SELECT m.name_key FROM model m
SELECT param FROM model
SELECT count(param) FROM model
SELECT length(param), hex(param) FROM model
SELECT max(password_hash) FROM user
SELECT min(u.password_hash) OVER () FROM user u
SELECT user_name FROM user WHERE password_hash LIKE '$argon%'
SELECT user_name FROM user ORDER BY password_hash
SELECT count(*) FROM user GROUP BY password_hash
SELECT user_name FROM user GROUP BY user_name HAVING max(password_hash) > 'a'
SELECT row_number() OVER (ORDER BY password_hash) FROM user
SELECT sum(1) OVER (PARTITION BY password_hash) FROM user
SELECT CASE WHEN password_hash > 'a' THEN 1 END FROM user
SELECT u.user_name FROM user u JOIN user v ON u.password_hash = v.password_hash
SELECT * FROM user JOIN user v USING (password_hash)
SELECT * FROM model JOIN user USING (name_key)
SELECT u.password_hash FROM (SELECT * FROM user) u
SELECT password_hash FROM (SELECT u.* FROM user u) x
WITH x AS (SELECT * FROM user) SELECT password_hash FROM x
WITH x AS (SELECT * FROM user) SELECT x.password_hash FROM x, user
SELECT (SELECT u.password_hash) FROM user u
SELECT (SELECT password_hash FROM user LIMIT 1)
SELECT user_name FROM user u WHERE EXISTS (SELECT 1 WHERE u.password_hash LIKE '%a%')
SELECT user_name FROM user WHERE (user_name, password_hash) > ('a', 'a')
SELECT rowid FROM user
SELECT oid FROM user
SELECT _rowid_, user_name FROM user
SELECT user.rowid FROM user
SELECT user FROM user
SELECT model FROM model
SELECT u FROM user u
SELECT (u).password_hash FROM user u
SELECT u.* EXCEPT (user_name) FROM user u
SELECT * EXCLUDE (user_name) FROM user
SELECT * REPLACE (password_hash AS user_name) FROM user
SELECT user_name password_hash, password_hash FROM user
SELECT user_name FROM user u WHERE u.param IS NULL
SELECT group_concat(password_hash) FROM user
SELECT count(DISTINCT password_hash) FROM user
SELECT string_agg(user_name, ',' ORDER BY password_hash) FROM user
SELECT count(*) FILTER (WHERE password_hash > 'a') FROM user
SELECT 'a' || password_hash FROM user
SELECT cast(password_hash AS TEXT) FROM user
SELECT pаssword_hash FROM user
== refused: names that shadow
WITH user AS (SELECT 1 AS a) SELECT * FROM user
WITH "user" AS (SELECT 'x' AS password_hash) SELECT password_hash FROM "user"
WITH Model AS (SELECT * FROM dataset) SELECT * FROM Model
WITH audit_log AS (SELECT 1) SELECT * FROM audit_log
WITH sqlite_master AS (SELECT 1) SELECT * FROM sqlite_master
WITH x AS (SELECT 1), x AS (SELECT 2) SELECT * FROM x
WITH x(model_id) AS (SELECT password_hash FROM user) SELECT * FROM x
WITH x(a, b) AS (SELECT user_id FROM user) SELECT * FROM x
SELECT web_session.user_name FROM user
SELECT model.password_hash FROM user AS model
SELECT * FROM user AS u(a, b, c, d, e, password_hash)
SELECT user.user_name FROM user u
SELECT * FROM model user, dataset user
== safe: names that shadow
SELECT model.user_name FROM user AS model
SELECT web_session.user_name FROM user AS web_session
WITH x(model_id) AS (SELECT user_id FROM user) SELECT model_id FROM x
SELECT x.password_hash FROM (SELECT user_name AS password_hash FROM user) x
SELECT user_name AS password_hash FROM user ORDER BY password_hash
SELECT audit_log.user_name FROM (SELECT * FROM user) AS audit_log
SELECT "sqlite_master".user_name FROM user "sqlite_master"
SELECT t1.user_name, c1.user_name FROM user c1, user t1
SELECT 'x' AS "`) UNION SELECT password_hash FROM user -- "
SELECT 1 AS "a""b`c]d'e\"
SELECT user_name FROM user AS `a"b` WHERE `a"b`.user_id = 1
== refused: joins and row sources
SELECT * FROM model NATURAL JOIN user
SELECT * FROM model NATURAL LEFT JOIN dataset
SELECT * FROM affil NATURAL JOIN model
SELECT * FROM model NATURAL JOIN dataset NATURAL JOIN user
SELECT * FROM model FULL OUTER JOIN dataset ON 1 = 1
SELECT * FROM model LEFT JOIN dataset
SELECT * FROM user, LATERAL (SELECT * FROM web_session) s
SELECT * FROM user CROSS APPLY (SELECT 1) x
SELECT * FROM json_each('[1]')
SELECT * FROM generate_series(1, 1000000000)
SELECT * FROM pragma_table_info('user')
SELECT * FROM pragma_database_list
SELECT * FROM dbstat
SELECT * FROM fts3tokenize
SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) t
SELECT * FROM (VALUES (1)) v
SELECT * FROM UNNEST(ARRAY[1])
SELECT * FROM user TABLESAMPLE (1 PERCENT)
SELECT * FROM user PARTITION (p0)
SELECT * FROM user INDEXED BY ix_user
SELECT * FROM user USE INDEX (PRIMARY)
SELECT * FROM user FORCE INDEX (PRIMARY)
SELECT * FROM user FOR SYSTEM_TIME ALL
SELECT * FROM user AS OF SYSTEM TIME '-10s'
SELECT * FROM user FOR UPDATE
SELECT * FROM user FOR SHARE
SELECT * FROM user LOCK IN SHARE MODE
SELECT * FROM user FOR UPDATE SKIP LOCKED
SELECT * FROM user PIVOT (count(user_id) FOR user_name IN ('a'))
SELECT * FROM user MATCH_RECOGNIZE (PATTERN (a) DEFINE a AS 1)
SELECT NEXT VALUE FOR s
SELECT * FROM s.nextval
SELECT * FROM user QUALIFY row_number() OVER () = 1
SELECT DISTINCT ON (user_id) user_name FROM user
SELECT STRAIGHT_JOIN * FROM user
SELECT SQL_CALC_FOUND_ROWS * FROM user
SELECT HIGH_PRIORITY * FROM user
SELECT SQL_NO_CACHE user_name FROM user
SELECT TOP 1 * FROM user
SELECT media_type, count(*) FROM model GROUP BY media_type WITH ROLLUP
SELECT media_type, count(*) FROM model GROUP BY ROLLUP (media_type)
SELECT media_type, count(*) FROM model GROUP BY GROUPING SETS ((media_type), ())
SELECT * FROM model START WITH model_id = 1 CONNECT BY PRIOR model_id = owner_id
== refused: files, variables and placeholders
SELECT 1 INTO OUTFILE '/tmp/x'
SELECT 1 INTO DUMPFILE '/tmp/x'
SELECT user_id INTO @x FROM user
SELECT * INTO t FROM user
SELECT LOAD_FILE('/etc/passwd')
SELECT readfile('/etc/passwd')
SELECT writefile('/tmp/x', 'x')
SELECT load_extension('x')
SELECT edit('x')
SELECT fts3_tokenizer('x')
SELECT sqlite_version(), sqlite_source_id()
SELECT sqlite_compileoption_get(0)
SELECT @@version
SELECT @@global.datadir
SELECT @x := 1
SELECT @x
SELECT :x
SELECT ?
SELECT $1
SELECT %s
SELECT {x}
SELECT user(), current_user(), version(), database()
SELECT current_user
SELECT session_user()
SELECT connection_id()
SELECT last_insert_rowid()
SELECT changes(), total_changes()
SELECT sys_exec('id')
SELECT * FROM user LIMIT 1 PROCEDURE ANALYSE()
SELECT SLEEP(20)
SELECT BENCHMARK(1000000000, MD5('a'))
SELECT GET_LOCK('x', 20)
SELECT RELEASE_ALL_LOCKS()
SELECT MASTER_POS_WAIT('x', 1, 20)
SELECT WAIT_FOR_EXECUTED_GTID_SET('x')
SELECT randomblob(1000000000)
SELECT zeroblob(1000000000)
SELECT hex(randomblob(400000000))
SELECT printf('%.*c', 900000000, 'x')
SELECT format('%.*c', 900000000, 'x')
SELECT REPEAT('a', 1000000000)
SELECT SPACE(1000000000)
SELECT LPAD('a', 1000000000, 'a')
SELECT RPAD('a', 1000000000, 'a')
SELECT char(65)
SELECT unhex('41')
SELECT quote(user_name) FROM user
SELECT json_object('a', user_name) FROM user
SELECT json_extract('{}', '$')
SELECT user_name -> '$' FROM user
SELECT user_name ->> '$' FROM user
SELECT XMLELEMENT('a')
SELECT EXTRACTVALUE('<a/>', '/a')
SELECT UPDATEXML('<a/>', '/a', 'x')
SELECT AES_DECRYPT('a', 'b')
SELECT MD5('a'), SHA2('a', 256), PASSWORD('a')
SELECT UUID(), RAND(), random()
SELECT soundex('a')
SELECT typeof(user_id) FROM user
SELECT main.lower('A')
SELECT mysql.lower('A')
SELECT `lower`('A')
SELECT "count"(*) FROM user
SELECT CONVERT('a' USING latin1)
SELECT CAST('a' AS BLOB)
SELECT CAST('a' AS BINARY)
SELECT CAST(user_name AS JSON) FROM user
SELECT BINARY user_name FROM user
SELECT x'41'
SELECT 0x41
SELECT b'1'
SELECT N'abc'
SELECT _utf8'abc'
SELECT 'a' COLLATE utf8mb4_bin
SELECT user_name COLLATE latin1_swedish_ci FROM user
SELECT RAISE(ABORT, 'x')
SELECT DATE('now', 'localtime')
SELECT strftime('%s %f', 'now', 'utc')
SELECT strftime(user_name) FROM user
SELECT DATE_FORMAT(NOW(), user_name) FROM user
SELECT group_concat(user_name, user_name) FROM user
SELECT MATCH(user_name) AGAINST ('a') FROM user
SELECT user_name MATCH 'a' FROM user
SELECT user_name GLOB 'a*' FROM user
SELECT user_name REGEXP '(a+)+$' FROM user
SELECT user_name RLIKE '(a+)+$' FROM user
SELECT user_name SIMILAR TO 'a' FROM user
SELECT regexp_replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '(a+)+$', '')
SELECT user_name SOUNDS LIKE 'a' FROM user
SELECT user_id & 1, user_id | 1, user_id ^ 1, ~user_id, user_id << 60 FROM user
SELECT ARRAY[1, 2]
SELECT INTERVAL 1 DAY
SELECT NOW() + INTERVAL user_id DAY FROM user
SELECT NOW() + INTERVAL (SELECT 1) DAY
SELECT user_name FROM user WHERE user_id = ANY (SELECT 1)
SELECT user_name FROM user WHERE user_id > ALL (SELECT 1)
SELECT lambda x: x
== refused: limits that are not numbers
SELECT 1 LIMIT (SELECT 1)
SELECT 1 LIMIT -1
SELECT 1 LIMIT 1 + 1
SELECT 1 LIMIT '1'
SELECT 1 LIMIT NULL
SELECT 1 LIMIT @x
SELECT 1 LIMIT ?
SELECT 1 LIMIT 1e9
SELECT 1 LIMIT 99999999999999999999999
SELECT 1 LIMIT 1 OFFSET (SELECT count(*) FROM user)
SELECT * FROM (SELECT user_name FROM user LIMIT (SELECT 1)) x
SELECT * FROM user FETCH FIRST 1 ROWS WITH TIES
SELECT 1 LIMIT 50 PERCENT
== refused: not readable
SELECT
SELECT FROM
SELECT FROM user
SELECT * FROM
SELECT 'unfinished
SELECT "unfinished
SELECT (1
SELECT 1)
SELECT 1 ␀ UNION SELECT password_hash FROM user
hello
-- nothing
/* nothing */
SELECT 'a\' UNION SELECT password_hash FROM user -- '
SELECT 'a\', password_hash, '\' FROM user
SELECT * FROM user WHERE user_name = 'x\' OR 1=1 -- '' UNION SELECT password_hash FROM user'
SELECT 1 UNION SELECT 1, 2
SELECT user_name FROM user WHERE sum(user_id) > 1
SELECT sum(sum(user_id)) FROM user
SELECT user_name, count(*) FROM user
SELECT 1e999
SELECT 1 GROUP BY 5
SELECT 1 ORDER BY 2
SELECT IF(1)
SELECT rank()
SELECT rank() OVER missing FROM user
SELECT 1 UNION ALL SELECT 2 EXCEPT ALL SELECT 1
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r
WITH r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r
WITH x AS (WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n FROM r) SELECT * FROM r) SELECT * FROM x
== safe: quoting
SELECT 'a\'
SELECT 'a\', user_name, '\' FROM user
SELECT '\\', '\0', '\n', '\Z', '\%', '%s', '%(x)s', ':x', '?', '{0}', '␡'
SELECT * FROM user WHERE user_name = '\' OR user_name = ' OR 1=1 -- '
SELECT * FROM user WHERE user_name = 'x'' OR ''1''=''1'
SELECT * FROM model WHERE description LIKE '%\'
SELECT * FROM model WHERE description LIKE '\\' ESCAPE '\'
SELECT * FROM model WHERE description LIKE '%''%' ESCAPE ''''
SELECT 'ʼ OR 1=1', '＇ OR 1=1', '‘'
SELECT user_name AS `x\`, user_id AS `y` FROM user
== safe: other people's private rows
SELECT * FROM model
SELECT * FROM dataset
SELECT * FROM model WHERE visibility = 'private'
SELECT count(*), sum(param_num), max(param_num), avg(param_num), max(created_at) FROM model
SELECT count(*), sum(ds_size), max(ds_size), min(description) FROM dataset
SELECT * FROM model WHERE model_id IN (11, 12)
SELECT * FROM model WHERE 1 = 1 OR visibility = 'private'
SELECT * FROM model WHERE owner_id = owner_id OR 1 = 1
SELECT * FROM model m, dataset d WHERE 1 = 1 OR 1 = 1
SELECT * FROM model_task
SELECT * FROM model_task WHERE model_id > 10
SELECT * FROM model_author
SELECT * FROM model_dataset
SELECT * FROM user_dataset
SELECT * FROM dataset_task
SELECT * FROM ds_col
SELECT * FROM cnn
SELECT * FROM module
SELECT * FROM rnn
SELECT * FROM transformer
SELECT mt.model_id FROM model_task mt LEFT JOIN model m ON m.model_id = mt.model_id WHERE m.model_id IS NULL
SELECT a.model_id FROM model_author a LEFT JOIN model m USING (model_id) WHERE m.model_name IS NULL
SELECT d.* FROM dataset d RIGHT JOIN ds_col c ON 1 = 1
SELECT model_id FROM model_author EXCEPT SELECT model_id FROM model
SELECT group_concat(model_name) FROM model
SELECT group_concat(DISTINCT col_name) FROM ds_col
SELECT lead(model_name) OVER (ORDER BY model_id) FROM model
SELECT max(model_id) FROM model
SELECT m.model_name FROM model m WHERE EXISTS (SELECT 1 FROM module x WHERE x.conv_size > 100)
SELECT CASE WHEN (SELECT count(*) FROM model WHERE model_name LIKE 'Kan%') > 0 THEN 1 / 0 END
SELECT model_name FROM model WHERE model_name LIKE 'kanarien%'
SELECT 1 FROM model WHERE model_name = 'Kanarienvogel-7B'
SELECT 1 FROM model WHERE model_name = 'kanarienvogel-7b'
SELECT 1 FROM dataset WHERE ds_name IN ('Kanarienvogel corpus', 'x')
SELECT 1 FROM model WHERE lower(model_name) = 'zeta kanarienvogel'
SELECT 1 FROM ds_col WHERE col_name = 'Kanarienvogel_col'
SELECT 1 FROM model WHERE model_name = 'Kanarienvogel'
SELECT 1 FROM model WHERE model_name = 'Zeta'
SELECT model_name FROM model WHERE param_num = 918273645
SELECT m.model_name FROM user u JOIN model m ON m.owner_id = u.user_id OR 1 = 1
SELECT * FROM (SELECT * FROM model UNION ALL SELECT * FROM model) x
WITH a AS (SELECT * FROM model), b AS (SELECT * FROM a) SELECT * FROM b
== safe: odd words
SELECT user_id::text FROM user
SELECT * FROM user NOT INDEXED
SELECT user_id end FROM user
SELECT 1 FROM user WHERE 1
== safe: bombs
SELECT count(*) FROM model a, model b, model c, model d, model e, model f, model g, model h, model i, model j
SELECT count(*) FROM user a, user b, user c, user d, user e, user f, user g, user h, user i, user j, user k, user l, user m
SELECT max(a.model_name || b.model_name || c.model_name) FROM model a, model b, model c, model d, model e, model f, model g, model h
SELECT DISTINCT a.model_name, b.model_name, c.model_name, d.model_name, e.model_name, f.model_name FROM model a, model b, model c, model d, model e, model f
SELECT a.model_id FROM model a, model b, model c, model d, model e, model f, model g, model h ORDER BY a.model_name || b.model_name || c.model_name || d.model_name
SELECT group_concat(a.description) FROM model a, model b, model c, model d, model e, model f
SELECT group_concat(a.description ORDER BY b.description DESC SEPARATOR ', ') FROM model a, model b, model c, model d, model e, model f
SELECT group_concat(DISTINCT a.description || b.model_id || c.model_id || d.model_id || e.model_id) FROM model a, model b, model c, model d, model e
SELECT a.description, b.description, c.description, d.description FROM model a, model b, model c, model d, ds_col e
SELECT sum(a.model_id) OVER (ORDER BY b.model_id, c.model_id) FROM model a, model b, model c, model d, model e, model f
SELECT count(*) OVER (PARTITION BY a.model_id ORDER BY b.model_id ROWS BETWEEN 100000 PRECEDING AND 100000 FOLLOWING) FROM model a, model b, model c, model d, model e
WITH a AS (SELECT model_id FROM model UNION ALL SELECT model_id FROM model), b AS (SELECT x.model_id FROM a x, a y), c AS (SELECT x.model_id FROM b x, b y), d AS (SELECT x.model_id FROM c x, c y) SELECT count(*) FROM d
SELECT count(*) FROM model a, model b, model c, model d, model e WHERE a.description LIKE '%a%e%i%o%u%' AND b.description LIKE '%x%y%z%' AND c.description LIKE '%q%w%'
SELECT count(*) FROM model m WHERE (SELECT count(*) FROM model a, model b, model c, model d, model e, model f WHERE a.model_id + m.model_id > b.model_id) > 0
SELECT length(replace(replace(replace(replace(replace(replace(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'))
SELECT instr(replace(replace(replace(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaa'), replace(replace(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaa') || 'b')
SELECT replace(replace(replace(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaa') LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b'
SELECT replace(replace(replace(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaa') FROM model a, model b, model c, model d
SELECT 9223372036854775807 + 1, -9223372036854775807 - 10, 9223372036854775807 * 9223372036854775807
SELECT sum(a.n) FROM (SELECT 9223372036854775807 AS n UNION ALL SELECT 9223372036854775807) a
SELECT abs(-9223372036854775807 - 1)
SELECT 1e308 * 1e308, power(10, 400), exp(10000), sqrt(-1), ln(0)
SELECT substr('abc', 9223372036854775807), substr('abc', -9223372036854775807, 9223372036854775807), left('abc', 4294967296)
SELECT round(1.5, 2147483648), round(1.5, -400)
SELECT datetime('now', '+999999 years'), date('9999-99-99'), strftime('%Y', 'x'), julianday('')
SELECT DATE_ADD('9999-12-31', INTERVAL 999999 YEAR)
SELECT nth_value(user_id, 0) OVER () FROM user
SELECT ntile(0) OVER () FROM user
SELECT lag(user_id, -1) OVER (ORDER BY user_id) FROM user
SELECT ntile(9223372036854775807) OVER () FROM user
SELECT user_id FROM user ORDER BY 1 LIMIT 4611686018427387000 OFFSET 4611686018427387000
SELECT replace(replace(replace(replace(x, 'b', ''), 'a', 'ba'), 'b', 'aaaaaaaaaaaaaaaaaaa'), 'a', '') FROM (SELECT group_concat(a.description || b.description) AS x FROM model a, model b, model c, model d) y
SELECT replace(replace(replace(replace(replace(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'b') FROM user a, user b
SELECT length(x || x || x || x || x || x || x || x || x || x) FROM (SELECT x || x || x || x || x || x || x || x || x || x AS x FROM (SELECT group_concat(a.description) AS x FROM model a, model b, model c, model d) y) z
SELECT x || x || x || x || x FROM (SELECT group_concat(a.description || b.model_id) AS x FROM model a, model b, model c) y, user u, user v
SELECT x LIKE '%a%e%a%e%a%e%a%e%a%e%a%e%a%e%a%e%Q' FROM (SELECT group_concat(a.description || b.model_id) AS x FROM model a, model b, model c, user d) y, user u
SELECT x LIKE '%_a_%_e_%_a_%_e_%_a_%_e_%_a_%_e_%_a_%_e_%Q' FROM (SELECT group_concat(a.description || b.model_id) AS x FROM model a, model b, model c, user d) y, user u
SELECT instr(x, substr(x, 2) || 'q') FROM (SELECT group_concat('a') AS x FROM model a, model b, model c, model d, model e) y, user u
SELECT count(*) FROM model GROUP BY model_id HAVING count(*) > (SELECT count(*) FROM model a, model b, model c, model d, model e, model f, model g, model h)
