-- A statement costs the same after one year and after thirty: its payments are found by their customer, and its sums
-- are read from an index alone.
ALTER TABLE payments ADD COLUMN customer_id TEXT NOT NULL DEFAULT '';
UPDATE payments SET customer_id = COALESCE((SELECT d.customer_id FROM documents d WHERE d.id = payments.document_id), '');
CREATE INDEX payments_by_customer ON payments (customer_id, happened_on, id);
CREATE INDEX documents_sums ON documents (customer_id, kind, currency, state, due_on, total, paid, credited, pending);
