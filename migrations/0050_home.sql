-- What the core knows of the business itself, by name: `country`, where telephone numbers are dialled without a country code.
CREATE TABLE home (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- What teams that are gone were called: history goes on naming them.
CREATE TABLE removed_teams (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    removed_at BIGINT NOT NULL
);
