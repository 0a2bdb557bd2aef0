-- The company's key and what it says of technicians. The private half is never here.

CREATE TABLE company (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    key BLOB NOT NULL CHECK (length(key) = 32),
    since INTEGER NOT NULL
) STRICT;

-- A technician who is gone leaves his certificates behind: they are told to helpers as revoked until their time is over.
CREATE TABLE certificates (
    id TEXT PRIMARY KEY,
    technician TEXT NOT NULL,
    sealed BLOB NOT NULL CHECK (length(sealed) <= 1125),
    ends_at INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX certificates_by_technician ON certificates (technician, added_at);

-- Of which versions a technician has been told.
CREATE TABLE news_seen (
    technician TEXT NOT NULL REFERENCES technicians (id) ON DELETE CASCADE,
    version TEXT NOT NULL,
    PRIMARY KEY (technician, version)
) STRICT, WITHOUT ROWID;
