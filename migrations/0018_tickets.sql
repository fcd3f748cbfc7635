-- Tickets as a desk works them: categories, fields of each kind, links, history, levels with their
-- checklists, what the customer is told, and the clocks of the promises made to them.

ALTER TABLE tickets ADD COLUMN problem_id TEXT;
-- When the earliest of its clocks runs out; NULL while none runs.
ALTER TABLE tickets ADD COLUMN due_at BIGINT;
-- When a promise was broken first.
ALTER TABLE tickets ADD COLUMN breached_at BIGINT;
-- Until when the customer can say whether it is solved.
ALTER TABLE tickets ADD COLUMN confirm_until BIGINT;
-- How often it was returned to a lower level.
ALTER TABLE tickets ADD COLUMN bounces BIGINT NOT NULL DEFAULT 0;

-- What the lists of tickets walk along.
CREATE INDEX tickets_open ON tickets (number) WHERE status <> 'resolved';
CREATE INDEX tickets_open_due ON tickets (due_at, number) WHERE status <> 'resolved' AND due_at IS NOT NULL;
CREATE INDEX tickets_open_level ON tickets (level, number) WHERE status <> 'resolved';
CREATE INDEX tickets_open_assignee ON tickets (assignee_id, number) WHERE status <> 'resolved';
CREATE INDEX tickets_by_assignee ON tickets (assignee_id, number);
CREATE INDEX tickets_by_category ON tickets (category, number) WHERE category IS NOT NULL;
CREATE INDEX tickets_by_problem ON tickets (problem_id, number) WHERE problem_id IS NOT NULL;
CREATE INDEX tickets_by_update ON tickets (updated_at, number);
CREATE INDEX tickets_to_confirm ON tickets (confirm_until) WHERE confirm_until IS NOT NULL;

CREATE TABLE ticket_categories (
    id TEXT PRIMARY KEY,
    -- '' is the top.
    parent_id TEXT NOT NULL,
    -- By language.
    names TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
-- A field of tickets without a row here belongs to every kind.
CREATE TABLE ticket_field_kinds (
    field_id TEXT NOT NULL REFERENCES custom_fields (id),
    kind TEXT NOT NULL,
    PRIMARY KEY (field_id, kind)
);
-- What each agent knows about.
CREATE TABLE agent_skills (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    category_id TEXT NOT NULL REFERENCES ticket_categories (id),
    PRIMARY KEY (agent_id, category_id)
);
CREATE INDEX agent_skills_by_category ON agent_skills (category_id);

-- Between two tickets: 'duplicate' (the first is one of the second), 'related' (either way round).
CREATE TABLE ticket_links (
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    other_id TEXT NOT NULL REFERENCES tickets (id),
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, other_id)
);
CREATE INDEX ticket_links_by_other ON ticket_links (other_id);
-- Issues in somebody else's tracker.
CREATE TABLE ticket_references (
    id TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX ticket_references_by_ticket ON ticket_references (ticket_id, id);
CREATE TABLE ticket_history (
    id TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    -- JSON: small facts.
    data TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX ticket_history_by_ticket ON ticket_history (ticket_id, id);

-- What a level wants to be told before it takes something over.
CREATE TABLE level_checks (
    id TEXT PRIMARY KEY,
    level TEXT NOT NULL,
    rank BIGINT NOT NULL,
    -- 'tick', 'text'
    kind TEXT NOT NULL,
    is_required BOOLEAN NOT NULL,
    -- By language.
    labels TEXT NOT NULL
);
-- Every step from one level to another.
CREATE TABLE level_moves (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    from_level TEXT NOT NULL,
    to_level TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- JSON: pairs of label and answer.
    checks TEXT NOT NULL,
    -- Who had it before.
    had_by TEXT,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX level_moves_by_conversation ON level_moves (conversation_id, id);

-- What a customer is told when a ticket changes; '' is every inbox, every kind.
CREATE TABLE ticket_notices (
    inbox_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    occasion TEXT NOT NULL,
    -- By language; {} says nothing.
    texts TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, kind, occasion)
);
CREATE TABLE ticket_settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- The promises. '' is any; of those that fit, the one with the lowest rank counts.
CREATE TABLE sla_policies (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    rank BIGINT NOT NULL,
    level TEXT NOT NULL,
    priority TEXT NOT NULL,
    kind TEXT NOT NULL,
    inbox_id TEXT NOT NULL,
    -- '' is the hours of the inbox.
    schedule_id TEXT NOT NULL,
    -- Minutes of business hours; 0 is no promise.
    first_minutes BIGINT NOT NULL,
    next_minutes BIGINT NOT NULL,
    resolve_minutes BIGINT NOT NULL,
    -- So many percent of the time gone is near the end.
    warn_percent BIGINT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE ticket_clocks (
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    -- 'first', 'next', 'resolution'
    kind TEXT NOT NULL,
    policy_id TEXT NOT NULL,
    -- Milliseconds of business hours: what is allowed, and what was used up before it runs now.
    allowed BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    running_since BIGINT,
    stopped_at BIGINT,
    due_at BIGINT,
    warn_at BIGINT,
    warned_at BIGINT,
    breached_at BIGINT,
    -- How often it was kept and broken; the next answer is promised again and again.
    kept BIGINT NOT NULL,
    broken BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, kind)
);
CREATE INDEX ticket_clocks_due ON ticket_clocks (due_at) WHERE due_at IS NOT NULL AND breached_at IS NULL;
CREATE INDEX ticket_clocks_near ON ticket_clocks (warn_at) WHERE warn_at IS NOT NULL AND warned_at IS NULL;
-- How far the clocks of open tickets have been set anew after a policy changed.
CREATE TABLE sla_rework (
    id TEXT PRIMARY KEY,
    after BIGINT NOT NULL
);
