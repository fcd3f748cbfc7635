-- What a chat says first, to whoever looks at a page for a while. Its figures are counts; nobody is remembered.
CREATE TABLE proactive_messages (
    id TEXT PRIMARY KEY,
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    -- The first one that fits a page is shown.
    rank BIGINT NOT NULL,
    name TEXT NOT NULL,
    is_on BOOLEAN NOT NULL,
    -- Paths or addresses, one a line; none is every page.
    pages TEXT NOT NULL,
    after_seconds BIGINT NOT NULL,
    in_hours BOOLEAN NOT NULL,
    -- By language: JSON.
    words TEXT NOT NULL,
    -- In whose name; the business's where nobody stands here.
    agent_id TEXT,
    shown BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    answered BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX proactive_messages_of_inbox ON proactive_messages (inbox_id, rank, id);
