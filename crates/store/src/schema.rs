//! The schema: one timeline of statements for every engine. A database's version is the number of those it has had.

use crate::engine::Connection;
use crate::{Error, OpenError};

/// The statements, in order. Only ever add to the end. The types in braces are those of the engine.
const TIMELINE: &[&str] = &[
    "CREATE TABLE data_keys (id {id}, wrapped {blob} NOT NULL) {table}",
    // On MySQL, the holder of the write transaction locks its row.
    "CREATE TABLE write_lock (id {int} NOT NULL PRIMARY KEY) {table}",
    "INSERT INTO write_lock (id) VALUES (1)",
    "CREATE TABLE settings (id {id}, name {name} NOT NULL UNIQUE, value {text} NOT NULL) {table}",
    "CREATE TABLE users (
        id {id},
        name {name} NOT NULL UNIQUE,
        name_key {name} NOT NULL,
        email {name} NOT NULL UNIQUE,
        email_source {name} NOT NULL,
        password {text},
        is_admin {int} NOT NULL,
        disabled_at {int},
        sso_provider {name},
        sso_subject {name},
        proxy_subject {hash} UNIQUE,
        preferences {text},
        last_seen_at {int},
        created_at {int} NOT NULL,
        updated_at {int} NOT NULL,
        UNIQUE (sso_provider, sso_subject)
    ) {table}",
    "CREATE INDEX users_name_key_index ON users (name_key)",
    "CREATE TABLE deleted_names (name_key {name} NOT NULL PRIMARY KEY, deleted_at {int} NOT NULL) {table}",
    "CREATE TABLE accounts (
        id {id},
        user_id {int},
        service {blob},
        account {blob} NOT NULL,
        legacy_uri {blob} NOT NULL,
        secret {blob} NOT NULL,
        icon {name},
        otp_type {name} NOT NULL,
        algorithm {name} NOT NULL,
        digits {int} NOT NULL,
        period {int},
        counter {int},
        created_at {int} NOT NULL,
        updated_at {int} NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX accounts_user_index ON accounts (user_id)",
    "CREATE INDEX accounts_icon_index ON accounts (icon)",
    // `groups` is a reserved word of MySQL.
    "CREATE TABLE account_groups (
        id {id},
        user_id {int},
        name {name} NOT NULL,
        show_in_chips {int} NOT NULL,
        position {int} NOT NULL,
        created_at {int} NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX account_groups_user_index ON account_groups (user_id)",
    "CREATE TABLE memberships (
        account_id {int} NOT NULL,
        user_id {int} NOT NULL,
        group_id {int} NOT NULL,
        PRIMARY KEY (account_id, user_id),
        FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        FOREIGN KEY (group_id) REFERENCES account_groups (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX memberships_user_index ON memberships (user_id)",
    "CREATE INDEX memberships_group_index ON memberships (group_id)",
    "CREATE TABLE positions (
        user_id {int} NOT NULL,
        account_id {int} NOT NULL,
        position {int} NOT NULL,
        PRIMARY KEY (account_id, user_id),
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX positions_user_index ON positions (user_id)",
    // `audience` is the user's id, or 0 for everyone: unlike nulls it can be unique.
    "CREATE TABLE shares (
        id {id},
        account_id {int} NOT NULL,
        audience {int} NOT NULL,
        user_id {int},
        created_by {int} NOT NULL,
        created_at {int} NOT NULL,
        UNIQUE (account_id, audience),
        FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX shares_audience_index ON shares (audience)",
    "CREATE INDEX shares_user_index ON shares (user_id)",
    "CREATE INDEX shares_creator_index ON shares (created_by, account_id)",
    "CREATE TABLE sessions (
        id {hash} NOT NULL PRIMARY KEY,
        user_id {int},
        data {text},
        ip {text},
        user_agent {text},
        created_at {int} NOT NULL,
        last_used_at {int} NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX sessions_user_index ON sessions (user_id)",
    "CREATE INDEX sessions_used_index ON sessions (last_used_at)",
    "CREATE TABLE tokens (
        id {name} NOT NULL PRIMARY KEY,
        user_id {int} NOT NULL,
        name {text} NOT NULL,
        hash {hash} NOT NULL UNIQUE,
        created_at {int} NOT NULL,
        expires_at {int} NOT NULL,
        revoked {int} NOT NULL,
        last_used_at {int},
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX tokens_user_index ON tokens (user_id)",
    "CREATE TABLE sign_ins (
        id {id},
        user_id {int} NOT NULL,
        ip {text},
        user_agent {text},
        login_at {int},
        logout_at {int},
        successful {int} NOT NULL,
        guard {name} NOT NULL,
        method {name},
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX sign_ins_user_index ON sign_ins (user_id, id)",
    "CREATE INDEX sign_ins_login_index ON sign_ins (login_at)",
    "CREATE INDEX sign_ins_logout_index ON sign_ins (logout_at)",
    "CREATE TABLE otp_logs (
        id {id},
        requester_id {int},
        requester_name {text} NOT NULL,
        requester_email {text} NOT NULL,
        owner_id {int},
        owner_name {text} NOT NULL,
        owner_email {text} NOT NULL,
        account_id {int} NOT NULL,
        ip {text} NOT NULL,
        otp_type {name} NOT NULL,
        counter {int},
        generated_at {int} NOT NULL,
        FOREIGN KEY (requester_id) REFERENCES users (id) ON DELETE SET NULL,
        FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE SET NULL,
        FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX otp_logs_account_index ON otp_logs (account_id, id)",
    "CREATE INDEX otp_logs_requester_index ON otp_logs (requester_id)",
    "CREATE INDEX otp_logs_owner_index ON otp_logs (owner_id)",
    "CREATE INDEX otp_logs_time_index ON otp_logs (generated_at)",
    "CREATE TABLE throttles (
        id {hash} NOT NULL PRIMARY KEY,
        hits {int} NOT NULL,
        window_started_at {int} NOT NULL
    ) {table}",
    "CREATE INDEX throttles_window_index ON throttles (window_started_at)",
    "CREATE TABLE resets (
        kind {name} NOT NULL,
        email {name} NOT NULL,
        hash {hash} NOT NULL,
        created_at {int} NOT NULL,
        PRIMARY KEY (kind, email)
    ) {table}",
    // Empty while icons are files.
    "CREATE TABLE icons (id {id}, name {name} NOT NULL UNIQUE, content {blob} NOT NULL) {table}",
    "CREATE TABLE security_keys (
        id {id},
        user_id {int} NOT NULL,
        credential {blob} NOT NULL,
        credential_hash {hash} NOT NULL UNIQUE,
        handle {name} NOT NULL,
        alias {text},
        public_key {blob} NOT NULL,
        counter {int} NOT NULL,
        backup_eligible {int},
        rp_id {text} NOT NULL,
        origin {text} NOT NULL,
        transports {text} NOT NULL,
        aaguid {name},
        attestation_format {name} NOT NULL,
        disabled_at {int},
        created_at {int} NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX security_keys_user_index ON security_keys (user_id)",
    "CREATE TABLE challenges (
        id {hash} NOT NULL PRIMARY KEY,
        data {text} NOT NULL,
        expires_at {int} NOT NULL
    ) {table}",
    "CREATE INDEX challenges_expiry_index ON challenges (expires_at)",
    "ALTER TABLE icons ADD COLUMN created_at {int} NOT NULL DEFAULT 0",
    "ALTER TABLE tokens ADD COLUMN may_write {int} NOT NULL DEFAULT 0",
    "CREATE TABLE clock_watch (
        id {int} NOT NULL PRIMARY KEY,
        latest {int} NOT NULL,
        doubted_at {int},
        doubted_for {int} NOT NULL
    ) {table}",
    // Who added an icon, wherever it is kept, until it is either an account's or removed.
    "CREATE TABLE added_icons (
        name {name} NOT NULL PRIMARY KEY,
        user_id {int} NOT NULL,
        created_at {int} NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX added_icons_user_index ON added_icons (user_id)",
    // Links of before don't say whose they are. They live for an hour.
    "DELETE FROM resets",
    "ALTER TABLE resets ADD COLUMN user_id {int}",
    "ALTER TABLE sessions ADD COLUMN basis {text}",
    // Changed by each write transaction on MySQL, so that those of a cluster's other nodes conflict with it.
    "ALTER TABLE write_lock ADD COLUMN n {int} NOT NULL DEFAULT 0",
    // What was added in one go, so that it can be taken back in one go.
    "CREATE TABLE imports (
        id {id},
        user_id {int} NOT NULL,
        source {name} NOT NULL,
        created_at {int} NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX imports_user_index ON imports (user_id)",
    "CREATE TABLE imported_accounts (
        account_id {int} NOT NULL PRIMARY KEY,
        import_id {int} NOT NULL,
        FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
        FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX imported_accounts_import_index ON imported_accounts (import_id)",
    "CREATE TABLE imported_groups (
        group_id {int} NOT NULL PRIMARY KEY,
        import_id {int} NOT NULL,
        FOREIGN KEY (group_id) REFERENCES account_groups (id) ON DELETE CASCADE,
        FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE
    ) {table}",
    "CREATE INDEX imported_groups_import_index ON imported_groups (import_id)",
];

