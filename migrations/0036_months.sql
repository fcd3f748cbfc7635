-- What a large installation reads for a page that a small one reads, too.

-- The documents of a customer by where they stand, each in the order in which they are shown.
CREATE INDEX documents_by_status ON documents (customer_id, state, issued_on, id);

-- `report_days` summed by month ('2026-01'), so that a year by company reads twelve rows for each and not 365.
CREATE TABLE report_months (
    dimension TEXT NOT NULL,
    month TEXT NOT NULL,
    key TEXT NOT NULL,
    created BIGINT NOT NULL,
    inbound BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    bot_answers BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    first_answers BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    first_work_ms BIGINT NOT NULL,
    first_5m BIGINT NOT NULL,
    first_30m BIGINT NOT NULL,
    first_2h BIGINT NOT NULL,
    first_8h BIGINT NOT NULL,
    first_24h BIGINT NOT NULL,
    aimed BIGINT NOT NULL,
    within BIGINT NOT NULL,
    resolved BIGINT NOT NULL,
    resolved_ms BIGINT NOT NULL,
    resolved_work_ms BIGINT NOT NULL,
    reopened BIGINT NOT NULL,
    bot_solved BIGINT NOT NULL,
    csat_asked BIGINT NOT NULL,
    csat_answered BIGINT NOT NULL,
    csat_sum BIGINT NOT NULL,
    csat_good BIGINT NOT NULL,
    nps_asked BIGINT NOT NULL,
    nps_answered BIGINT NOT NULL,
    promoters BIGINT NOT NULL,
    detractors BIGINT NOT NULL,
    PRIMARY KEY (dimension, month, key)
);
CREATE INDEX report_months_by_key ON report_months (dimension, key, month);

-- The version of the days that the months are the sums of. Another one: whoever counted last knows nothing of months
-- (a process of the version before), and they are summed again before they are read.
ALTER TABLE report_state ADD COLUMN months_version BIGINT NOT NULL DEFAULT 0;
