-- What a session keeps of the device that came, what technicians write to both, and how they are found.

ALTER TABLE sessions ADD COLUMN host TEXT;
ALTER TABLE sessions ADD COLUMN os TEXT;
ALTER TABLE sessions ADD COLUMN country TEXT;
ALTER TABLE sessions ADD COLUMN region TEXT;
ALTER TABLE sessions ADD COLUMN city TEXT;
ALTER TABLE sessions ADD COLUMN notes TEXT NOT NULL DEFAULT '';
-- Everything that is searched, in small letters.
ALTER TABLE sessions ADD COLUMN words TEXT NOT NULL DEFAULT '';
UPDATE sessions SET host = (SELECT d.host FROM devices d WHERE d.id = device),
                    os = (SELECT d.os FROM devices d WHERE d.id = device);
UPDATE sessions SET words = lower(concat_ws(char(10), customer, machine, host, technician_name, id));
CREATE INDEX sessions_by_creation ON sessions (created_at, id);
CREATE INDEX sessions_by_customer ON sessions (customer, id);
CREATE INDEX sessions_by_device ON sessions (device, id) WHERE device IS NOT NULL;
CREATE INDEX consents_by_device ON consents (device) WHERE device IS NOT NULL;

CREATE TABLE session_tags (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (session, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_tags_by_tag ON session_tags (tag, session);

ALTER TABLE devices ADD COLUMN customer TEXT;
ALTER TABLE devices ADD COLUMN machine TEXT;
ALTER TABLE devices ADD COLUMN address TEXT;
ALTER TABLE devices ADD COLUMN country TEXT;
ALTER TABLE devices ADD COLUMN region TEXT;
ALTER TABLE devices ADD COLUMN city TEXT;
ALTER TABLE devices ADD COLUMN notes TEXT NOT NULL DEFAULT '';
UPDATE devices SET customer = (SELECT s.customer FROM sessions s WHERE s.device = devices.id ORDER BY s.id LIMIT 1);
UPDATE devices SET machine = (SELECT s.machine FROM sessions s WHERE s.device = devices.id AND s.machine IS NOT NULL
                              AND s.customer = devices.customer ORDER BY s.id LIMIT 1);

CREATE TABLE device_tags (
    device TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (device, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_tags_by_tag ON device_tags (tag, device);
