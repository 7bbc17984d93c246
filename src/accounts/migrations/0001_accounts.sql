-- Accounts, their rights, tokens and sessions.
-- Common subset of SQLite and PostgreSQL: TEXT and BIGINT only. Times are seconds since 1970,
-- digests are SHA-256 in lower-case hexadecimal: the database holds no secret that opens anything.

CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    audience TEXT NOT NULL,
    -- PHC string of Argon2id; NULL where the account signs in with tokens only.
    password_hash TEXT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE account_right (
    account_id TEXT NOT NULL REFERENCES account (id),
    territory TEXT NOT NULL,
    finest TEXT NOT NULL,
    PRIMARY KEY (account_id, territory)
);

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

CREATE TABLE session (
    digest TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE INDEX session_account ON session (account_id, created_at);
