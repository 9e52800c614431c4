//! The tables, version by version.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// Each entry takes the file from the version that is its index to the next one. Entries are
/// never changed once released; a change is a new entry.
const MIGRATIONS: [&str; 7] = [
    "
    CREATE TABLE connections (
        id                 INTEGER PRIMARY KEY CHECK (id > 0),
        name               TEXT    NOT NULL UNIQUE,
        client_id          TEXT    NOT NULL,
        client_secret      TEXT    NOT NULL, -- sealed
        scopes             TEXT    NOT NULL, -- JSON array
        redirect_uri       TEXT,
        state              TEXT    NOT NULL
            CHECK (state IN ('configured', 'connected', 'disconnected', 'error')),
        created_at         INTEGER NOT NULL,
        updated_at         INTEGER NOT NULL,
        last_activity_at   INTEGER,
        last_error_code    TEXT,
        last_error_message TEXT
    ) STRICT;

    -- A removed grant leaves its row behind, because its version must never come back; that is
    -- also why this table does not refer to connections.
    CREATE TABLE grants (
        connection         INTEGER PRIMARY KEY,
        version            INTEGER NOT NULL,
        tokens             TEXT, -- sealed; NULL: there is no grant
        scopes             TEXT    NOT NULL, -- JSON array
        owner              TEXT,
        organization       TEXT,
        obtained_at        INTEGER NOT NULL,
        access_expires_at  INTEGER NOT NULL,
        refresh_expires_at INTEGER,
        refresh_started_at INTEGER,
        refused            TEXT
    ) STRICT;

    CREATE TABLE leases (
        connection INTEGER PRIMARY KEY,
        fence      INTEGER NOT NULL, -- only ever grows
        expires_at INTEGER           -- NULL: nobody holds it
    ) STRICT;

    CREATE TABLE lease_queue (
        ticket     INTEGER PRIMARY KEY AUTOINCREMENT,
        connection INTEGER NOT NULL,
        seen_at    INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX lease_queue_by_connection ON lease_queue (connection, ticket);

    CREATE TABLE pending_authorizations (
        state_hash TEXT    PRIMARY KEY, -- SHA-256 of the state, in hex
        connection INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
        pending    TEXT    NOT NULL, -- sealed
        expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX pending_by_connection ON pending_authorizations (connection);

    CREATE TABLE claims (
        id         TEXT    PRIMARY KEY,
        expires_at INTEGER NOT NULL
    ) STRICT;

    -- Keeps what the revocation needs of its connection, because that may be gone by then.
    CREATE TABLE revocations (
        id            INTEGER PRIMARY KEY AUTOINCREMENT,
        connection    INTEGER NOT NULL,
        name          TEXT    NOT NULL,
        client_id     TEXT    NOT NULL,
        client_secret TEXT    NOT NULL, -- sealed
        outstanding   TEXT    NOT NULL, -- sealed
        created_at    INTEGER NOT NULL,
        attempts      INTEGER NOT NULL,
        last_error    TEXT
    ) STRICT;
    CREATE INDEX revocations_by_connection ON revocations (connection);
",
    "ALTER TABLE pending_authorizations ADD COLUMN answered_at INTEGER;",
    "
    -- Both tables outlive the connections that they tell of.
    CREATE TABLE audit_requests (
        id                 INTEGER PRIMARY KEY,
        connection         INTEGER,          -- NULL: the call was for none
        operation          TEXT    NOT NULL,
        method             TEXT    NOT NULL,
        path               TEXT    NOT NULL, -- ids as {id}, no query
        at                 INTEGER NOT NULL,
        duration_ms        INTEGER NOT NULL,
        status             INTEGER,          -- NULL: no answer began to come
        failure            TEXT,             -- NULL: the answer is whole
        sent_bytes         INTEGER NOT NULL,
        received_bytes     INTEGER NOT NULL,
        rate_remaining     INTEGER,
        rate_reset_seconds INTEGER,
        request_id         TEXT,
        CHECK (status IS NOT NULL OR failure IS NOT NULL)
    ) STRICT;
    CREATE INDEX audit_requests_by_connection ON audit_requests (connection);

    CREATE TABLE audit_events (
        id         INTEGER PRIMARY KEY,
        at         INTEGER NOT NULL,
        connection INTEGER,          -- NULL: about all of them
        event      TEXT    NOT NULL,
        detail     TEXT    NOT NULL  -- JSON, nothing secret
    ) STRICT;
    CREATE INDEX audit_events_by_connection ON audit_events (connection, event);
",
    "
    -- 0: at once.
    ALTER TABLE revocations ADD COLUMN next_attempt_at INTEGER NOT NULL DEFAULT 0;
    -- When it was given up: it is not tried by itself any more.
    ALTER TABLE revocations ADD COLUMN given_up_at INTEGER;

    -- Keys that nothing was sealed with any more when they were retired, and nothing ever will be:
    -- whoever still seals with one, such as a process that stood still, is refused here.
    CREATE TABLE retired_keys (
        id         TEXT    PRIMARY KEY,
        retired_at INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER connections_new_key BEFORE INSERT ON connections
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.client_secret, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER connections_key BEFORE UPDATE OF client_secret ON connections
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.client_secret, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER grants_new_key BEFORE INSERT ON grants
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.tokens, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER pending_new_key BEFORE INSERT ON pending_authorizations
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.pending, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER pending_key BEFORE UPDATE OF pending ON pending_authorizations
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.pending, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER revocations_new_key BEFORE INSERT ON revocations
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.outstanding, 'v2:' || id || ':') = 1
                       OR instr(NEW.client_secret, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER revocations_key BEFORE UPDATE OF outstanding, client_secret ON revocations
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.outstanding, 'v2:' || id || ':') = 1
                       OR instr(NEW.client_secret, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
",
    "
    -- Sealed; NULL: the connection has client id and secret, which are empty otherwise.
    ALTER TABLE connections ADD COLUMN personal_access_token TEXT;
    CREATE TRIGGER connections_new_token_key BEFORE INSERT ON connections
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.personal_access_token, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER connections_token_key BEFORE UPDATE OF personal_access_token ON connections
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.personal_access_token, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;

    -- NULL from now on: it does not expire.
    ALTER TABLE grants ADD COLUMN access_ends_at INTEGER;
    UPDATE grants SET access_ends_at = access_expires_at;
    ALTER TABLE grants DROP COLUMN access_expires_at;
    ALTER TABLE grants RENAME COLUMN access_ends_at TO access_expires_at;
",
    "
    -- Sealed; NULL: there is none.
    ALTER TABLE connections ADD COLUMN webhook_signing_key TEXT;
    ALTER TABLE connections ADD COLUMN previous_webhook_signing_key TEXT;
    CREATE TRIGGER connections_new_signing_key BEFORE INSERT ON connections
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.webhook_signing_key, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER connections_signing_key BEFORE UPDATE OF webhook_signing_key ON connections
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.webhook_signing_key, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER connections_new_previous_signing_key BEFORE INSERT ON connections
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.previous_webhook_signing_key, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
    CREATE TRIGGER connections_previous_signing_key BEFORE UPDATE OF previous_webhook_signing_key ON connections
        WHEN EXISTS (SELECT 1 FROM retired_keys
                     WHERE instr(NEW.previous_webhook_signing_key, 'v2:' || id || ':') = 1)
        BEGIN SELECT RAISE(ABORT, 'retired-key'); END;
",
    "
    -- Deliveries that were verified and answered. What a row has besides its key is only there
    -- until it is processed; the key tells repetitions.
    CREATE TABLE inbox (
        id           INTEGER PRIMARY KEY,
        connection   INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
        delivery     TEXT    NOT NULL,
        events       TEXT,             -- JSON; NULL once processed
        received_at  INTEGER NOT NULL,
        attempts     INTEGER NOT NULL DEFAULT 0, -- to read what was left out
        next_attempt_at INTEGER NOT NULL DEFAULT 0,
        processed_at INTEGER,
        UNIQUE (connection, delivery)
    ) STRICT;
    CREATE INDEX inbox_pending ON inbox (id) WHERE processed_at IS NULL;
    CREATE INDEX inbox_by_age ON inbox (processed_at);

    CREATE TABLE events (
        number      INTEGER PRIMARY KEY,
        connection  INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
        id          TEXT    NOT NULL,
        trigger     TEXT    NOT NULL,
        event       TEXT    NOT NULL, -- JSON
        source      TEXT    NOT NULL CHECK (source IN ('webhook', 'poll')),
        stored_at   INTEGER NOT NULL,
        UNIQUE (connection, id)
    ) STRICT;
    CREATE INDEX events_by_age ON events (stored_at);

    -- One row for each target of an event.
    CREATE TABLE handovers (
        number          INTEGER PRIMARY KEY,
        event           INTEGER NOT NULL REFERENCES events (number) ON DELETE CASCADE,
        target          TEXT    NOT NULL,
        attempts        INTEGER NOT NULL DEFAULT 0,
        next_attempt_at INTEGER NOT NULL,
        last_error      TEXT,
        done_at         INTEGER, -- the target was told
        dead_at         INTEGER, -- given up
        UNIQUE (event, target)
    ) STRICT;
    CREATE INDEX handovers_due ON handovers (target, next_attempt_at)
        WHERE done_at IS NULL AND dead_at IS NULL;

    CREATE TABLE refused_webhooks (
        connection INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
        reason     TEXT    NOT NULL,
        count      INTEGER NOT NULL,
        last_at    INTEGER NOT NULL,
        PRIMARY KEY (connection, reason)
    ) STRICT;

    CREATE TABLE poll_states (
        connection INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
        request    TEXT    NOT NULL, -- JSON
        state      BLOB    NOT NULL,
        polled_at  INTEGER NOT NULL,
        PRIMARY KEY (connection, request)
    ) STRICT;
",
];

/// Brings the file to the present version. Two processes may do so at the same time.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let newer = || StoreError::Newer { path: path.display().to_string() };
    let missing = usize::try_from(version)
        .ok()
        .and_then(|version| MIGRATIONS.get(version..))
        .ok_or_else(newer)?;
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    transaction.commit()?;
    Ok(())
}
