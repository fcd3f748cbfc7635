-- An index only: what was paid at Stripe and does not fit its invoice, looked at every minute.

CREATE INDEX checkouts_odd ON checkouts (document_id) WHERE state = 'odd';
