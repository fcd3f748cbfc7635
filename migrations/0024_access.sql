-- Who may come in and what they may see: second factors and passkeys of agents and contacts, single
-- sign-on, companies that people belong to or look after.

-- An owner is 'agent:ID' or 'contact:ID'.
CREATE TABLE passwords (
    owner TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    set_at BIGINT NOT NULL
);
CREATE TABLE totp (
    owner TEXT PRIMARY KEY,
    -- Sealed. NULL until a code of it was given.
    secret BYTEA,
    -- Sealed: shown, and no code of it given yet.
    pending BYTEA,
    -- The last time step that was used (RFC 6238): a code works once.
    last_step BIGINT NOT NULL,
    since BIGINT
);
CREATE TABLE recovery_codes (
    owner TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (owner, code_hash)
);
CREATE TABLE passkeys (
    -- The credential's id in base64url.
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    -- JSON: public key, counter and flags.
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkeys_by_owner ON passkeys (owner);
-- Sign-ins and proofs that are half done.
CREATE TABLE sign_in_steps (
    token_hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    data TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_steps_by_time ON sign_in_steps (expires_at);
-- Which account of a provider is which agent.
CREATE TABLE oidc_links (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX oidc_links_by_agent ON oidc_links (agent_id);

-- From where, and when they last proved who they are. NULL is the beginning of the session.
ALTER TABLE agent_sessions ADD COLUMN address TEXT;
ALTER TABLE agent_sessions ADD COLUMN proved_at BIGINT;
-- How: 'password', 'code', 'passkey', 'sso', 'link'.
ALTER TABLE agent_sessions ADD COLUMN proved_by TEXT;
ALTER TABLE portal_sessions ADD COLUMN address TEXT;
ALTER TABLE portal_sessions ADD COLUMN proved_at BIGINT;
-- The company that this device looks at; NULL is the person's own.
ALTER TABLE portal_sessions ADD COLUMN company_id TEXT;

-- The companies that a person belongs to, with what they may there. The company of the contact itself
-- needs no row: it counts as one with `sees_documents` and nothing else.
CREATE TABLE memberships (
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    company_id TEXT NOT NULL REFERENCES companies (id),
    -- Invites and manages colleagues, and sees everything of the company.
    is_administrator BOOLEAN NOT NULL,
    sees_documents BOOLEAN NOT NULL,
    sees_tickets BOOLEAN NOT NULL,
    -- The address that a colleague invited; NULL once its owner said yes. Until then there are no rights.
    invited_as TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (contact_id, company_id)
);
CREATE INDEX memberships_by_company ON memberships (company_id, contact_id);

-- The companies that a coordinator looks after.
CREATE TABLE agent_companies (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    company_id TEXT NOT NULL REFERENCES companies (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (agent_id, company_id)
);
CREATE INDEX agent_companies_by_company ON agent_companies (company_id);
