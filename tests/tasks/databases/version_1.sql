-- A database of version 1, as Installcast wrote it then: the dump of a run of that program.
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE idempotency (
    user            TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash       TEXT NOT NULL,
    task_id         TEXT NOT NULL,
    created_at      TEXT NOT NULL,
    PRIMARY KEY (user, idempotency_key)
) WITHOUT ROWID;
INSERT INTO "idempotency" VALUES('alice','once','5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f','nginx-distro-01jf3q6c5w1yv2x3z4a5b6c7d8','2026-01-02T03:04:05.000000Z');
CREATE TABLE tasks (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order in which tasks were asked for
    task_id        TEXT NOT NULL UNIQUE,
    key            TEXT NOT NULL,
    version        TEXT NOT NULL,
    action         TEXT NOT NULL,
    user           TEXT NOT NULL,
    status         TEXT NOT NULL,
    parameters     TEXT NOT NULL,                      -- JSON object; never a secret
    secret_names   TEXT NOT NULL,                      -- JSON list: parameters that were given and are kept nowhere
    locks          TEXT NOT NULL,                      -- JSON list
    created_at     TEXT NOT NULL,
    started_at     TEXT,
    finished_at    TEXT,
    phase          TEXT,
    progress       INTEGER NOT NULL DEFAULT 0,
    step           TEXT NOT NULL DEFAULT '',
    current_step   INTEGER NOT NULL DEFAULT 0,
    total_steps    INTEGER NOT NULL DEFAULT 0,
    progress_basis TEXT NOT NULL DEFAULT 'none',
    exit_code      INTEGER,
    error          TEXT,                               -- JSON object
    rollback       TEXT NOT NULL DEFAULT 'none',
    results        TEXT NOT NULL DEFAULT '[]',         -- JSON list; a secret one without its value
    last_seq       INTEGER,
    canceled_by    TEXT,
    log_removed    INTEGER NOT NULL DEFAULT 0          -- its folder was old and is gone
);
INSERT INTO "tasks" VALUES(1,'nginx-distro-01jf3q6c5w1yv2x3z4a5b6c7d8','nginx','distro','install','alice','succeeded','{"port": "8080"}','["pwd"]','["dpkg"]','2026-01-02T03:04:05.000000Z','2026-01-02T03:04:06.000000Z','2026-01-02T03:05:00.000000Z',NULL,100,'软件',3,3,'script',0,NULL,'none','[{"name": "url", "value": "http://x/", "secret": false}]',41,NULL,0);
INSERT INTO "tasks" VALUES(2,'redis-distro-01jf3q6c5w1yv2x3z4a5b6c7d9','redis','distro','install','bob','failed','{}','[]','[]','2026-01-02T03:04:07.000000Z','2026-01-02T03:04:08.000000Z','2026-01-02T03:06:00.000000Z','install',40,'',0,0,'none',100,'{"code": "APT_PACKAGE_NOT_FOUND", "hint": "It''s gone", "seq": 7}','succeeded','[]',9,NULL,0);
INSERT INTO "tasks" VALUES(3,'php-distro-01jf3q6c5w1yv2x3z4a5b6c7da','php','distro','install','bob','queued','{}','[]','[]','2026-01-02T03:07:07.000000Z',NULL,NULL,NULL,0,'',0,0,'none',NULL,NULL,'none','[]',NULL,NULL,0);
CREATE TABLE users (
    name     TEXT PRIMARY KEY,
    password TEXT NOT NULL,                            -- scrypt$N$r$p$salt$hash
    scopes   TEXT NOT NULL                             -- JSON list
) WITHOUT ROWID;
INSERT INTO "users" VALUES('alice','scrypt$16384$8$1$c2FsdA==$aGFzaA==','["soft:install", "soft:read"]');
CREATE UNIQUE INDEX one_active_task_a_recipe ON tasks (key) WHERE status IN ('queued', 'running');
CREATE INDEX tasks_by_user ON tasks (user, number);
CREATE INDEX tasks_by_key ON tasks (key, number);
CREATE INDEX tasks_by_end ON tasks (finished_at) WHERE log_removed = 0;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tasks',3);
COMMIT;
