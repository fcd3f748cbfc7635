-- Sending with a time and several recipients; mailboxes with several folders, a beginning and an
-- audit; accounts that are reached with OAuth.

-- Not before this time; while it waits the delivery is 'scheduled'.
ALTER TABLE deliveries ADD COLUMN send_after BIGINT;
-- 'to', 'cc' or 'bcc'.
ALTER TABLE deliveries ADD COLUMN role TEXT NOT NULL DEFAULT 'to';
CREATE INDEX deliveries_scheduled ON deliveries (send_after) WHERE state = 'scheduled';

-- The copy of a sent mail that goes into the account's own Sent folder.
CREATE TABLE sent_copies (
    message_id TEXT PRIMARY KEY REFERENCES messages (id),
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    -- The mail exactly as it left, and its Message-ID, by which the folder is searched before each try.
    raw_sha256 TEXT NOT NULL,
    external_id TEXT NOT NULL,
    -- 'queued', 'done', 'failed'
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT,
    lease_until BIGINT,
    error TEXT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX sent_copies_due ON sent_copies (next_attempt_at) WHERE state = 'queued';

-- How far the reading of a folder is, beside its cursor, and what the last audit found.
CREATE TABLE mailbox_folders (
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    -- What reached the server before this time is left alone; 0 reads everything.
    since BIGINT NOT NULL,
    -- The import that is going on: how many mails it began with, how many are done.
    total BIGINT NOT NULL,
    done BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT,
    -- Why this folder cannot be read, while the others can.
    trouble TEXT,
    audited_at BIGINT,
    audit_total BIGINT,
    audit_unfiled BIGINT,
    audit_error TEXT,
    PRIMARY KEY (inbox_id, folder)
);

-- Mails that an audit saw on the server and nowhere in the store.
CREATE TABLE mailbox_unfiled (
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    message_id TEXT,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    size BIGINT NOT NULL,
    arrived_at BIGINT,
    found_at BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, folder, uid_validity, uid)
);

-- The application that the business registered with Google or Microsoft.
CREATE TABLE oauth_clients (
    provider TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    -- Sealed.
    client_secret BYTEA NOT NULL,
    tenant TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A consent that was begun: the browser comes back with its state.
CREATE TABLE oauth_flows (
    state_hash TEXT PRIMARY KEY,
    agent_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    inbox_id TEXT,
    -- Sealed JSON: the PKCE verifier and what the form said.
    secret BYTEA NOT NULL,
    redirect_uri TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- A consent that was given. Settings of inboxes name it by its id.
CREATE TABLE oauth_accounts (
    id TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    address TEXT NOT NULL,
    -- Sealed JSON: access token, refresh token, scope.
    tokens BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    -- 'ok', 'revoked'
    state TEXT NOT NULL,
    error TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
