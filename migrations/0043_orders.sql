-- An index only: what a customer asked for and still waits for, however many requests there were.

CREATE INDEX machine_requests_by_customer ON machine_requests (customer_id, kind, id) WHERE customer_id IS NOT NULL;
