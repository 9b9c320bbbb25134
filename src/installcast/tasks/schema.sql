-- Version 5 of the database (PRAGMA user_version). Times are RFC 3339 UTC texts, which sort as they follow.

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
    after_state    TEXT,                               -- what it left on the machine, where it did not succeed
    masked         INTEGER NOT NULL DEFAULT 0,         -- how often a secret was replaced in its log
    log_removed    INTEGER NOT NULL DEFAULT 0          -- its folder was old and is gone
);

CREATE UNIQUE INDEX one_active_task_a_recipe ON tasks (key) WHERE status IN ('queued', 'running');
CREATE INDEX tasks_by_user ON tasks (user, number);
CREATE INDEX tasks_by_key ON tasks (key, number);
CREATE INDEX tasks_by_end ON tasks (finished_at) WHERE log_removed = 0;
CREATE INDEX tasks_by_day ON tasks (finished_at);   -- those whose log is gone count in statistics, too

CREATE TABLE idempotency (
    user            TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash       TEXT NOT NULL,
    task_id         TEXT NOT NULL,
    created_at      TEXT NOT NULL,
    PRIMARY KEY (user, idempotency_key)
) WITHOUT ROWID;

CREATE TABLE users (
    name     TEXT PRIMARY KEY,
    password TEXT NOT NULL,                            -- scrypt$N$r$p$salt$hash
    scopes   TEXT NOT NULL                             -- JSON list
) WITHOUT ROWID;

CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL                                -- JSON
) WITHOUT ROWID;

CREATE TABLE counters (                                -- what /metrics counts beyond a restart; never falls
    name   TEXT NOT NULL,
    labels TEXT NOT NULL,                              -- JSON list of their values
    value  REAL NOT NULL,
    PRIMARY KEY (name, labels)
) WITHOUT ROWID;
