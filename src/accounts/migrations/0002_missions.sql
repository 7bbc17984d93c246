-- Breaches, the end of missions, sub-processors (convention, annex 2, article 3).
-- Common subset of SQLite and PostgreSQL, as before.

-- A breach of personal data, as whoever was breached declares it: notified to the EPCI within 24
-- hours of knowing it.
CREATE TABLE breach (
    id TEXT NOT NULL PRIMARY KEY,
    convention_id TEXT NOT NULL REFERENCES convention (id),
    declared_by TEXT NOT NULL,
    known_at BIGINT NOT NULL,
    declared_at BIGINT NOT NULL,
    -- The days whose consultations and exports it may concern.
    from_day TEXT NOT NULL,
    to_day TEXT NOT NULL,
    description TEXT NOT NULL,
    -- When and how the authority was notified, or why it was not.
    notified_at BIGINT,
    notified_by TEXT,
    notification TEXT
);
CREATE INDEX breach_convention ON breach (convention_id, declared_at);

-- The destruction of what was exported, justified in writing at the end of a mission.
CREATE TABLE destruction (
    id TEXT NOT NULL PRIMARY KEY,
    convention_id TEXT NOT NULL REFERENCES convention (id),
    attested_by TEXT NOT NULL,
    attested_at BIGINT NOT NULL,
    -- The number of exports that the journal holds at that moment.
    exports BIGINT NOT NULL,
    reference TEXT NOT NULL
);
CREATE INDEX destruction_convention ON destruction (convention_id, attested_at);

-- Letters that told of a coming end: so many days before it, once.
CREATE TABLE reminder (
    convention_id TEXT NOT NULL REFERENCES convention (id),
    ends_on TEXT NOT NULL,
    days BIGINT NOT NULL,
    PRIMARY KEY (convention_id, ends_on, days)
);

-- Who a third party wishes to work with: only on the EPCI's prior, specific, written
-- authorisation.
CREATE TABLE subprocessor (
    id TEXT NOT NULL PRIMARY KEY,
    convention_id TEXT NOT NULL REFERENCES convention (id),
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    answered_by TEXT,
    answered_at BIGINT,
    -- 1 authorised, 0 refused.
    authorised BIGINT,
    -- The EPCI's letter.
    reference TEXT
);
CREATE INDEX subprocessor_convention ON subprocessor (convention_id, asked_at);
