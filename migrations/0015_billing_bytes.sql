-- Bytes that only sealed settings and frozen documents name: the logos of the business. A document that was
-- issued keeps the one it had, so that they stay.
CREATE TABLE business_pictures (
    sha256 TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

-- The file that a notice carries, so that its bytes stay as long as the notice does.
ALTER TABLE notices ADD COLUMN file_sha256 TEXT;
