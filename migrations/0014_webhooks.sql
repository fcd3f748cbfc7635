-- Addresses of other programs that are told of events, and what was told.

CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- JSON array of event kinds; an empty one means every kind.
    kinds TEXT NOT NULL,
    -- The signing secret, sealed.
    secret BYTEA NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    -- Up to here every event has its row in webhook_deliveries, where it is one to tell.
    position BIGINT NOT NULL,
    -- Since when nothing was taken; why it was switched off.
    failing_since BIGINT,
    stopped_because TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE webhook_deliveries (
    webhook_id TEXT NOT NULL REFERENCES webhooks (id),
    position BIGINT NOT NULL,
    -- 'queued', 'sent', 'failed'
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT,
    -- What the other side said last: HTTP status, and words or the beginning of its answer.
    status BIGINT,
    answer TEXT,
    -- How long it took, in milliseconds.
    took BIGINT,
    queued_at BIGINT NOT NULL,
    settled_at BIGINT,
    PRIMARY KEY (webhook_id, position)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE state = 'queued';
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;
