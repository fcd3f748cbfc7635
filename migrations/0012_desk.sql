-- The desk: what agents write with, how they share the work, the rules that help them, and how they
-- hear of things. Texts "by language" are JSON objects from `en`, `es`, `pt` to words.

CREATE TABLE canned_replies (
    id TEXT PRIMARY KEY,
    -- Whose it is; '' is everybody's.
    owner_id TEXT NOT NULL,
    -- What is typed behind the slash.
    shortcut TEXT NOT NULL,
    title TEXT NOT NULL,
    category TEXT NOT NULL,
    -- By language.
    bodies TEXT NOT NULL,
    uses BIGINT NOT NULL,
    last_used_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX canned_replies_by_shortcut ON canned_replies (owner_id, shortcut);

-- What an agent has begun to write and not sent.
CREATE TABLE drafts (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    -- 'reply', 'note'
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    -- JSON: the channel, the cards, the uploaded files.
    extra TEXT NOT NULL,
    revision BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (agent_id, conversation_id)
);
CREATE INDEX drafts_by_conversation ON drafts (conversation_id);

-- How each agent works. No row is an agent who never said.
CREATE TABLE desks (
    agent_id TEXT PRIMARY KEY REFERENCES agents (id),
    signature TEXT NOT NULL,
    is_away BOOLEAN NOT NULL,
    -- The most open conversations that are given to them by themselves; 0 is none.
    capacity BIGINT NOT NULL,
    -- The levels that they work at, such as 'N1 N2'.
    levels TEXT NOT NULL,
    has_sound BOOLEAN NOT NULL,
    seen_at BIGINT,
    last_given_at BIGINT
);

-- How the work of each inbox is done. No row is all defaults.
CREATE TABLE inbox_desks (
    inbox_id TEXT PRIMARY KEY REFERENCES inboxes (id),
    -- By language.
    signature TEXT NOT NULL,
    -- New work at N1 is given to agents in turn.
    is_shared_out BOOLEAN NOT NULL,
    schedule_id TEXT,
    -- What a customer who writes outside the hours is told once, by language; {} is nothing.
    autoreply TEXT NOT NULL,
    -- A customer who is silent for so long is warned, and then closed; milliseconds, 0 is never.
    warn_after BIGINT NOT NULL,
    close_after BIGINT NOT NULL,
    -- By language.
    warning TEXT NOT NULL
);

-- Business hours.
CREATE TABLE schedules (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    -- JSON: seven lists of spans, Monday first.
    week TEXT NOT NULL,
    -- JSON: days that are closed, and what they are called.
    holidays TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX schedules_by_name ON schedules (name);

-- What was said to a customer by itself, and is not said again: 'autoreply', 'silence'.
CREATE TABLE conversation_marks (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    kind TEXT NOT NULL,
    message_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, kind)
);

CREATE TABLE followers (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    agent_id TEXT NOT NULL REFERENCES agents (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, agent_id)
);
CREATE INDEX followers_by_agent ON followers (agent_id, conversation_id);

-- Several things at once, at one press.
CREATE TABLE macros (
    id TEXT PRIMARY KEY,
    -- Whose it is; '' is everybody's.
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- JSON: the steps, in order.
    steps TEXT NOT NULL,
    uses BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX macros_by_name ON macros (owner_id, name);

-- When something happens, and if, then.
CREATE TABLE rules (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- The lower number goes first.
    rank BIGINT NOT NULL,
    occasion TEXT NOT NULL,
    -- JSON: all of these.
    conditions TEXT NOT NULL,
    -- JSON: the steps, in order.
    steps TEXT NOT NULL,
    -- No later rule looks at what this one took.
    is_last BOOLEAN NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    -- What happened before is not its business.
    enabled_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX rules_in_order ON rules (rank, id);
CREATE TABLE rule_runs (
    rule_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    conversation_id TEXT NOT NULL,
    rule_name TEXT NOT NULL,
    -- 'done', 'failed', 'held'
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (rule_id, position)
);
CREATE INDEX rule_runs_by_conversation ON rule_runs (conversation_id, at);
CREATE INDEX rule_runs_by_time ON rule_runs (at);

-- What each agent is told.
CREATE TABLE notifications (
    id TEXT PRIMARY KEY,
    agent_id TEXT NOT NULL REFERENCES agents (id),
    kind TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    -- Who did it, as the core writes an actor.
    actor TEXT NOT NULL,
    words TEXT NOT NULL,
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    read_at BIGINT,
    -- NULL while a digest may still name it.
    mailed_at BIGINT
);
CREATE UNIQUE INDEX notifications_once ON notifications (agent_id, position, kind);
CREATE INDEX notifications_by_agent ON notifications (agent_id, id);
CREATE INDEX notifications_unread ON notifications (agent_id, conversation_id) WHERE read_at IS NULL;
CREATE INDEX notifications_to_mail ON notifications (agent_id, at) WHERE mailed_at IS NULL;

-- What each agent wants to be told of, and how; a missing row is the default.
CREATE TABLE notification_choices (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    kind TEXT NOT NULL,
    in_page BOOLEAN NOT NULL,
    by_push BOOLEAN NOT NULL,
    by_mail BOOLEAN NOT NULL,
    PRIMARY KEY (agent_id, kind)
);

-- Browsers that take Web Push (RFC 8030).
CREATE TABLE push_subscriptions (
    id TEXT PRIMARY KEY,
    agent_id TEXT NOT NULL REFERENCES agents (id),
    endpoint TEXT NOT NULL,
    -- Base64url, as the browser gives them (RFC 8291).
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX push_subscriptions_by_endpoint ON push_subscriptions (endpoint);
CREATE INDEX push_subscriptions_by_agent ON push_subscriptions (agent_id);
CREATE TABLE pushes (
    id TEXT PRIMARY KEY,
    subscription_id TEXT NOT NULL,
    notification_id TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    lease_until BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX pushes_due ON pushes (next_attempt_at);
