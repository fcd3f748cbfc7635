-- The core. One text for SQLite and PostgreSQL: only TEXT, BIGINT, BOOLEAN, BYTEA, DOUBLE PRECISION;
-- ids are ULIDs made by the program; times are UTC milliseconds; JSON is TEXT and never queried inside.

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('position', 0), ('conversation', 0), ('ticket', 0);

CREATE TABLE events (
    position BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    conversation_id TEXT,
    subject_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX events_by_conversation ON events (conversation_id, position);

-- How far each consumer group has come: everything at or below low_water has had its effect.
CREATE TABLE consumers (
    grp TEXT PRIMARY KEY,
    low_water BIGINT NOT NULL
);
CREATE TABLE consumed (
    grp TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (grp, position)
);
CREATE TABLE consumer_failures (
    grp TEXT NOT NULL,
    position BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT NOT NULL,
    is_dead BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (grp, position)
);

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    token BIGINT NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE blobs (
    sha256 TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    -- Small bytes live in the row; NULL means that the object store has them.
    data BYTEA,
    created_at BIGINT NOT NULL
);

CREATE TABLE companies (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    domain TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX companies_by_domain ON companies (domain) WHERE domain IS NOT NULL;

CREATE TABLE contacts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    language TEXT,
    company_id TEXT REFERENCES companies (id),
    merged_into TEXT REFERENCES contacts (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX contacts_by_company ON contacts (company_id);

CREATE TABLE identities (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    is_verified BOOLEAN NOT NULL,
    -- Where it came from: a channel, 'signed', 'confirmed', 'agent'.
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX identities_by_value ON identities (kind, value);
CREATE INDEX identities_by_contact ON identities (contact_id);

-- Addresses that people typed and did not prove. They never open anybody's history.
CREATE TABLE claims (
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    PRIMARY KEY (contact_id, kind, value)
);
CREATE UNIQUE INDEX claims_by_token ON claims (token_hash);

CREATE TABLE contact_merges (
    id TEXT PRIMARY KEY,
    winner_id TEXT NOT NULL REFERENCES contacts (id),
    loser_id TEXT NOT NULL REFERENCES contacts (id),
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- What moved, so that it can move back.
    moved TEXT NOT NULL,
    at BIGINT NOT NULL,
    undone_at BIGINT
);

CREATE TABLE inboxes (
    id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    -- Sealed JSON of the channel's own settings, secrets included.
    settings BYTEA NOT NULL,
    -- How the channel addresses this account: e-mail address, phone number id, widget key.
    address TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    bot_enabled BOOLEAN NOT NULL,
    health TEXT NOT NULL,
    health_detail TEXT NOT NULL,
    health_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX inboxes_by_name ON inboxes (name);
CREATE INDEX inboxes_by_address ON inboxes (channel, address);

CREATE TABLE inbox_cursors (
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    last_uid BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, folder)
);

CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    channel TEXT NOT NULL,
    subject TEXT,
    language TEXT NOT NULL,
    status TEXT NOT NULL,
    level TEXT NOT NULL,
    assignee_id TEXT,
    priority TEXT NOT NULL,
    -- The identity that wrote last and where an answer goes.
    reply_identity TEXT,
    reply_address TEXT,
    preview TEXT NOT NULL,
    message_count BIGINT NOT NULL,
    waiting_since BIGINT,
    last_inbound_at BIGINT,
    last_message_at BIGINT NOT NULL,
    resolved_at BIGINT,
    snoozed_until BIGINT,
    related_to TEXT,
    merged_into TEXT,
    version BIGINT NOT NULL,
    -- The last position that touched it; what a reply on a stale view is compared with.
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX conversations_by_number ON conversations (number);
CREATE INDEX conversations_by_contact ON conversations (contact_id, last_message_at);
CREATE INDEX conversations_open ON conversations (status, assignee_id, last_message_at, id) WHERE merged_into IS NULL;
CREATE INDEX conversations_all ON conversations (last_message_at, id) WHERE merged_into IS NULL;
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE status = 'snoozed';

CREATE TABLE participants (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    -- A lower-cased address, wa_id or visitor: whoever may write into the conversation.
    value TEXT NOT NULL,
    PRIMARY KEY (conversation_id, value)
);

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    inbox_id TEXT REFERENCES inboxes (id),
    author_kind TEXT NOT NULL,
    author_id TEXT NOT NULL,
    external_id TEXT,
    subject TEXT,
    -- What is shown first; body is the whole text where that differs.
    text TEXT NOT NULL,
    body TEXT,
    html TEXT,
    cards TEXT NOT NULL,
    answer TEXT,
    extra TEXT,
    auto TEXT NOT NULL,
    matched_by TEXT,
    in_reply_to TEXT,
    quarantined TEXT,
    raw_sha256 TEXT,
    -- The provider's time, and the time that orders the conversation.
    sent_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_by_external ON messages (inbox_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX messages_by_conversation ON messages (conversation_id, at, id);

CREATE TABLE attachments (
    id TEXT PRIMARY KEY,
    message_id TEXT REFERENCES messages (id),
    -- Who uploaded it, until a message takes it.
    uploaded_by TEXT,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    is_inline BOOLEAN NOT NULL,
    content_id TEXT,
    -- A file that the channel still has: where, how often it was tried, when it is tried next.
    source TEXT,
    fetch_attempts BIGINT NOT NULL,
    fetch_at BIGINT,
    fetch_error TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX attachments_to_fetch ON attachments (fetch_at) WHERE fetch_at IS NOT NULL;
CREATE INDEX attachments_by_message ON attachments (message_id);

-- Every mail id that was seen: those of our messages and those that messages only refer to.
CREATE TABLE thread_ids (
    mid TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    is_held BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (mid, conversation_id)
);
CREATE INDEX thread_ids_by_conversation ON thread_ids (conversation_id, created_at);

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    message_id TEXT NOT NULL REFERENCES messages (id),
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    external_id TEXT NOT NULL,
    provider_id TEXT,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT,
    error_code TEXT,
    error TEXT,
    extra TEXT,
    -- What of a message that needs several sends has left; the channel's own JSON.
    progress TEXT,
    queued_at BIGINT NOT NULL,
    sent_at BIGINT,
    delivered_at BIGINT,
    read_at BIGINT,
    failed_at BIGINT
);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state = 'queued';
CREATE INDEX deliveries_unknown ON deliveries (next_attempt_at) WHERE state = 'unknown';
CREATE INDEX deliveries_by_message ON deliveries (message_id);
CREATE INDEX deliveries_by_conversation ON deliveries (conversation_id, id);
CREATE INDEX deliveries_by_external ON deliveries (external_id);
CREATE INDEX deliveries_by_provider ON deliveries (provider_id) WHERE provider_id IS NOT NULL;

-- When each identity last wrote to each inbox: WhatsApp's 24 hours count from here.
CREATE TABLE windows (
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    address TEXT NOT NULL,
    last_inbound_at BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, address)
);

CREATE TABLE tickets (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    category TEXT,
    priority TEXT NOT NULL,
    level TEXT NOT NULL,
    status TEXT NOT NULL,
    assignee_id TEXT,
    brief TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    resolved_at BIGINT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX tickets_by_number ON tickets (number);
CREATE INDEX tickets_by_conversation ON tickets (conversation_id, number);
CREATE INDEX tickets_by_contact ON tickets (contact_id, number);

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_object ON audit (object, at);

-- What arrived and could not be filed, for a person to look at.
CREATE TABLE quarantine (
    id TEXT PRIMARY KEY,
    inbox_id TEXT,
    channel TEXT NOT NULL,
    external_id TEXT,
    reason TEXT NOT NULL,
    raw_sha256 TEXT,
    at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX quarantine_by_raw ON quarantine (raw_sha256);
CREATE INDEX quarantine_open ON quarantine (at) WHERE settled_at IS NULL;
