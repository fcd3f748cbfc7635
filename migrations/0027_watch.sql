-- When a process last read a mailbox to its end: how far behind a mailbox can be.
CREATE TABLE mailbox_looks (
    inbox_id TEXT PRIMARY KEY REFERENCES inboxes (id),
    at BIGINT NOT NULL
);

-- What is wrong with the installation now: told once when it begins and once when it is over.
CREATE TABLE health_problems (
    -- Which check and about what: 'backup', 'mailbox:01J…', 'disk:host'.
    name TEXT PRIMARY KEY,
    -- The machine that saw it, for what each machine has of its own; '' for what all share.
    place TEXT NOT NULL,
    -- The check and what it is about, as people are told when it is over.
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    since BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    -- Since when it has not been seen.
    gone_since BIGINT
);

-- The W3C trace context of the request or task that made the event, where traces are on.
ALTER TABLE events ADD COLUMN trace TEXT;
