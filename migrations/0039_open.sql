-- Indexes only: the sums of a customer's statement.

-- What is open, with all that is summed of it: few rows, however long somebody has been a customer. SQLite asks `kind` and `state` even where the
-- index says them.
CREATE INDEX documents_open ON documents (customer_id, currency, due_on, total, paid, credited, pending, kind, state) WHERE kind = 'invoice' AND state IN ('sent', 'viewed', 'partly_paid');

-- What was paid in a lifetime: the narrowest row that says it.
CREATE INDEX documents_paid ON documents (customer_id, currency, paid, kind, state) WHERE kind = 'invoice' AND state <> 'draft';

-- It served both sums at once, with a question to each row of years.
DROP INDEX documents_sums;