/// Tables of other programs' databases: 2FAuth's, for one, has both.
const FOREIGN: [&str; 2] = ["migrations", "users"];

/// Returns the version of the database; 0 for an empty one.
///
/// # Errors
/// A database of another program, or of a later version.
pub(crate) async fn version(connection: &mut Connection) -> Result<i64, OpenError> {
    let tables = connection.tables().await?;
    if !tables.iter().any(|table| table == "schema_version") {
        let foreign = tables.iter().any(|table| FOREIGN.contains(&table.as_str()));
        return if foreign { Err(OpenError::Foreign) } else { Ok(0) };
    }
    let found = connection.row("SELECT version FROM schema_version", &[], |row| row.read()).await?.unwrap_or(0);
    let known = i64::try_from(TIMELINE.len()).unwrap_or(i64::MAX);
    if found > known { Err(OpenError::Newer { found, known }) } else { Ok(found) }
}

/// The first version with a table for the data key.
pub(crate) const KEYED: i64 = 1;

/// Brings a database of `version` up to [`KEYED`].
pub(crate) async fn begin(connection: &mut Connection, version: i64) -> Result<(), Error> {
    if version == 0 {
        connection.define("CREATE TABLE IF NOT EXISTS schema_version (version {int} NOT NULL) {table}").await?;
        connection.execute("DELETE FROM schema_version", &[]).await?;
        connection.execute("INSERT INTO schema_version (version) VALUES (0)", &[]).await?;
    }
    migrate(connection, version, KEYED).await
}

