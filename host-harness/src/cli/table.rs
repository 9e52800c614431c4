//! Connections and accounts as people read them.

use crate::host::{Account, ConnectionView, GrantView};
use crate::printable::on_one_line;
use crate::store::OutstandingRevocation;
use crate::timestamp::{relative, rfc3339};

/// All connections, one a line.
pub(super) fn connections(connections: &[ConnectionView], now: u64) -> String {
    if connections.is_empty() {
        return "There are no connections. Next: sovrium-host connection add --help".to_owned();
    }
    let header = ["ID", "NAME", "STATE", "PLATFORM", "ACTIONS", "LAST ACTIVITY"];
    let rows = connections.iter().map(|connection| {
        [
            connection.id.to_string(),
            connection.name.clone(),
            connection.state.to_owned(),
            connection.platform.status.to_owned(),
            actions(connection),
            connection.last_activity_at.map_or_else(|| "never".to_owned(), |at| relative(at, now)),
        ]
    });
    let mut text = aligned(std::iter::once(header.map(str::to_owned)).chain(rows).collect());
    for (connection, warning) in
        connections.iter().filter_map(|it| Some((it, it.warning.as_ref()?)))
    {
        let (id, name) = (connection.id, on_one_line(&connection.name));
        text.push_str(&format!("\nConnection {id}, {name}: {warning}"));
    }
    text
}

/// One connection, one fact a line.
pub(super) fn connection(connection: &ConnectionView, now: u64) -> String {
    let mut rows = vec![
        fact("Connection", connection.id.to_string()),
        fact("Name", connection.name.clone()),
        fact("State", connection.state),
        fact("Actions", actions(connection)),
        fact(
            "Platform",
            format!("{}, {}", connection.platform.status, connection.platform.row_action),
        ),
        fact("Configuration", connection.configuration.to_string()),
    ];
    match &connection.grant {
        Some(grant) => rows.extend(grant_facts(grant, now)),
        None => rows.push(fact("Grant", "none")),
    }
    rows.extend(connection.warning.clone().map(|warning| fact("Warning", warning)));
    if connection.queued_revocations > 0 {
        rows.push(fact("Revocations", format!("{} queued", connection.queued_revocations)));
    }
    if let Some(error) = &connection.last_error {
        rows.push(fact("Last error", format!("{}: {}", error.code, error.message)));
    }
    rows.push(fact("Created", moment(connection.created_at, now)));
    rows.push(fact("Updated", moment(connection.updated_at, now)));
    if let Some(at) = connection.last_activity_at {
        rows.push(fact("Last activity", moment(at, now)));
    }
    aligned(rows)
}

/// What a person can do, in the words of the platform's pages.
fn actions(connection: &ConnectionView) -> String {
    let words = connection.user_actions.iter().map(|action| match *action {
        "connect" => "Connect",
        "disconnect" => "Disconnect",
        "test" => "Test",
        "reconnect" => "Re-connect",
        "update-credentials" => "Update credentials",
        other => other,
    });
    words.collect::<Vec<_>>().join(", ")
}

fn grant_facts(grant: &GrantView, now: u64) -> Vec<[String; 2]> {
    let mut rows = vec![fact("Scopes", grant.scopes.join(" "))];
    rows.extend(grant.owner.clone().map(|owner| fact("Owner", owner)));
    rows.extend(grant.organization.clone().map(|it| fact("Organization", it)));
    rows.push(match grant.access_expires_at {
        Some(at) => fact("Access token", format!("expires {}", moment(at, now))),
        None => fact("Access token", "does not expire"),
    });
    if let Some(at) = grant.refresh_expires_at {
        rows.push(fact("Refresh token", format!("expires {}", moment(at, now))));
    }
    rows.extend(grant.refused.clone().map(|why| fact("Refused", why)));
    rows
}

/// The account behind a connection.
pub(super) fn account(account: &Account) -> String {
    aligned(vec![
        fact("Works for", format!("{} <{}>", account.name, account.email)),
        fact("User", account.uri.clone()),
        fact("Organization", account.organization.clone()),
        fact("Time zone", account.timezone.clone()),
    ])
}

/// The queued revocations, one a line.
pub(super) fn revocations(queued: &[OutstandingRevocation], now: u64) -> String {
    if queued.is_empty() {
        return "No revocation is queued.".to_owned();
    }
    let header = ["CONNECTION", "NAME", "QUEUED", "ATTEMPTS", "NEXT", "LAST ERROR"];
    let rows = queued.iter().map(|queued| {
        [
            queued.connection.id.to_string(),
            queued.connection.name.clone(),
            relative(queued.created_at, now),
            queued.attempts.to_string(),
            match queued.given_up_at {
                Some(at) => format!("given up {}", relative(at, now)),
                None if queued.is_due(now) => "due".to_owned(),
                None => relative(queued.next_attempt_at, now),
            },
            queued.last_error.clone().unwrap_or_default(),
        ]
    });
    aligned(std::iter::once(header.map(str::to_owned)).chain(rows).collect())
}

fn moment(at: u64, now: u64) -> String {
    format!("{} ({})", rfc3339(at), relative(at, now))
}

fn fact(name: &str, value: impl Into<String>) -> [String; 2] {
    [name.to_owned(), value.into()]
}

/// Columns as wide as their widest cell, two spaces apart; the last one as wide as it likes.
pub(super) fn aligned<const COLUMNS: usize>(rows: Vec<[String; COLUMNS]>) -> String {
    // A cell may hold any character.
    let rows: Vec<_> =
        rows.into_iter().map(|row| row.map(|cell| on_one_line(&cell).into_owned())).collect();
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: [String; COLUMNS]| {
        let cells: String =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}  ")).collect();
        cells.trim_end().to_owned()
    };
    rows.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_control_characters_do_nothing() {
        let rows = vec![
            ["ID".to_owned(), "NAME".to_owned()],
            ["1\u{7}".to_owned(), "a\u{1b}[2Jb".to_owned()],
        ];
        assert_eq!(aligned(rows), "ID       NAME\n1\\u0007  a\\u001b[2Jb");
    }
}
