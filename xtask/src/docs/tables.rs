//! The tables: what can be done where, and with which fields.

use anyhow::{Context, Result};
use calendly_connector::contract::manifest::{Manifest, Table, TableInBase};
use serde_json::Value;

use super::cell;

const VERBS: [&str; 5] = ["query", "get", "create", "update", "delete"];

/// A line for each table: its verbs by kind of base, and the plan it needs.
pub(crate) fn overview(manifest: &Manifest) -> String {
    let mut text = String::from(
        "| table | a record is | `user:` | `organization:` | `group:` | plan |\n\
         |---|---|---|---|---|---|\n",
    );
    for table in &manifest.tables {
        let in_base = |kind| marks(base(table, kind));
        text.push_str(&format!(
            "| [`{name}`](docs/operations.md#{name}) | {} | {} | {} | {} | {} |\n",
            cell(first_sentence(&table.description)),
            in_base("user"),
            in_base("organization"),
            in_base("group"),
            table.plan,
            name = table.name,
        ));
    }
    text.push_str(
        "\nQ query, G get, C create, U update, D delete; in italics where Calendly asks for an \
         admin of the organization, or of the group.\n",
    );
    text
}

/// All tables with all of their fields.
pub(crate) fn all(manifest: &Manifest) -> Result<String> {
    let mut text = String::from(
        "## Tables\n\n\
         A field is named by its name or by its label. *Calendly filters*: the operators that are \
         given to Calendly; the connector makes every other test itself. A field that is read only \
         when it is named stands in another resource, its event's.\n",
    );
    for table in &manifest.tables {
        text.push_str(&one(table)?);
    }
    Ok(text)
}

fn one(table: &Table) -> Result<String> {
    let mut text = format!("\n### {}\n\n{}\n\n", table.name, table.description);
    text.push_str("| base | verbs | role to read | role to write |\n|---|---|---|---|\n");
    for TableInBase { kind, verbs, role, write_role } in &table.bases {
        let writes = verbs.iter().any(|verb| !matches!(verb.as_str(), "query" | "get"));
        let write_role = if writes { write_role } else { "" };
        text.push_str(&format!("| {kind} | {} | {role} | {write_role} |\n", verbs.join(", ")));
    }
    text.push_str(&format!(
        "\nPlan: {}. Scopes to read: {}; to write: {}.\n",
        table.plan,
        codes(&table.read_scopes),
        codes(&table.write_scopes),
    ));
    if !table.way_out.is_empty() {
        text.push_str(&format!("\n{}\n", table.way_out));
    }
    text.push_str(
        "\n| field | label | type | read | on create | on update | Calendly filters | sorts |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let fields: Vec<Value> = serde_json::from_str(&table.fields).context("a table's fields")?;
    for field in &fields {
        text.push_str(&row(field));
    }
    Ok(text)
}

fn row(field: &Value) -> String {
    let text = |name: &str| field[name].as_str().unwrap_or_default().to_owned();
    let options: Vec<_> = strings(&field["options"]).collect();
    let mut kind = text("type");
    if !options.is_empty() {
        kind.push_str(&format!(": {}", options.join(", ")));
    } else if let Some(of) = field["references"].as_str() {
        kind.push_str(&format!(", a URI of {of}"));
    }
    let read = match () {
        () if field["readable"] == false => "no",
        () if field["onlyWhenNamed"] == true => "when named",
        () if field["listed"] == false => "one by one",
        () if field["nullable"] == true => "or null",
        () => "yes",
    };
    let given = |name: &str| Some(text(name)).filter(|need| need != "no").unwrap_or_default();
    format!(
        "| `{}` | {} | {} | {read} | {} | {} | {} | {} |\n",
        text("name"),
        cell(&text("label")),
        cell(&kind),
        given("onCreate"),
        given("onUpdate"),
        strings(&field["filteredByCalendly"]).collect::<Vec<_>>().join(", "),
        if field["sortedByCalendly"] == true { "yes" } else { "" },
    )
}

fn base<'t>(table: &'t Table, kind: &str) -> Option<&'t TableInBase> {
    table.bases.iter().find(|base| base.kind == kind)
}

/// The verbs by their first letters.
fn marks(base: Option<&TableInBase>) -> String {
    let Some(base) = base else { return "–".to_owned() };
    let mut marks = Vec::new();
    for verb in VERBS {
        if base.verbs.iter().any(|offered| offered == verb) {
            let reads = matches!(verb, "query" | "get");
            let role = if reads { &base.role } else { &base.write_role };
            let letter = verb[..1].to_uppercase();
            marks.push(if role == "admin" { format!("*{letter}*") } else { letter });
        }
    }
    marks.join(" ")
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}

fn codes(words: &[String]) -> String {
    if words.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
