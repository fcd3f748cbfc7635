-- The customers who wait for one agent: counted on every page of the inbox, so from the index alone.
CREATE INDEX conversations_mine_waiting ON conversations (assignee_id, waiting_since, id) WHERE status = 'open' AND merged_into IS NULL AND waiting_since IS NOT NULL;
