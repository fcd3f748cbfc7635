-- Indexes only: what is looked up by what it belongs to.

-- Ten messages of one customer are one line in the bell: the notification that a newer one takes the place of goes, and with it what it still had to push.
CREATE INDEX pushes_by_notification ON pushes (notification_id);

-- A question how it was that is taken back before it leaves is found by its message.
CREATE INDEX surveys_by_message ON surveys (message_id) WHERE state = 'asked';
