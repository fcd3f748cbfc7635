-- What became slow as installations grew.

-- The addresses of a contact, by kind: with the contact alone, SQLite may take the index of a kind instead and walk
-- through everybody's.
DROP INDEX identities_by_contact;
CREATE INDEX identities_by_contact ON identities (contact_id, kind, value);

-- Doubtful readings are listed by id.
DROP INDEX readings_in_doubt;
CREATE INDEX readings_in_doubt ON readings (id) WHERE doubt IS NOT NULL AND NOT is_void;

-- How articles did is counted in the indexes alone: a decision's row holds its question and candidates.
DROP INDEX bot_decisions_by_article;
CREATE INDEX bot_decisions_by_article ON bot_decisions (article_id, at, outcome, conversation_id);
CREATE INDEX bot_decisions_handed_over ON bot_decisions (conversation_id, at) WHERE outcome = 'handed_over';
DROP INDEX article_feedback_by_article;
CREATE INDEX article_feedback_by_article ON article_feedback (article_id, at, verdict);
