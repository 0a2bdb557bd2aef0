-- Builds of the customer's program, who has been shown them, and people who ask for help on the relay's page.

CREATE TABLE templates (
    id TEXT PRIMARY KEY,
    platform TEXT NOT NULL,
    version TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size > 0),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    shipped INTEGER NOT NULL CHECK (shipped IN (0, 1)),
    added_at INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    current INTEGER NOT NULL CHECK (current IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX templates_in_use ON templates (platform) WHERE current = 1;

CREATE TABLE templates_seen (
    technician TEXT NOT NULL REFERENCES technicians (id),
    template TEXT NOT NULL REFERENCES templates (id) ON DELETE CASCADE,
    PRIMARY KEY (technician, template)
) STRICT, WITHOUT ROWID;

CREATE TABLE help_requests (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    problem TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    closed_at INTEGER,
    closed_by TEXT REFERENCES technicians (id)
) STRICT;
CREATE INDEX help_requests_that_wait ON help_requests (asked_at) WHERE closed_at IS NULL;
