-- Conversations that became part of others, and what it takes to make them two again.

CREATE TABLE conversation_merges (
    id TEXT PRIMARY KEY,
    from_id TEXT NOT NULL REFERENCES conversations (id),
    into_id TEXT NOT NULL REFERENCES conversations (id),
    actor TEXT NOT NULL,
    -- JSON: what moved, and how the one that remains stood before.
    moved TEXT NOT NULL,
    at BIGINT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX conversation_merges_into ON conversation_merges (into_id) WHERE undone_at IS NULL;
CREATE INDEX conversation_merges_from ON conversation_merges (from_id);
