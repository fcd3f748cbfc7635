-- One message to many. Each recipient is a row, so that a restart goes on where it was and nobody gets it twice.
CREATE TABLE broadcasts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    channel TEXT NOT NULL,
    -- What is said, and to whom: JSON.
    content TEXT NOT NULL,
    audience TEXT NOT NULL,
    is_marketing BOOLEAN NOT NULL,
    -- Messages a minute.
    pace BIGINT NOT NULL,
    -- 'counting', 'ready', 'scheduled', 'sending', 'paused', 'done', 'cancelled'
    state TEXT NOT NULL,
    -- The contact, or the line of the list, up to which recipients are known.
    counted_to TEXT NOT NULL,
    start_at BIGINT,
    -- When the next message may be written.
    next_at BIGINT NOT NULL,
    -- The code of what holds it up, and until when; paused by it where there is no time.
    held TEXT NOT NULL,
    held_until BIGINT,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX broadcasts_at_work ON broadcasts (state, id) WHERE state IN ('counting', 'scheduled', 'sending');

CREATE TABLE broadcast_recipients (
    broadcast_id TEXT NOT NULL REFERENCES broadcasts (id),
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    address TEXT NOT NULL,
    -- 'waiting', 'left_out', 'written' (on its way), 'settled' (its delivery says how it is), 'failed'
    state TEXT NOT NULL,
    -- Why left out or failed.
    reason TEXT NOT NULL,
    conversation_id TEXT,
    delivery_id TEXT,
    at BIGINT,
    PRIMARY KEY (broadcast_id, contact_id)
);
CREATE INDEX broadcast_recipients_by_state ON broadcast_recipients (broadcast_id, state, contact_id);
CREATE INDEX broadcast_recipients_by_contact ON broadcast_recipients (contact_id);

-- Since when a conversation holds nothing but what a broadcast said: it stands as resolved and in no list until its
-- customer answers.
ALTER TABLE conversations ADD COLUMN quiet_since BIGINT;
CREATE INDEX conversations_quiet ON conversations (contact_id, inbox_id) WHERE quiet_since IS NOT NULL;
CREATE INDEX conversations_heard ON conversations (status, last_message_at, id) WHERE merged_into IS NULL AND quiet_since IS NULL;
