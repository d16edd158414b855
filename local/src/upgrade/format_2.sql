-- A data file of format 2, as the versions that used it made it. For tests; it never changes.
PRAGMA application_id = 0x7461736b;
PRAGMA user_version = 2;
PRAGMA journal_mode = WAL;
CREATE TABLE messages (
    sequence_number INTEGER PRIMARY KEY AUTOINCREMENT,
    queue           INTEGER NOT NULL,
    message_id      TEXT NOT NULL,
    body            TEXT NOT NULL,
    sent_at         INTEGER NOT NULL,
    visible_at      INTEGER NOT NULL,
    receive_count   INTEGER NOT NULL,
    receipt         TEXT
);
CREATE INDEX messages_in_order ON messages (queue, sequence_number);
CREATE INDEX messages_delivered ON messages (queue, visible_at) WHERE receipt IS NOT NULL;

CREATE TABLE dedupes (
    queue           INTEGER NOT NULL,
    dedupe_id       TEXT NOT NULL,
    sequence_number INTEGER NOT NULL,
    until           INTEGER NOT NULL,
    PRIMARY KEY (queue, dedupe_id)
) WITHOUT ROWID;
CREATE INDEX dedupes_ending ON dedupes (until);

CREATE TABLE records (
    id                    INTEGER PRIMARY KEY,
    task_id               BLOB NOT NULL UNIQUE,
    revision              INTEGER NOT NULL,
    status                TEXT NOT NULL,
    needs_a_person_at     TEXT,
    finished_at           INTEGER,
    expires_at            INTEGER,
    began_after           INTEGER,
    departure             INTEGER,
    record                TEXT NOT NULL
);
CREATE INDEX records_needing_a_person ON records (needs_a_person_at, task_id) WHERE needs_a_person_at IS NOT NULL;
CREATE INDEX records_completed ON records (finished_at) WHERE status = 'completed';
CREATE INDEX records_expiring ON records (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE line (
    paused     INTEGER NOT NULL,
    departures INTEGER NOT NULL
);
INSERT INTO line VALUES (0, 0);
CREATE TABLE line_changes (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    entry TEXT NOT NULL
);
CREATE TABLE pipeline_clock (
    boot         TEXT,
    start_micros INTEGER NOT NULL
);
CREATE TABLE expiry_time (
    id    INTEGER PRIMARY KEY,
    time  INTEGER NOT NULL,
    clock INTEGER NOT NULL
);
