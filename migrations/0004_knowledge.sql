-- Articles, and what the bot remembers of a conversation.

CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    slug TEXT NOT NULL,
    language TEXT NOT NULL,
    -- Translations of one article share it.
    grp TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    questions TEXT NOT NULL,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX articles_by_slug ON articles (language, slug);
CREATE INDEX articles_by_group ON articles (grp);
CREATE INDEX articles_by_change ON articles (updated_at);

CREATE TABLE article_versions (
    article_id TEXT NOT NULL REFERENCES articles (id),
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    questions TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (article_id, version)
);

CREATE TABLE article_feedback (
    id TEXT PRIMARY KEY,
    article_id TEXT NOT NULL,
    conversation_id TEXT,
    question TEXT NOT NULL,
    -- 'answered', 'helped', 'not_helped'
    verdict TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX article_feedback_by_article ON article_feedback (article_id, at);

CREATE TABLE bot_sessions (
    conversation_id TEXT PRIMARY KEY REFERENCES conversations (id),
    state TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
