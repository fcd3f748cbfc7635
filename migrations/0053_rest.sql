-- Whose bells name a conversation: they look again when it becomes spam, or is none any more.
CREATE INDEX notifications_by_conversation ON notifications (conversation_id);
