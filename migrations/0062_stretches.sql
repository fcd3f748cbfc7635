-- Rules that act by time. Since when a conversation stands as it stands is written by every commit that touches it, so that
-- whoever looks for what has waited long enough walks along an index.

-- Whose turn it is: 'us', 'customer'; nobody's in what is done, put off, spam or part of another.
ALTER TABLE conversations ADD COLUMN turn TEXT;
ALTER TABLE conversations ADD COLUMN turn_since BIGINT;
-- Since when nobody has it, while it is open and with people.
ALTER TABLE conversations ADD COLUMN unheld_since BIGINT;
-- The state that it has stood in since then; none for what is spam, part of another, or was never answered by its customer.
ALTER TABLE conversations ADD COLUMN stood TEXT;
ALTER TABLE conversations ADD COLUMN stood_since BIGINT;

-- What is there already stands as it does since something was last said, as far as the rows know.
UPDATE conversations SET
    turn = CASE
        WHEN status = 'open' AND waiting_since IS NOT NULL THEN 'us'
        WHEN status = 'open' AND last_inbound_at IS NOT NULL THEN 'customer'
        WHEN status = 'snoozed' AND snoozed_until = 253370764800000 THEN 'customer'
    END,
    turn_since = CASE
        WHEN status = 'open' AND waiting_since IS NOT NULL THEN waiting_since
        WHEN status = 'open' AND last_inbound_at IS NOT NULL THEN last_message_at
        WHEN status = 'snoozed' AND snoozed_until = 253370764800000 THEN last_message_at
    END,
    unheld_since = CASE WHEN status = 'open' AND assignee_id IS NULL AND level <> 'bot' THEN COALESCE(waiting_since, last_message_at) END,
    stood = status,
    stood_since = COALESCE(resolved_at, last_message_at)
WHERE merged_into IS NULL AND spam_since IS NULL AND quiet_since IS NULL;

CREATE INDEX conversations_by_turn ON conversations (turn, turn_since, id) WHERE turn_since IS NOT NULL;
CREATE INDEX conversations_unheld ON conversations (unheld_since, id) WHERE unheld_since IS NOT NULL;
CREATE INDEX conversations_stood ON conversations (stood, stood_since, id) WHERE stood_since IS NOT NULL;

-- After how long, in minutes; 0 for a rule that answers to what happens.
ALTER TABLE rules ADD COLUMN minutes BIGINT NOT NULL DEFAULT 0;
-- Counted in the opening hours of the inbox.
ALTER TABLE rules ADD COLUMN in_hours BOOLEAN NOT NULL DEFAULT FALSE;
-- What was due before is not its business.
ALTER TABLE rules ADD COLUMN due_from BIGINT NOT NULL DEFAULT 0;
-- Up to which beginning, and which conversation of it, everything is known.
ALTER TABLE rules ADD COLUMN walked_to BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rules ADD COLUMN walked_id TEXT NOT NULL DEFAULT '';

-- What a rule by time has found to wait long enough, or so long that it has to be looked at again.
CREATE TABLE rule_timers (
    rule_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    -- Which stretch of waiting it is about.
    since BIGINT NOT NULL,
    -- When to look; NULL once that stretch is dealt with.
    look_at BIGINT,
    -- When the rule did something here last.
    acted_at BIGINT,
    PRIMARY KEY (rule_id, conversation_id)
);
CREATE INDEX rule_timers_due ON rule_timers (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX rule_timers_by_conversation ON rule_timers (conversation_id) WHERE look_at IS NOT NULL;
