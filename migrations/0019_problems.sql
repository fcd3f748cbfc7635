-- One cause behind many tickets, question lists, and the calls that agents log.

INSERT INTO counters (name, value) VALUES ('problem', 0);

CREATE TABLE problems (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    subject TEXT NOT NULL,
    description TEXT NOT NULL,
    -- 'suggested', 'open', 'resolved', 'dismissed'
    status TEXT NOT NULL,
    category TEXT,
    assignee_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    resolved_at BIGINT
);
CREATE UNIQUE INDEX problems_by_number ON problems (number);
CREATE INDEX problems_by_status ON problems (status, number);
-- Those that were looked at once: a dismissed suggestion is not made again of the same tickets.
CREATE TABLE problem_tickets (
    problem_id TEXT NOT NULL REFERENCES problems (id),
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (problem_id, ticket_id)
);
CREATE INDEX problem_tickets_by_ticket ON problem_tickets (ticket_id);

-- One answer to all tickets of a problem, given one after the other.
CREATE TABLE problem_answers (
    id TEXT PRIMARY KEY,
    problem_id TEXT NOT NULL REFERENCES problems (id),
    -- By language.
    texts TEXT NOT NULL,
    is_solution BOOLEAN NOT NULL,
    actor TEXT NOT NULL,
    total BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX problem_answers_by_problem ON problem_answers (problem_id, id);
CREATE INDEX problem_answers_open ON problem_answers (id) WHERE finished_at IS NULL;
CREATE TABLE problem_answer_items (
    answer_id TEXT NOT NULL REFERENCES problem_answers (id),
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    message_id TEXT NOT NULL,
    -- 'waiting', 'done', 'failed'
    state TEXT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (answer_id, ticket_id)
);
CREATE INDEX problem_answer_items_waiting ON problem_answer_items (answer_id, ticket_id) WHERE state = 'waiting';

CREATE TABLE question_lists (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- '' is every category.
    category_id TEXT NOT NULL,
    -- It begins by itself when a ticket gets the category.
    is_automatic BOOLEAN NOT NULL,
    -- JSON: the questions, in order.
    questions TEXT NOT NULL,
    uses BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE diagnoses (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    name TEXT NOT NULL,
    -- JSON: the questions as they were when it began, and the answers so far.
    questions TEXT NOT NULL,
    answers TEXT NOT NULL,
    -- 'running', 'done', 'stopped'
    state TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    -- The message that asked last; NULL when nobody could be asked.
    message_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX diagnoses_running ON diagnoses (conversation_id) WHERE state = 'running';
CREATE INDEX diagnoses_by_ticket ON diagnoses (ticket_id, id);
