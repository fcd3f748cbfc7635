-- What is wrong with an inbox, as a stable code beside the words of whoever refused: `imap.auth`, `smtp.sender`, `whatsapp.190`.
ALTER TABLE inboxes ADD COLUMN health_code TEXT NOT NULL DEFAULT '';
