-- A machine goes to another customer, or back into stock: since which day it is with whom it is with now. Nothing where
-- it is with its first one.
ALTER TABLE machines ADD COLUMN moved_on TEXT;

-- With whom a machine was before, and under which contract: what was counted there until its last day is still billed.
CREATE TABLE machine_stays (
    id TEXT PRIMARY KEY,
    machine_id TEXT NOT NULL REFERENCES machines (id),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    contract_id TEXT REFERENCES contracts (id),
    contract_since TEXT,
    -- How it was called there.
    name TEXT NOT NULL,
    -- Its first day there, nothing where it began there; and the last one, that of its closing readings.
    since_on TEXT,
    until_on TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX machine_stays_by_machine ON machine_stays (machine_id, until_on, id);
CREATE INDEX machine_stays_by_customer ON machine_stays (customer_id, id);
CREATE INDEX machine_stays_by_contract ON machine_stays (contract_id, id) WHERE contract_id IS NOT NULL;