/// Brings a database of `version`, and at least [`KEYED`], up to date.
pub(crate) async fn finish(connection: &mut Connection, version: i64) -> Result<(), Error> {
    migrate(connection, version.max(KEYED), i64::MAX).await
}

async fn migrate(connection: &mut Connection, from: i64, to: i64) -> Result<(), Error> {
    for (number, statement) in (1_i64..=to).zip(TIMELINE) {
        if number > from {
            match connection.define(statement).await {
                // The timeline inserts one row, which an interrupted migration may have done before.
                Ok(()) | Err(Error::Duplicate) => {}
                Err(error) => return Err(error),
            }
            connection.execute("UPDATE schema_version SET version = ?", &[number.into()]).await?;
        }
    }
    Ok(())
}

/// Returns the columns of a type, as `table.column`, of those that were created with their tables.
#[cfg(test)]
pub(crate) fn columns_of(kind: &str) -> impl Iterator<Item = String> {
    let tables = TIMELINE.iter().filter_map(|statement| statement.strip_prefix("CREATE TABLE ")?.split_once(" ("));
    tables.flat_map(move |(table, definition)| {
        let columns = definition.split(',').map(str::trim);
        let names = columns.filter_map(move |column| column.split_once(' ').filter(|(_, rest)| rest.starts_with(kind)));
        names.map(move |(name, _)| format!("{table}.{name}"))
    })
}
