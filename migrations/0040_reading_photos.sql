-- A picture of the counter beside the number that was read from it.
ALTER TABLE readings ADD COLUMN photo_sha256 TEXT;
ALTER TABLE readings ADD COLUMN photo_type TEXT;
CREATE INDEX readings_by_photo ON readings (photo_sha256) WHERE photo_sha256 IS NOT NULL;
