-- Times are integer milliseconds UTC, ids UUIDv7 as text, keys and digests blobs. A shipped file is never edited.

CREATE TABLE technicians (
    id TEXT PRIMARY KEY,
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    role TEXT NOT NULL CHECK (role IN ('owner', 'technician')),
    name TEXT NOT NULL,
    company TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    host TEXT NOT NULL,
    os TEXT NOT NULL,
    arch TEXT NOT NULL,
    helper_version TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
) STRICT;

CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL
        CHECK (status IN ('open', 'waiting', 'live', 'paused', 'reconnecting', 'ended', 'interrupted')),
    customer TEXT NOT NULL,
    machine TEXT,
    technician TEXT NOT NULL REFERENCES technicians (id),
    technician_name TEXT NOT NULL,
    company TEXT NOT NULL,
    conversation TEXT NOT NULL UNIQUE REFERENCES conversations (id),
    device TEXT REFERENCES devices (id),
    helper_key BLOB CHECK (length(helper_key) = 32),
    granted TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(granted)),
    created_at INTEGER NOT NULL,
    waiting_at INTEGER,
    started_at INTEGER,
    ended_at INTEGER,
    end_reason TEXT,
    last_active_at INTEGER NOT NULL,
    unseen TEXT CHECK (unseen IN ('live', 'paused')),
    CHECK (ended_at IS NULL OR started_at IS NULL OR ended_at >= started_at),
    CHECK ((ended_at IS NULL) = (status NOT IN ('ended', 'interrupted'))),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT;
CREATE INDEX sessions_by_technician ON sessions (technician, id);
CREATE INDEX sessions_that_run ON sessions (status) WHERE ended_at IS NULL;

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id),
    kind TEXT NOT NULL CHECK (kind IN ('spoken', 'link')),
    finder BLOB NOT NULL CHECK (length(finder) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    dead_at INTEGER
) STRICT;
CREATE UNIQUE INDEX invitations_by_finder ON invitations (finder) WHERE dead_at IS NULL;
CREATE INDEX invitations_by_session ON invitations (session);

CREATE TABLE session_events (
    session TEXT NOT NULL REFERENCES sessions (id),
    seq INTEGER NOT NULL CHECK (seq > 0),
    at INTEGER NOT NULL,
    event TEXT NOT NULL CHECK (json_valid(event)),
    PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id),
    device TEXT REFERENCES devices (id),
    asked TEXT NOT NULL CHECK (json_valid(asked)),
    granted TEXT NOT NULL CHECK (json_valid(granted)),
    answer TEXT NOT NULL CHECK (answer IN ('allowed', 'denied', 'no_answer', 'grant_file')),
    answered_at INTEGER NOT NULL
) STRICT;
CREATE INDEX consents_by_session ON consents (session);

CREATE TABLE messages (
    conversation TEXT NOT NULL REFERENCES conversations (id),
    seq INTEGER NOT NULL CHECK (seq > 0),
    client_id TEXT NOT NULL,
    author TEXT NOT NULL CHECK (author IN ('technician', 'customer')),
    body TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq),
    UNIQUE (conversation, client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    summary TEXT NOT NULL CHECK (length(summary) <= 4096),
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows stay'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows stay'); END;

-- What changed, for the live console and, later, webhooks and automation. Names what to read, holds no contents.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
