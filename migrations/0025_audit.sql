-- Who did what, from where, and the chain that shows that nothing of it was changed since; what is kept
-- for how long; what people agreed to and asked for.

ALTER TABLE audit ADD COLUMN address TEXT;
ALTER TABLE audit ADD COLUMN user_agent TEXT;
-- The link of the chain that covers this row; NULL for a few seconds.
ALTER TABLE audit ADD COLUMN seal BIGINT;
CREATE INDEX audit_unsealed ON audit (id) WHERE seal IS NULL;
CREATE INDEX audit_by_seal ON audit (seal, id) WHERE seal IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_of_object ON audit (object, id);

CREATE TABLE audit_seals (
    -- 1, 2, 3 … without a gap.
    number BIGINT PRIMARY KEY,
    entries BIGINT NOT NULL,
    first_id TEXT NOT NULL,
    last_id TEXT NOT NULL,
    last_at BIGINT NOT NULL,
    -- SHA-256 over the rows.
    digest TEXT NOT NULL,
    -- HMAC with the instance key over all of the above and the hash of the seal before.
    hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- The rows are gone, by age; the link stays, so that the chain can still be followed.
    pruned_at BIGINT
);

-- What a person agreed to or took back, each time.
CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    -- 'news', 'whatsapp', 'surveys'
    kind TEXT NOT NULL,
    is_given BOOLEAN NOT NULL,
    -- Where: 'portal', 'agent', 'api'.
    source TEXT NOT NULL,
    -- What they read when they did.
    words TEXT NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX consents_by_contact ON consents (contact_id, kind, id);

-- What people asked about their data: 'export', 'erase'.
CREATE TABLE privacy_requests (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    kind TEXT NOT NULL,
    -- 'open', 'done', 'refused'
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    at BIGINT NOT NULL,
    settled_at BIGINT,
    settled_by TEXT
);
CREATE INDEX privacy_requests_open ON privacy_requests (at) WHERE state = 'open';
CREATE INDEX privacy_requests_by_contact ON privacy_requests (contact_id, id);

ALTER TABLE contacts ADD COLUMN erased_at BIGINT;
