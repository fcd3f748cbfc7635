-- Whose bells name a conversation: they look again when it becomes spam, or is none any more.
CREATE INDEX notifications_by_conversation ON notifications (conversation_id);
-- The time zone that an agent reads times in, a name of the IANA database; empty for that of the business.
ALTER TABLE agents ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
