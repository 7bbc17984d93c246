-- Organisations, conventions, the life of accounts, clauses, proofs by e-mail, mail, journal.
-- Common subset of SQLite and PostgreSQL, as before. Days are `AAAA-MM-JJ`, in Paris.

-- Goes up by one with every change of what somebody may see, so that servers which keep accounts
-- in memory see it by asking for one number.
CREATE TABLE generation (
    one BIGINT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
-- 1: rights. 2: the table of movements.
INSERT INTO generation (one, value) VALUES (1, 1), (2, 1);

CREATE TABLE organisation (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- `epci:200058519`, `commune:95018`, or the SIREN of who has no territory.
    code TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE convention (
    id TEXT NOT NULL PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    -- The EPCI's convention that a commune is annexed to, or that mandates a third party.
    parent_id TEXT REFERENCES convention (id),
    purpose TEXT NOT NULL,
    seats BIGINT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    dpo TEXT NOT NULL,
    administrator_id TEXT REFERENCES account (id),
    created_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX convention_organisation ON convention (organisation_id);
CREATE INDEX convention_parent ON convention (parent_id);

CREATE TABLE convention_right (
    convention_id TEXT NOT NULL REFERENCES convention (id),
    territory TEXT NOT NULL,
    finest TEXT NOT NULL,
    PRIMARY KEY (convention_id, territory)
);

-- A date moves only at the EPCI's recorded request: `granted_at` is set by the operator.
CREATE TABLE extension (
    id TEXT NOT NULL PRIMARY KEY,
    convention_id TEXT NOT NULL REFERENCES convention (id),
    requested_by TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    reference TEXT NOT NULL,
    old_end TEXT NOT NULL,
    new_end TEXT NOT NULL,
    granted_at BIGINT
);
CREATE INDEX extension_convention ON extension (convention_id, requested_at);

ALTER TABLE account ADD COLUMN name TEXT;
ALTER TABLE account ADD COLUMN convention_id TEXT REFERENCES convention (id);
ALTER TABLE account ADD COLUMN state TEXT NOT NULL DEFAULT 'actif';
ALTER TABLE account ADD COLUMN clauses_version BIGINT;
ALTER TABLE account ADD COLUMN clauses_at BIGINT;
ALTER TABLE account ADD COLUMN validated_by TEXT;
ALTER TABLE account ADD COLUMN validated_at BIGINT;
-- Why the operator let in an address that the rules refuse.
ALTER TABLE account ADD COLUMN exception TEXT;
UPDATE account SET state = 'suspendu' WHERE disabled_at IS NOT NULL;
UPDATE account SET clauses_version = 1, clauses_at = created_at;
CREATE INDEX account_convention ON account (convention_id);

CREATE TABLE clauses (
    version BIGINT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    published_at BIGINT NOT NULL
);

-- One use, one purpose, an end: proofs of an address and new passwords.
CREATE TABLE ticket (
    digest TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ticket_account ON ticket (account_id);

-- Communes that were merged or renumbered, from the official table.
CREATE TABLE movement (
    old_code TEXT NOT NULL,
    new_code TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    PRIMARY KEY (old_code, new_code)
);
CREATE INDEX movement_new ON movement (new_code);

-- What is to be sent. A body may hold the secret of a ticket: it is emptied once sent.
CREATE TABLE mail (
    id TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    sent_at BIGINT,
    abandoned_at BIGINT
);
CREATE INDEX mail_due ON mail (next_try_at);

-- Append-only: `hash` covers the entry and the hash before it. No e-mail address, no figure.
CREATE TABLE journal (
    seq BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX journal_at ON journal (at);
CREATE INDEX journal_actor ON journal (actor, at);
CREATE INDEX journal_subject ON journal (subject, at);

-- Where the journal begins after a purge: the last entry that was destroyed, signed.
CREATE TABLE journal_head (
    seq BIGINT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    purged_at BIGINT NOT NULL,
    public_key TEXT NOT NULL,
    signature TEXT NOT NULL
);
