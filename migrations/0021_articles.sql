-- Writing articles: categories, working copies, files, addresses that moved, views, feedback of readers,
-- and what the bot could not answer.

ALTER TABLE articles ADD COLUMN category_id TEXT;
-- 'public', or the level from which on agents read it: 'N1', 'N2', 'N3'.
ALTER TABLE articles ADD COLUMN audience TEXT NOT NULL DEFAULT 'public';
-- A translation: the article that it was made from, and the version of that article.
ALTER TABLE articles ADD COLUMN source_id TEXT;
ALTER TABLE articles ADD COLUMN source_version BIGINT;

-- 'published': customers saw it; 'draft': somebody saved it on the way there.
ALTER TABLE article_versions ADD COLUMN state TEXT NOT NULL DEFAULT 'published';

-- A reader without a name: a code that is another one for each article.
ALTER TABLE article_feedback ADD COLUMN visitor TEXT;
ALTER TABLE article_feedback ADD COLUMN comment TEXT;
CREATE UNIQUE INDEX article_feedback_by_visitor ON article_feedback (article_id, visitor);

CREATE INDEX bot_decisions_by_article ON bot_decisions (article_id, at);
CREATE INDEX articles_by_category ON articles (category_id);

-- What somebody is writing; customers see it when it is published.
CREATE TABLE article_drafts (
    article_id TEXT PRIMARY KEY REFERENCES articles (id),
    -- 'draft', 'review'
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    questions TEXT NOT NULL,
    category_id TEXT,
    audience TEXT NOT NULL,
    source_version BIGINT,
    -- The version of the article that it was begun from.
    base_version BIGINT NOT NULL,
    -- Counts the savings; whoever saves names the one that they saw.
    revision BIGINT NOT NULL,
    -- Who saved last, and who asked for a review.
    author TEXT NOT NULL,
    asked_by TEXT,
    -- What the reviewer said.
    remark TEXT NOT NULL DEFAULT '',
    updated_at BIGINT NOT NULL
);

-- The id is the last part of its public address and never changes.
CREATE TABLE article_categories (
    id TEXT PRIMARY KEY,
    parent_id TEXT,
    -- By language.
    names TEXT NOT NULL,
    place BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Addresses that an article had.
CREATE TABLE article_slugs (
    language TEXT NOT NULL,
    slug TEXT NOT NULL,
    article_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (language, slug)
);

CREATE TABLE article_files (
    id TEXT PRIMARY KEY,
    article_id TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX article_files_by_article ON article_files (article_id, id);
CREATE INDEX article_files_by_bytes ON article_files (sha256);

-- Days counted from 1970; nobody is remembered.
CREATE TABLE article_views (
    article_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    views BIGINT NOT NULL,
    PRIMARY KEY (article_id, day)
);

-- Questions of one matter that no article answered.
CREATE TABLE knowledge_gaps (
    id TEXT PRIMARY KEY,
    -- 'open', 'drafted', 'dismissed', 'answered'
    state TEXT NOT NULL,
    -- The question that stands for all.
    question TEXT NOT NULL,
    asked BIGINT NOT NULL,
    -- Parts of the languages asked in: 'en es'.
    languages TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    article_id TEXT
);
CREATE INDEX knowledge_gaps_by_count ON knowledge_gaps (state, asked, id);
CREATE INDEX knowledge_gaps_by_article ON knowledge_gaps (article_id);

CREATE TABLE gap_questions (
    id TEXT PRIMARY KEY,
    gap_id TEXT NOT NULL,
    conversation_id TEXT,
    question TEXT NOT NULL,
    language TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX gap_questions_by_gap ON gap_questions (gap_id, at);
