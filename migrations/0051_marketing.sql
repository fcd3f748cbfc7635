-- What somebody said of marketing: by which address of theirs, and to which number of ours. Empty means all of them.
ALTER TABLE consents ADD COLUMN identity_id TEXT;
ALTER TABLE consents ADD COLUMN inbox_id TEXT;
CREATE INDEX consents_by_identity ON consents (identity_id, at);
