-- Conventions, people, the accounts that they hold, tokens, sessions, mail, journal.
-- Common subset of SQLite and PostgreSQL: TEXT and BIGINT only. Times are seconds since 1970, days
-- `AAAA-MM-JJ` in Paris, digests SHA-256 in lower-case hexadecimal: the database holds no secret
-- that opens anything.

-- Goes up by one with every change of what somebody may see, so that servers which keep accounts
-- in memory see it by asking for one number. 1: rights. 2: the official tables.
CREATE TABLE generation (
    one BIGINT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO generation (one, value) VALUES (1, 1), (2, 1);

CREATE TABLE clauses (
    version BIGINT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    published_at BIGINT NOT NULL
);

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
    -- The short code that its people give when they ask for an account.
    reference TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    seats BIGINT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    dpo TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX convention_organisation ON convention (organisation_id);
CREATE INDEX convention_parent ON convention (parent_id);

-- Without any, a convention that depends on another has the rights of that one.
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
    granted_at BIGINT,
    refused_at BIGINT
);
CREATE INDEX extension_convention ON extension (convention_id, requested_at);

-- Somebody, by their address. Deleted when their last account has been over for long enough.
CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT,
    -- PHC string of Argon2id; NULL where the person signs in with tokens only.
    password_hash TEXT,
    -- Why the operator let in an address that the rules refuse.
    exception TEXT,
    -- The account that the person chose to use last.
    in_use TEXT,
    created_at BIGINT NOT NULL
);

-- An account is a mandate: one person under one convention. Its identifier is what the journal
-- names, and stays when the person is gone.
CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT REFERENCES person (id),
    convention_id TEXT NOT NULL REFERENCES convention (id),
    role TEXT NOT NULL,
    audience TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Since when it is in this state.
    state_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    clauses_version BIGINT,
    clauses_at BIGINT,
    decided_by TEXT,
    decided_at BIGINT
);
CREATE INDEX account_person ON account (person_id);
CREATE INDEX account_convention ON account (convention_id);
-- One account of a person under a convention at a time; those that are over stay beside it.
CREATE UNIQUE INDEX account_living ON account (person_id, convention_id)
    WHERE state NOT IN ('rejete', 'ferme');

-- Narrower rights than the convention's, where the operator gave some.
CREATE TABLE account_right (
    account_id TEXT NOT NULL REFERENCES account (id),
    territory TEXT NOT NULL,
    finest TEXT NOT NULL,
    PRIMARY KEY (account_id, territory)
);

-- What a letter asks its reader to confirm, by the digest of the secret in its link. A request
-- becomes an account when its own link is followed; before that it takes no seat. An invitation
-- names the account that waits for it.
CREATE TABLE request (
    digest TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    convention_id TEXT NOT NULL REFERENCES convention (id),
    account_id TEXT REFERENCES account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX request_email ON request (email);
CREATE INDEX request_convention ON request (convention_id, created_at);
CREATE INDEX request_end ON request (expires_at);

-- The link of a new password, for one use.
CREATE TABLE password_link (
    digest TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_link_person ON password_link (person_id);

CREATE TABLE token (
    digest TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
-- A name stands for one living token of an account, so that it can be revoked by name.
CREATE UNIQUE INDEX token_living_name ON token (account_id, name) WHERE revoked_at IS NULL;

-- A session is a person's, and uses one of their accounts at a time.
CREATE TABLE session (
    digest TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account_id, created_at);

-- INSEE's composition of the EPCI and EPT: communes with what lies above them, and its names.
CREATE TABLE official_commune (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    departement TEXT NOT NULL,
    region TEXT NOT NULL,
    epci TEXT,
    ept TEXT
);
CREATE TABLE official_name (
    territory TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);

-- Communes that were merged or renumbered, from the official table.
CREATE TABLE movement (
    old_code TEXT NOT NULL,
    new_code TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    PRIMARY KEY (old_code, new_code)
);
CREATE INDEX movement_new ON movement (new_code);

-- What is to be sent. A body may hold the secret of a link: it is emptied once sent.
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
CREATE INDEX mail_recipient ON mail (recipient, created_at);

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
