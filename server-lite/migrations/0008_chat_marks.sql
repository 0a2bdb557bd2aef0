-- How far each side of a conversation has taken in what the other wrote, as places in it.

ALTER TABLE conversations ADD COLUMN technician_delivered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN technician_read INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN customer_delivered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN customer_read INTEGER NOT NULL DEFAULT 0;
-- Finds the last message of one side without reading the other's.
CREATE INDEX messages_by_author ON messages (conversation, author, seq);
