-- Purposes, signatures, the local administrator's form, documents, the follow-up committee
-- (convention, articles 1, 4 and 5; annexes 2 and 3).
-- Common subset of SQLite and PostgreSQL, as before; SQLite knows no BYTEA and stores bytes as they
-- are in such a column.

-- The purposes of article 1 that the convention was signed for, separated by spaces.
ALTER TABLE convention ADD COLUMN purposes TEXT NOT NULL
    DEFAULT 'politique programmation observation attribution';
-- The contract by which the EPCI ordered a third party's analyses (article 5).
ALTER TABLE convention ADD COLUMN contract TEXT;

CREATE TABLE signature (
    convention_id TEXT NOT NULL PRIMARY KEY REFERENCES convention (id),
    signed_on TEXT NOT NULL,
    place TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);

CREATE TABLE signatory (
    convention_id TEXT NOT NULL REFERENCES convention (id),
    party TEXT NOT NULL,
    organisation TEXT NOT NULL,
    representative TEXT NOT NULL,
    -- The party's delegate for the protection of data.
    dpo TEXT NOT NULL,
    PRIMARY KEY (convention_id, party)
);

-- What annex 3 says of the local administrator beyond their account: it goes with the person.
CREATE TABLE designation (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id),
    telephone TEXT NOT NULL,
    signed_on TEXT NOT NULL,
    -- Who signed for the organisation.
    representative TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);

-- A paper of a convention. Its content is encrypted before it comes here (AES-256-GCM), bound to
-- the document, its convention and its kind.
CREATE TABLE document (
    id TEXT NOT NULL PRIMARY KEY,
    convention_id TEXT NOT NULL REFERENCES convention (id),
    kind TEXT NOT NULL,
    -- The name of its file, for people.
    name TEXT NOT NULL,
    -- Bytes of the PDF.
    size BIGINT NOT NULL,
    added_by TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    -- Which key of the file opens it.
    key_id TEXT NOT NULL
);
CREATE INDEX document_convention ON document (convention_id, added_at);

-- Nonce, ciphertext, tag.
CREATE TABLE document_content (
    document_id TEXT NOT NULL PRIMARY KEY REFERENCES document (id),
    sealed BYTEA NOT NULL
);

CREATE TABLE committee_member (
    id TEXT NOT NULL PRIMARY KEY,
    convention_id TEXT NOT NULL REFERENCES convention (id),
    seat TEXT NOT NULL,
    organisation TEXT NOT NULL,
    -- Who represents it, where that was said.
    representative TEXT,
    since BIGINT NOT NULL,
    left_at BIGINT
);
CREATE INDEX committee_member_convention ON committee_member (convention_id, since);

CREATE TABLE committee_consultation (
    id TEXT NOT NULL PRIMARY KEY,
    convention_id TEXT NOT NULL REFERENCES convention (id),
    stage TEXT NOT NULL,
    -- The analysis or publication, and the edition where it rests on one.
    subject TEXT NOT NULL,
    held_on TEXT NOT NULL,
    opinion TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX committee_consultation_convention ON committee_consultation (convention_id, held_on);
