-- One mail that carries several chat messages: the delivery belongs to the last of them, the earlier
-- ones stand here.
CREATE TABLE delivery_parts (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    message_id TEXT NOT NULL REFERENCES messages (id),
    PRIMARY KEY (delivery_id, message_id)
);
CREATE INDEX delivery_parts_by_message ON delivery_parts (message_id);

-- What waits unread in the chat is looked for every few seconds.
CREATE INDEX deliveries_unread ON deliveries (sent_at) WHERE channel = 'webchat' AND state IN ('sent', 'delivered');

-- What is set aside twice is one entry.
CREATE INDEX quarantine_by_external ON quarantine (inbox_id, external_id) WHERE external_id IS NOT NULL;

-- The provider's ids of earlier tries, one a line: a late word about one of them says nothing of the
-- try that an agent asked for since.
ALTER TABLE deliveries ADD COLUMN superseded TEXT;

-- What is kept for a time only is looked for by its age.
CREATE INDEX attachments_never_sent ON attachments (created_at) WHERE message_id IS NULL;
CREATE INDEX attachments_by_bytes ON attachments (sha256);
CREATE INDEX messages_by_raw ON messages (raw_sha256) WHERE raw_sha256 IS NOT NULL;
CREATE INDEX blobs_by_age ON blobs (created_at);
CREATE INDEX visitors_by_age ON visitors (last_seen_at);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- Bytes in the object store that nothing names: marked before they are deleted there, so that
-- whoever stores the same bytes at that moment is told to come again.
ALTER TABLE blobs ADD COLUMN condemned_at BIGINT;

-- How far the look for bytes that nothing names has come, in UTC milliseconds.
INSERT INTO counters (name, value) VALUES ('blobs_checked', 0);
