-- Whether an agent works in every inbox, also in those that come later; else in those of agent_inboxes.
ALTER TABLE agents ADD COLUMN in_all_inboxes BOOLEAN NOT NULL DEFAULT TRUE;

CREATE TABLE agent_inboxes (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (agent_id, inbox_id)
);
CREATE INDEX agent_inboxes_by_inbox ON agent_inboxes (inbox_id);

-- What is open in an inbox is counted from the index alone. Without the state in it SQLite would take conversations_by_inbox, and fetch each row.
CREATE INDEX conversations_inbox_open ON conversations (inbox_id, status, assignee_id, level, team_id, merged_into) WHERE status = 'open' AND merged_into IS NULL;
