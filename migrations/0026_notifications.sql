-- What customers are told: one row for each person, in the same commit as what it tells of (or by the
-- worker that handles its event, once), and by which ways they want to hear of each kind.
CREATE TABLE contact_notifications (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    -- 'ticket', 'visit', 'invoice', 'payment', 'due', 'reading', 'contract', 'survey', 'access'
    kind TEXT NOT NULL,
    -- Names the sentence; its arguments are a JSON object of texts and numbers.
    words TEXT NOT NULL,
    args TEXT NOT NULL,
    -- Where it leads: a path of ours.
    path TEXT NOT NULL,
    -- The id of what it is about.
    subject TEXT NOT NULL,
    -- The ways that a worker still has to take: '', 'mail', 'whatsapp', 'mail whatsapp'.
    owes TEXT NOT NULL,
    at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX contact_notifications_by_contact ON contact_notifications (contact_id, id);
CREATE INDEX contact_notifications_unread ON contact_notifications (contact_id, path) WHERE read_at IS NULL;
CREATE INDEX contact_notifications_owed ON contact_notifications (id) WHERE owes <> '';
CREATE INDEX contact_notifications_by_age ON contact_notifications (at);

-- Who never chose is told as the business does it usually.
CREATE TABLE contact_choices (
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    kind TEXT NOT NULL,
    by_mail BOOLEAN NOT NULL,
    by_whatsapp BOOLEAN NOT NULL,
    by_push BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (contact_id, kind)
);

-- Customers' browsers that take Web Push (RFC 8030), while their session stands.
CREATE TABLE contact_browsers (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    -- The hash that names the session which signed it up.
    session TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    -- Base64url, as the browser gives them (RFC 8291).
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX contact_browsers_by_endpoint ON contact_browsers (endpoint);
CREATE INDEX contact_browsers_by_contact ON contact_browsers (contact_id);

CREATE TABLE contact_pushes (
    id TEXT PRIMARY KEY,
    subscription_id TEXT NOT NULL,
    notification_id TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    lease_until BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX contact_pushes_due ON contact_pushes (next_attempt_at);
