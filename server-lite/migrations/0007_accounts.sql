-- Technicians who sign in with a password, the browsers in which they are signed in, and names that were tried in vain.

-- Of a browser, the key of the first sign-in: it opens nothing by itself.
ALTER TABLE technicians ADD COLUMN seat TEXT NOT NULL DEFAULT 'desktop' CHECK (seat IN ('desktop', 'browser'));

CREATE TABLE accounts (
    technician TEXT PRIMARY KEY REFERENCES technicians (id) ON DELETE CASCADE,
    -- In small letters.
    login TEXT NOT NULL UNIQUE,
    -- Argon2id, as a PHC string.
    password TEXT NOT NULL,
    totp BLOB CHECK (length(totp) = 20),
    -- Shown to him and not confirmed yet.
    totp_offered BLOB CHECK (length(totp_offered) = 20),
    -- The time step of the code that was used last; none up to it is taken again.
    totp_step INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_codes (
    technician TEXT NOT NULL REFERENCES accounts (technician) ON DELETE CASCADE,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (technician, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE browser_sessions (
    id TEXT PRIMARY KEY,
    technician TEXT NOT NULL REFERENCES accounts (technician) ON DELETE CASCADE,
    -- Of the cookie's token.
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    key BLOB NOT NULL CHECK (length(key) = 32),
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX browser_sessions_by_technician ON browser_sessions (technician, id);

-- Of names that there are and of others alike.
CREATE TABLE sign_in_tries (
    name BLOB PRIMARY KEY CHECK (length(name) = 32),
    failures INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
