-- What is spam, and whose mail and messages go there by themselves.
--
-- A conversation that is spam stands still as resolved, so that nothing that looks for work finds it; `spam_since` says
-- that it is none of what was done, either. How it stood before is in `spam`, so that it can be put back as if nothing
-- had been.
ALTER TABLE conversations ADD COLUMN spam_since BIGINT;
CREATE INDEX conversations_spam ON conversations (last_message_at, id) WHERE spam_since IS NOT NULL;

CREATE TABLE spam (
    conversation_id TEXT PRIMARY KEY REFERENCES conversations (id),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    why TEXT NOT NULL,
    words TEXT NOT NULL,
    stood TEXT NOT NULL
);

-- Senders by what the channel knows them by: an address, a whole mail domain, a number, a browser. They are texts of
-- their own: who is blocked stays so when the customer is merged, renamed or erased.
CREATE TABLE blocked_senders (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    last_at BIGINT,
    UNIQUE (kind, value)
);
CREATE INDEX blocked_senders_by_time ON blocked_senders (at, id);
