-- Sites, machines, their counters and readings, contracts, requests and visits. Whose they are is said by
-- `customers`, as for invoices. Days are ISO texts, times UTC milliseconds, money minor units.

-- Where machines stand.
CREATE TABLE sites (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    -- Millionths of a degree (WGS 84); both or neither.
    latitude BIGINT,
    longitude BIGINT,
    contact_name TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    notes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX sites_by_customer ON sites (customer_id, name, id);
CREATE INDEX sites_by_name ON sites (name, id);

CREATE TABLE contracts (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    terms TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    -- It goes on for so many months when it ends; 0 ends it.
    renews_months BIGINT NOT NULL,
    -- The customer is told so many days before.
    notice_days BIGINT NOT NULL,
    -- A period has so many months.
    every BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- For a period, whatever is used.
    base_price BIGINT NOT NULL,
    -- JSON: as the lines of documents have them.
    taxes TEXT NOT NULL,
    -- What is included is for all machines together, else for each of them.
    is_pooled BOOLEAN NOT NULL,
    -- Invoices are sent at once, else they wait as drafts.
    is_sent BOOLEAN NOT NULL,
    is_active BOOLEAN NOT NULL,
    -- How many periods were closed, and the first day on which the next one can be.
    closed BIGINT NOT NULL,
    close_on TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX contracts_by_number ON contracts (number);
CREATE INDEX contracts_by_customer ON contracts (customer_id, id);
CREATE INDEX contracts_to_close ON contracts (close_on, id) WHERE is_active AND close_on IS NOT NULL;
CREATE INDEX contracts_by_end ON contracts (ends_on, id) WHERE is_active AND ends_on IS NOT NULL;

CREATE TABLE contract_rates (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    -- 'mono', 'color' …
    counter TEXT NOT NULL,
    -- Copies for a period.
    included BIGINT NOT NULL,
    -- JSON: [{"up_to": 1000, "per_thousand": 750}, {"up_to": null, …}]; copies beyond what is included, and
    -- minor units for a thousand of them.
    bands TEXT NOT NULL,
    PRIMARY KEY (contract_id, counter)
);

CREATE TABLE contract_files (
    id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX contract_files_by_contract ON contract_files (contract_id, id);
CREATE INDEX contract_files_by_bytes ON contract_files (sha256);

-- What was closed and billed: one row for each period, so that none is billed twice.
CREATE TABLE contract_periods (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    number BIGINT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    document_id TEXT,
    -- The sum as it was made: JSON.
    usage_json TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, number)
);

-- What was told about a contract, each once.
CREATE TABLE contract_news (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    what TEXT NOT NULL,
    day TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, what, day)
);

CREATE TABLE machines (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    site_id TEXT REFERENCES sites (id),
    contract_id TEXT REFERENCES contracts (id),
    -- Since when it is under that contract.
    contract_since TEXT,
    model TEXT NOT NULL,
    serial TEXT NOT NULL,
    -- Where it stands on its site: "3rd floor".
    place TEXT NOT NULL,
    -- 'active', 'repair', 'stored', 'retired'
    status TEXT NOT NULL,
    -- What its label says to a camera; it tells nothing by itself.
    code TEXT NOT NULL,
    photo_sha256 TEXT,
    photo_type TEXT,
    installed_on TEXT,
    -- JSON: [{"name": "Toner K", "part": "842091", "level": 40}], level in per cent.
    consumables TEXT NOT NULL,
    notes TEXT NOT NULL,
    -- Model and serial number, folded: the order of lists.
    sort TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX machines_by_serial ON machines (serial);
CREATE UNIQUE INDEX machines_by_code ON machines (code);
CREATE INDEX machines_in_order ON machines (sort, id);
CREATE INDEX machines_by_customer ON machines (customer_id, sort, id);
CREATE INDEX machines_by_site ON machines (site_id, sort, id) WHERE site_id IS NOT NULL;
CREATE INDEX machines_by_contract ON machines (contract_id, id) WHERE contract_id IS NOT NULL;
CREATE INDEX machines_by_photo ON machines (photo_sha256) WHERE photo_sha256 IS NOT NULL;

-- The words by which a machine is found: its own, its site's and its customer's.
CREATE TABLE machine_words (
    word TEXT NOT NULL,
    machine_id TEXT NOT NULL REFERENCES machines (id),
    PRIMARY KEY (word, machine_id)
);
CREATE INDEX machine_words_by_machine ON machine_words (machine_id);

CREATE TABLE counters_of_machines (
    id TEXT PRIMARY KEY,
    machine_id TEXT NOT NULL REFERENCES machines (id),
    -- 'mono', 'color', 'a3', 'scan', 'total'
    kind TEXT NOT NULL,
    -- It starts again at zero after so many digits.
    digits BIGINT NOT NULL,
    start_value BIGINT NOT NULL,
    start_on TEXT NOT NULL,
    -- The newest reading, its total, and what the machine makes on its own: copies in a thousand days.
    last_value BIGINT NOT NULL,
    last_on TEXT NOT NULL,
    last_total BIGINT NOT NULL,
    pace BIGINT
);
CREATE UNIQUE INDEX counters_of_machines_by_kind ON counters_of_machines (machine_id, kind);

CREATE TABLE readings (
    id TEXT PRIMARY KEY,
    counter_id TEXT NOT NULL REFERENCES counters_of_machines (id),
    machine_id TEXT NOT NULL REFERENCES machines (id),
    taken_on TEXT NOT NULL,
    -- What the display showed.
    value BIGINT NOT NULL,
    -- All copies since the counter's beginning, over replaced counters and those that started again.
    total BIGINT NOT NULL,
    -- 'plain', 'rollover', 'replaced'
    kind TEXT NOT NULL,
    -- 'portal', 'agent', 'api', 'file', 'email', 'whatsapp', 'visit'
    source TEXT NOT NULL,
    -- What was odd and was confirmed: 'lower', 'jump'.
    doubt TEXT,
    -- Taken back: it counts no more.
    is_void BOOLEAN NOT NULL,
    note TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX readings_by_counter ON readings (counter_id, taken_on, id);
CREATE INDEX readings_by_machine ON readings (machine_id, taken_on, id);
CREATE INDEX readings_in_doubt ON readings (created_at, id) WHERE doubt IS NOT NULL AND NOT is_void;

-- Up to which total a counter was billed by a contract.
CREATE TABLE contract_marks (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    counter_id TEXT NOT NULL REFERENCES counters_of_machines (id),
    total BIGINT NOT NULL,
    taken_on TEXT NOT NULL,
    -- Periods up to this number are paid for.
    period BIGINT NOT NULL,
    PRIMARY KEY (contract_id, counter_id)
);

-- A reading that a customer was asked for.
CREATE TABLE reading_wishes (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    machine_id TEXT NOT NULL REFERENCES machines (id),
    due_on TEXT NOT NULL,
    -- A reading from this day on answers it.
    since TEXT NOT NULL,
    -- JSON: days before the due day on which reminders went out.
    reminded TEXT NOT NULL,
    -- What was answered and waits to be confirmed: JSON.
    pending TEXT,
    answered_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX reading_wishes_by_machine ON reading_wishes (machine_id, due_on);
CREATE INDEX reading_wishes_open ON reading_wishes (customer_id, due_on) WHERE answered_at IS NULL;
CREATE INDEX reading_wishes_due ON reading_wishes (due_on) WHERE answered_at IS NULL;

-- Messages that were taken as the answer to such a wish.
CREATE TABLE reading_answers (
    message_id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- What a customer asked for about a machine; the conversation and its ticket are the core's.
CREATE TABLE machine_requests (
    id TEXT PRIMARY KEY,
    -- Nothing where the label's code is not known.
    machine_id TEXT REFERENCES machines (id),
    customer_id TEXT REFERENCES customers (id),
    -- 'service', 'toner', 'support', 'reading'
    kind TEXT NOT NULL,
    -- JSON: field and value.
    fields TEXT NOT NULL,
    -- Whether the sender may see the machine; a stranger with a camera may not.
    is_known BOOLEAN NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    ticket_id TEXT,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX machine_requests_by_conversation ON machine_requests (conversation_id);
CREATE INDEX machine_requests_by_machine ON machine_requests (machine_id, id) WHERE machine_id IS NOT NULL;
CREATE INDEX machine_requests_by_contact ON machine_requests (contact_id, id);

CREATE TABLE visits (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    machine_id TEXT NOT NULL REFERENCES machines (id),
    site_id TEXT REFERENCES sites (id),
    request_id TEXT REFERENCES machine_requests (id),
    -- Where the customer is told how it goes on.
    conversation_id TEXT REFERENCES conversations (id),
    agent_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- 'planned', 'on_way', 'there', 'done', 'cancelled'
    state TEXT NOT NULL,
    arrived_at BIGINT,
    done_at BIGINT,
    work TEXT NOT NULL,
    -- JSON: [{"name": "Fuser", "quantity": 1}]
    parts TEXT NOT NULL,
    signed_by TEXT NOT NULL,
    -- Strokes of a pen in a box of 1000 × 400: "10,20 14,22;30,40 …".
    signature TEXT NOT NULL,
    report_sha256 TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX visits_by_agent ON visits (agent_id, starts_at, id);
CREATE INDEX visits_by_time ON visits (starts_at, id);
CREATE INDEX visits_by_customer ON visits (customer_id, starts_at, id);
CREATE INDEX visits_by_machine ON visits (machine_id, starts_at, id);
CREATE INDEX visits_by_conversation ON visits (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX visits_by_report ON visits (report_sha256) WHERE report_sha256 IS NOT NULL;

CREATE TABLE equipment_imports (
    id TEXT PRIMARY KEY,
    -- 'machines', 'readings'
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    -- 'checking', 'checked', 'importing', 'done', 'failed'
    state TEXT NOT NULL,
    rows_total BIGINT NOT NULL,
    rows_done BIGINT NOT NULL,
    rows_new BIGINT NOT NULL,
    rows_known BIGINT NOT NULL,
    rows_wrong BIGINT NOT NULL,
    report TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX equipment_imports_open ON equipment_imports (created_at) WHERE state IN ('checking', 'importing');

-- JSON by key.
CREATE TABLE equipment_settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
