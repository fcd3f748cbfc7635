-- Indexes only: what is asked again and again.

-- Who waits for the bot. Every half minute those are looked for whom it has forgotten; without this, everybody who waits for a person was looked at.
-- The columns that are the same in every row make SQLite, which knows no sizes, choose this index.
CREATE INDEX conversations_waiting_for_bot ON conversations (level, status, assignee_id, waiting_since, id) WHERE status = 'open' AND level = 'bot' AND assignee_id IS NULL AND merged_into IS NULL AND waiting_since IS NOT NULL;

-- Who waits, the longest wait first, with all that the live board counts. PostgreSQL takes them for fewer than they are (open and waiting mostly hold
-- together, which it does not know), and would fetch and sort every one of them; in this index nothing is to be sorted and no row to be fetched. SQLite asks
-- `merged_into` even where the index says it.
CREATE INDEX conversations_waiting_counted ON conversations (status, waiting_since, id, channel, level, team_id, due_at, merged_into) WHERE status = 'open' AND merged_into IS NULL AND waiting_since IS NOT NULL;
