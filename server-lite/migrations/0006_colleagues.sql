-- A colleague in a call has a session of his own; it names the first technician's, whose conversation is theirs too.

ALTER TABLE sessions ADD COLUMN joins TEXT REFERENCES sessions (id) ON DELETE SET NULL;
-- The name of whoever invited him, as it was then.
ALTER TABLE sessions ADD COLUMN invited_by TEXT;
CREATE INDEX sessions_that_join ON sessions (joins) WHERE joins IS NOT NULL;
