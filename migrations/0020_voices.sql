-- What customers say when they are asked, and the figures that reports are drawn from.

-- How each kind of survey is asked. No row is: not at all.
CREATE TABLE survey_settings (
    -- 'csat', 'nps'
    kind TEXT PRIMARY KEY,
    -- The question and the thanks, by language; {} is the usual words.
    questions TEXT NOT NULL,
    thanks TEXT NOT NULL,
    -- So long after the conversation was resolved; milliseconds.
    delay BIGINT NOT NULL,
    -- Not again to the same customer within so long; milliseconds.
    quiet BIGINT NOT NULL,
    -- A score up to this one is raised.
    low_at BIGINT NOT NULL,
    label_id TEXT,
    -- WhatsApp's window is closed: the inbox's template carries the question.
    by_template BOOLEAN NOT NULL,
    -- NPS: at most so many a day.
    a_day BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE survey_inboxes (
    kind TEXT NOT NULL,
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    PRIMARY KEY (kind, inbox_id)
);

-- One question to one customer.
CREATE TABLE surveys (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    -- Whose it is stands there: the contact of the conversation.
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    -- Who had it when it was resolved.
    agent_id TEXT,
    -- 'due', 'asked', 'answered', 'skipped'
    state TEXT NOT NULL,
    -- Why it was not asked.
    reason TEXT,
    due_at BIGINT NOT NULL,
    message_id TEXT,
    asked_at BIGINT,
    score BIGINT,
    comment TEXT,
    is_low BOOLEAN NOT NULL,
    answered_at BIGINT,
    changed_at BIGINT
);
CREATE INDEX surveys_due ON surveys (due_at) WHERE state = 'due';
CREATE INDEX surveys_by_conversation ON surveys (conversation_id, id);
CREATE INDEX surveys_answered ON surveys (answered_at, id) WHERE answered_at IS NOT NULL;
CREATE INDEX surveys_asked ON surveys (kind, asked_at) WHERE asked_at IS NOT NULL;

-- When each customer is asked next how likely they would recommend the business.
CREATE TABLE survey_turns (
    contact_id TEXT PRIMARY KEY REFERENCES contacts (id),
    next_at BIGINT NOT NULL
);
CREATE INDEX survey_turns_due ON survey_turns (next_at);

-- Up to where the figures follow the log, and how far counting anew has come (NULL: done).
CREATE TABLE report_state (
    id TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    counted_after TEXT,
    -- The zone whose days are counted.
    time_zone TEXT NOT NULL,
    -- Whoever counts goes on from the version it read, or not at all.
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- What each conversation adds to the days, as it was last counted: JSON. What changes is the difference.
CREATE TABLE report_facts (
    conversation_id TEXT PRIMARY KEY,
    facts TEXT NOT NULL
);

-- Sums by day: dimension 'all', 'channel', 'inbox', 'level', 'label', 'category', 'agent', 'team', 'company',
-- 'language'; the key is the value or id, '' for none. Times are milliseconds, those with `work_` within
-- business hours.
CREATE TABLE report_days (
    dimension TEXT NOT NULL,
    -- '2026-01-31', in the zone of the installation.
    day TEXT NOT NULL,
    key TEXT NOT NULL,
    created BIGINT NOT NULL,
    inbound BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    bot_answers BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    first_answers BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    first_work_ms BIGINT NOT NULL,
    first_5m BIGINT NOT NULL,
    first_30m BIGINT NOT NULL,
    first_2h BIGINT NOT NULL,
    first_8h BIGINT NOT NULL,
    first_24h BIGINT NOT NULL,
    aimed BIGINT NOT NULL,
    within BIGINT NOT NULL,
    resolved BIGINT NOT NULL,
    resolved_ms BIGINT NOT NULL,
    resolved_work_ms BIGINT NOT NULL,
    reopened BIGINT NOT NULL,
    bot_solved BIGINT NOT NULL,
    csat_asked BIGINT NOT NULL,
    csat_answered BIGINT NOT NULL,
    csat_sum BIGINT NOT NULL,
    csat_good BIGINT NOT NULL,
    nps_asked BIGINT NOT NULL,
    nps_answered BIGINT NOT NULL,
    promoters BIGINT NOT NULL,
    detractors BIGINT NOT NULL,
    PRIMARY KEY (dimension, day, key)
);
-- One value over time.
CREATE INDEX report_days_by_key ON report_days (dimension, key, day);

-- Reports that are mailed.
CREATE TABLE report_mails (
    id TEXT PRIMARY KEY,
    agent_id TEXT NOT NULL REFERENCES agents (id),
    -- 'weekly', 'monthly'
    every TEXT NOT NULL,
    -- What the table is broken down by.
    dimension TEXT NOT NULL,
    is_work_time BOOLEAN NOT NULL,
    next_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX report_mails_due ON report_mails (next_at);
CREATE INDEX report_mails_by_agent ON report_mails (agent_id, id);
