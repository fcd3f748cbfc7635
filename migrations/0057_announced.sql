-- Transfers that customers told of and nobody has looked for yet: few beside all that was ever paid.
CREATE INDEX payments_pending ON payments (document_id) WHERE state = 'pending';
