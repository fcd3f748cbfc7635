-- What the business teaches the bot, and what the bot decided.

CREATE TABLE knowledge_settings (
    id TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Questions that an article turned out to answer; the bot learns from them beside the article's own.
CREATE TABLE learned_examples (
    id TEXT PRIMARY KEY,
    article_id TEXT NOT NULL,
    question TEXT NOT NULL,
    -- 'confirmed' by the customer, 'agent'
    source TEXT NOT NULL,
    conversation_id TEXT,
    at BIGINT NOT NULL,
    -- Removed ones stay, so that they are not learned again.
    removed_at BIGINT
);
CREATE UNIQUE INDEX learned_examples_by_question ON learned_examples (article_id, question);
CREATE INDEX learned_examples_by_time ON learned_examples (at, id);

CREATE TABLE bot_decisions (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    question TEXT NOT NULL,
    language TEXT NOT NULL,
    -- 'answered', 'clarified', 'handed_over', 'small_talk', 'from_data'
    outcome TEXT NOT NULL,
    reason TEXT,
    -- The best candidate, shown or not.
    article_id TEXT,
    -- 0 without one.
    confidence DOUBLE PRECISION NOT NULL,
    answer_at DOUBLE PRECISION NOT NULL,
    candidates TEXT NOT NULL
);
CREATE INDEX bot_decisions_by_conversation ON bot_decisions (conversation_id, at);
CREATE INDEX bot_decisions_by_time ON bot_decisions (at, id);
