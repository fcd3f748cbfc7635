-- What came from another desk and where it is here, so that nothing comes twice and an import goes on
-- where it was broken off.
CREATE TABLE imports (
    -- Where from: `zammad:https://desk.example.com`, `mbox:/var/mail/support`.
    source TEXT NOT NULL,
    -- `conversation`, `contact` or `place`.
    kind TEXT NOT NULL,
    -- What it is called there.
    foreign_id TEXT NOT NULL,
    -- What it is called here; of a place, how far it was read.
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (source, kind, foreign_id)
);
