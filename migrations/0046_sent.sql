-- Which of a mailbox's folders is the one for sent mail: what lies there was written by us.

ALTER TABLE mailbox_folders ADD COLUMN is_sent BOOLEAN NOT NULL DEFAULT FALSE;
