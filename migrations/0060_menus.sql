-- What an inbox offers to choose from, to whoever only greets: one menu for each inbox.
CREATE TABLE menus (
    inbox_id TEXT PRIMARY KEY REFERENCES inboxes (id),
    is_on BOOLEAN NOT NULL,
    -- When it comes by itself: `first` before anything else, `unanswered` where the bot has no answer.
    appears TEXT NOT NULL,
    -- By language: JSON.
    greeting TEXT NOT NULL,
    -- A tree: JSON.
    entries TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- How often its entries were used. They are counts; nobody is remembered.
CREATE TABLE menu_figures (
    inbox_id TEXT NOT NULL REFERENCES inboxes (id),
    entry_id TEXT NOT NULL,
    shown BIGINT NOT NULL,
    chosen BIGINT NOT NULL,
    answered BIGINT NOT NULL,
    handed_over BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, entry_id)
);
