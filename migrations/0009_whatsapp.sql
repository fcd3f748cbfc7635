-- What a chat channel needs beside the core: the provider's id of every part of a message, the length of
-- recordings, and the templates that Meta approved.

-- A message that needs several sends has several ids; customers quote and react to any of them.
CREATE TABLE provider_ids (
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    provider_id TEXT NOT NULL,
    message_id TEXT NOT NULL REFERENCES messages (id),
    PRIMARY KEY (inbox_id, provider_id)
);

-- How long a recording plays, in milliseconds; NULL where that is unknown or makes no sense.
ALTER TABLE attachments ADD COLUMN duration BIGINT;

CREATE TABLE whatsapp_templates (
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    -- Meta's id of it; web hooks name it.
    id TEXT NOT NULL,
    -- MARKETING, UTILITY, AUTHENTICATION, as Meta writes it.
    category TEXT NOT NULL,
    -- APPROVED, PENDING, REJECTED, PAUSED, DISABLED …, as Meta writes it.
    status TEXT NOT NULL,
    -- Why it was rejected or paused, where Meta says so.
    reason TEXT NOT NULL,
    quality TEXT NOT NULL,
    -- Header, body, footer and buttons: Meta's own JSON.
    components TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, name, language)
);
CREATE INDEX whatsapp_templates_by_id ON whatsapp_templates (id);

-- When the templates of a number were listed last, and what went wrong then.
CREATE TABLE whatsapp_syncs (
    inbox_id TEXT PRIMARY KEY REFERENCES inboxes (id),
    at BIGINT NOT NULL,
    trouble TEXT NOT NULL
);
