-- What canned replies and macros are for, and how they are used. Without a row of a sort a reply is for all of it.
CREATE TABLE desk_fits (
    -- A canned reply or a macro.
    thing_id TEXT NOT NULL,
    -- 'category', 'level'
    kind TEXT NOT NULL,
    -- The ticket category, or the level.
    value TEXT NOT NULL,
    PRIMARY KEY (thing_id, kind, value)
);
-- Uses of a day (UTC, counted from 1970), by what the ticket was; '' is no category.
CREATE TABLE desk_uses (
    thing_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    level TEXT NOT NULL,
    category TEXT NOT NULL,
    uses BIGINT NOT NULL,
    PRIMARY KEY (thing_id, day, level, category)
);
CREATE INDEX desk_uses_by_day ON desk_uses (day);

-- A customer who sees all tickets of a company, and wants to be told of those that others wrote. A way that
-- has no row is off.
CREATE TABLE colleague_notices (
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    company_id TEXT NOT NULL REFERENCES companies (id),
    -- '' is everybody of the company, else one colleague.
    colleague_id TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (contact_id, company_id, colleague_id)
);
CREATE INDEX colleague_notices_by_company ON colleague_notices (company_id);
