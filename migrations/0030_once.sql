-- A request under an Idempotency-Key belongs to one process at a time, which says every few seconds that it lives
-- (`created_at`), and its effect is written down in the very transaction that makes it (`done_at`).
ALTER TABLE idempotency ADD COLUMN owner TEXT;
ALTER TABLE idempotency ADD COLUMN done_at BIGINT;
