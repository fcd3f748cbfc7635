-- Mail outside any conversation: a link that confirms an address, a link that signs somebody in.
-- Once a notice has left or failed, its words and its link are wiped: they are secrets.

CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    recipient TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    -- The one thing to press: its words and its address.
    action_label TEXT NOT NULL,
    action_url TEXT NOT NULL,
    -- Without angle brackets; fixed when the notice is written.
    message_id TEXT NOT NULL,
    -- 'queued', 'sent', 'failed'
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT,
    error TEXT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX notices_due ON notices (next_attempt_at) WHERE state = 'queued';

-- The user of the business's own site that a browser was signed in as; NULL is anybody.
ALTER TABLE visitors ADD COLUMN signed_as TEXT;
