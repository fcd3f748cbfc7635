-- Customers, documents (invoices, estimates, credit notes), payments, and the portal's memory of links
-- and accesses. Money is in minor units beside its currency; days are ISO texts (YYYY-MM-DD), which sort.

-- Who is billed: a company, or a contact without one.
CREATE TABLE customers (
    id TEXT PRIMARY KEY,
    company_id TEXT REFERENCES companies (id),
    contact_id TEXT REFERENCES contacts (id),
    name TEXT NOT NULL,
    email TEXT,
    language TEXT NOT NULL,
    -- How reminders go: 'email' or 'whatsapp'.
    channel TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX customers_by_company ON customers (company_id) WHERE company_id IS NOT NULL;
CREATE UNIQUE INDEX customers_by_contact ON customers (contact_id) WHERE contact_id IS NOT NULL;
CREATE UNIQUE INDEX customers_by_email ON customers (email) WHERE email IS NOT NULL;
CREATE INDEX customers_by_name ON customers (name, id);

CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    -- 'invoice', 'estimate', 'credit_note'
    kind TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    -- Given when it is issued; a draft has none.
    number TEXT,
    -- The number under which another system knows it; an import is idempotent by it.
    external_number TEXT,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    language TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    -- Of an estimate: until when it holds.
    due_on TEXT NOT NULL,
    -- Taxes are rounded for each line or for each rate of the whole: 'line', 'total'.
    rounding TEXT NOT NULL,
    notes TEXT NOT NULL,
    net BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    total BIGINT NOT NULL,
    -- What the entries of `payments` come to, and what credit notes took off.
    paid BIGINT NOT NULL,
    credited BIGINT NOT NULL,
    -- A payment that is on its way (Boleto, SEPA …) and how much.
    pending BIGINT NOT NULL,
    -- Open money that is disputed with the bank.
    disputed BIGINT NOT NULL,
    -- Frozen at the issue, so that the document stays what it was: JSON.
    issuer TEXT,
    bill_to TEXT,
    -- The invoice that a credit note lowers; the estimate that an invoice came from.
    related_id TEXT REFERENCES documents (id),
    recurring_id TEXT,
    recurring_on TEXT,
    -- A draft that its customer may see.
    is_published BOOLEAN NOT NULL,
    is_reminded BOOLEAN NOT NULL,
    sent_at BIGINT,
    viewed_at BIGINT,
    settled_at BIGINT,
    voided_at BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX documents_by_number ON documents (kind, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX documents_by_external ON documents (external_number) WHERE external_number IS NOT NULL;
CREATE UNIQUE INDEX documents_by_recurrence ON documents (recurring_id, recurring_on) WHERE recurring_id IS NOT NULL;
CREATE INDEX documents_by_customer ON documents (customer_id, issued_on, id);
CREATE INDEX documents_by_day ON documents (issued_on, id);
CREATE INDEX documents_by_state ON documents (state, issued_on, id);
CREATE INDEX documents_by_relation ON documents (related_id) WHERE related_id IS NOT NULL;
CREATE INDEX documents_due ON documents (due_on, id) WHERE state IN ('sent', 'viewed', 'partly_paid');

CREATE TABLE document_lines (
    document_id TEXT NOT NULL REFERENCES documents (id),
    place BIGINT NOT NULL,
    description TEXT NOT NULL,
    -- Thousandths.
    quantity BIGINT NOT NULL,
    -- Minor units.
    unit_price BIGINT NOT NULL,
    -- Hundredths of a per cent.
    discount BIGINT NOT NULL,
    -- JSON: [{"name": "IVA", "rate": 1600}], rates in hundredths of a per cent.
    taxes TEXT NOT NULL,
    net BIGINT NOT NULL,
    PRIMARY KEY (document_id, place)
);

CREATE TABLE document_files (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX document_files_by_document ON document_files (document_id, id);

-- The last number given, for each series and year ('' where the series runs on). The row is held to
-- the commit, so that no number is lost and none is given twice.
CREATE TABLE number_series (
    series TEXT NOT NULL,
    year TEXT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (series, year)
);

CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id),
    -- 'payment', 'refund', 'dispute' (pending while the bank decides, succeeded when lost, failed when won)
    kind TEXT NOT NULL,
    -- Signed: what comes in is positive.
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- 'stripe', 'transfer', 'cash', 'other'
    method TEXT NOT NULL,
    -- 'pending', 'succeeded', 'failed'
    state TEXT NOT NULL,
    -- What the other side calls it; one entry for each.
    external_id TEXT,
    -- Of Stripe: the payment intent that refunds and disputes name.
    intent TEXT,
    detail TEXT NOT NULL,
    happened_on TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX payments_by_external ON payments (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX payments_by_document ON payments (document_id, id);
CREATE INDEX payments_by_intent ON payments (intent) WHERE intent IS NOT NULL;

-- Attempts to pay with Stripe. The id is the idempotency key of the session's creation.
CREATE TABLE checkouts (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id),
    session_id TEXT,
    -- 'embedded', 'hosted'
    surface TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- 'new', 'open', 'processing', 'paid', 'expired', 'failed'
    state TEXT NOT NULL,
    checked_at BIGINT NOT NULL,
    next_check_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX checkouts_by_session ON checkouts (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX checkouts_by_document ON checkouts (document_id, id);
CREATE INDEX checkouts_due ON checkouts (next_check_at) WHERE next_check_at IS NOT NULL;

-- Web hooks that had their effect. One that came before the payment it is about waits with its object.
CREATE TABLE stripe_events (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    intent TEXT,
    waiting TEXT,
    received_at BIGINT NOT NULL
);
CREATE INDEX stripe_events_waiting ON stripe_events (intent) WHERE waiting IS NOT NULL;
CREATE INDEX stripe_events_by_time ON stripe_events (received_at);

CREATE TABLE recurring_documents (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    -- What each invoice is made of: JSON.
    template TEXT NOT NULL,
    every BIGINT NOT NULL,
    -- 'week', 'month', 'year'
    unit TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    -- How many were made; the next one is start plus so many periods.
    made BIGINT NOT NULL,
    next_on TEXT,
    is_sent BOOLEAN NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX recurring_due ON recurring_documents (next_on) WHERE is_active AND next_on IS NOT NULL;

-- Which reminder of which invoice went out: days after the due day, negative before it.
CREATE TABLE reminders (
    document_id TEXT NOT NULL REFERENCES documents (id),
    days BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (document_id, days)
);

CREATE TABLE billing_imports (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    -- 'checking', 'checked', 'importing', 'done', 'failed'
    state TEXT NOT NULL,
    rows_total BIGINT NOT NULL,
    rows_done BIGINT NOT NULL,
    rows_new BIGINT NOT NULL,
    rows_known BIGINT NOT NULL,
    rows_wrong BIGINT NOT NULL,
    -- JSON: the first wrong rows, each with line and words.
    report TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX billing_imports_open ON billing_imports (created_at) WHERE state IN ('checking', 'importing');

-- Which messages carry a card of something that goes on changing.
CREATE TABLE card_uses (
    reference TEXT NOT NULL,
    message_id TEXT NOT NULL REFERENCES messages (id),
    PRIMARY KEY (reference, message_id)
);

-- Where a link leads, whose address it was sent to, and that the business took it back.
ALTER TABLE portal_links ADD COLUMN id TEXT;
ALTER TABLE portal_links ADD COLUMN target TEXT;
ALTER TABLE portal_links ADD COLUMN address TEXT;
ALTER TABLE portal_links ADD COLUMN revoked_at BIGINT;
CREATE INDEX portal_links_by_contact ON portal_links (contact_id, created_at);

ALTER TABLE portal_sessions ADD COLUMN id TEXT;
ALTER TABLE portal_sessions ADD COLUMN user_agent TEXT;
ALTER TABLE portal_sessions ADD COLUMN last_seen_at BIGINT;
ALTER TABLE portal_sessions ADD COLUMN revoked_at BIGINT;
CREATE INDEX portal_sessions_by_contact ON portal_sessions (contact_id, created_at);

CREATE TABLE portal_accesses (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    -- 'link_made', 'signed_in', 'signed_out', 'link_refused', 'revoked', 'downloaded', 'paid' …
    what TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX portal_accesses_by_contact ON portal_accesses (contact_id, id);

-- A mail outside a conversation may show facts, wear the business's colours and carry one file.
ALTER TABLE notices ADD COLUMN look TEXT;

-- Contacts that became part of another one: what was theirs is the other's now.
CREATE INDEX contacts_by_merge ON contacts (merged_into) WHERE merged_into IS NOT NULL;

-- The business's billing settings and Stripe's keys: sealed JSON by key.
CREATE TABLE billing_settings (
    key TEXT PRIMARY KEY,
    value BYTEA NOT NULL,
    updated_at BIGINT NOT NULL
);
