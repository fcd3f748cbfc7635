-- Working a long list: teams, labels, saved views, exact counts, time limits, mentions, custom fields.

-- Groups of agents that a conversation can be given to.
CREATE TABLE teams (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX teams_by_name ON teams (name);
CREATE TABLE team_members (
    team_id TEXT NOT NULL REFERENCES teams (id),
    agent_id TEXT NOT NULL REFERENCES agents (id),
    PRIMARY KEY (team_id, agent_id)
);
CREATE INDEX team_members_by_agent ON team_members (agent_id);

-- The team that has it, beside or instead of an agent.
ALTER TABLE conversations ADD COLUMN team_id TEXT;
-- Until when the waiting customer should have an answer.
ALTER TABLE conversations ADD COLUMN due_at BIGINT;

-- How long a customer may wait, by the urgency of the conversation; a missing row sets no limit.
CREATE TABLE sla_targets (
    priority TEXT PRIMARY KEY,
    minutes BIGINT NOT NULL
);

-- What the lists walk along, in each order that they offer.
CREATE INDEX conversations_by_status ON conversations (status, last_message_at, id) WHERE merged_into IS NULL;
CREATE INDEX conversations_by_team ON conversations (team_id, status, last_message_at, id) WHERE merged_into IS NULL AND team_id IS NOT NULL;
CREATE INDEX conversations_by_inbox ON conversations (inbox_id, status, last_message_at, id) WHERE merged_into IS NULL;
CREATE INDEX conversations_waiting ON conversations (status, waiting_since, id) WHERE merged_into IS NULL AND waiting_since IS NOT NULL;
CREATE INDEX conversations_due ON conversations (status, due_at, id) WHERE merged_into IS NULL AND due_at IS NOT NULL;
CREATE INDEX conversations_by_priority ON conversations (status, priority, last_message_at, id) WHERE merged_into IS NULL AND priority <> 'normal';

-- How many conversations there are of each sort, kept with every commit: a count costs the same
-- whatever it counts. Nobody and no team are ''.
CREATE TABLE tallies (
    status TEXT NOT NULL,
    level TEXT NOT NULL,
    assignee_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (status, level, assignee_id, team_id)
);
INSERT INTO tallies (status, level, assignee_id, team_id, n)
SELECT status, level, COALESCE(assignee_id, ''), '', COUNT(*) FROM conversations WHERE merged_into IS NULL
GROUP BY status, level, COALESCE(assignee_id, '');

CREATE TABLE labels (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- One of the six tints of the design.
    tint BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX labels_by_name ON labels (name);
CREATE TABLE conversation_labels (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    label_id TEXT NOT NULL REFERENCES labels (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, label_id)
);
CREATE INDEX conversation_labels_by_label ON conversation_labels (label_id, conversation_id);

-- Who was called into which conversation by a note.
CREATE TABLE mentions (
    agent_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    message_id TEXT NOT NULL REFERENCES messages (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (agent_id, message_id)
);
CREATE INDEX mentions_by_agent ON mentions (agent_id, conversation_id);
CREATE INDEX mentions_by_conversation ON mentions (conversation_id);

-- Lists that people keep: of one agent, or everybody's.
CREATE TABLE saved_views (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES agents (id),
    is_shared BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    -- The query of the list, as its address says it.
    query TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX saved_views_by_owner ON saved_views (owner_id, id);
CREATE INDEX saved_views_shared ON saved_views (id) WHERE is_shared;

-- What a business wants to know beyond what every business does.
CREATE TABLE custom_fields (
    id TEXT PRIMARY KEY,
    -- 'contact', 'company', 'conversation'
    target TEXT NOT NULL,
    name TEXT NOT NULL,
    -- 'text', 'number', 'date', 'choice', 'yes_no', 'link'
    kind TEXT NOT NULL,
    -- JSON array of texts, for 'choice'.
    choices TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX custom_fields_by_name ON custom_fields (target, name) WHERE removed_at IS NULL;
CREATE TABLE custom_values (
    object_id TEXT NOT NULL,
    field_id TEXT NOT NULL REFERENCES custom_fields (id),
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (object_id, field_id)
);

-- Since when an identity is proved; NULL where it never was, or before this was kept.
ALTER TABLE identities ADD COLUMN verified_at BIGINT;
-- The IANA name of the customer's time zone.
ALTER TABLE contacts ADD COLUMN tz TEXT;

-- The last pages that a visitor saw, the newest few of each.
CREATE TABLE visitor_pages (
    visitor TEXT NOT NULL,
    at BIGINT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (visitor, at)
);
