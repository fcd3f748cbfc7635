-- Addresses from which mail came back for good: nobody writes to them again without knowing.
CREATE TABLE bounced_addresses (
    -- Lower-cased.
    address TEXT PRIMARY KEY,
    -- 'no_mailbox', 'no_domain', 'mailbox_disabled'
    reason TEXT NOT NULL,
    -- The enhanced status code and the server's words; may be empty.
    status TEXT NOT NULL,
    words TEXT NOT NULL,
    -- Where it was noticed.
    conversation_id TEXT NOT NULL,
    count BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
-- A notice that does not name the mail that failed still names its recipient.
CREATE INDEX deliveries_by_recipient ON deliveries (recipient, id) WHERE channel = 'email';
