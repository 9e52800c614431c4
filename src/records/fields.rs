//! The fields of a table as an account has them: addressed by name or by label, listed with all
//! there is to know.

use serde_json::Value;

use super::custom_fields::{CustomField, PREFIX};
use super::sort::has_order;
use crate::api::Client;
use crate::catalog::{Field, Kind, Need, Pushdown, Table};
use crate::error::Result;
use crate::json::{self, object, texts};
use crate::text::{join, list, same};

/// A table's fields, custom ones included.
#[derive(Clone, Debug)]
pub struct Fields {
    /// The table.
    pub(super) table: &'static Table,
    /// The account's own fields.
    pub(super) custom: Vec<CustomField>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) enum FieldRef<'a> {
    /// Every account has it.
    Known(&'static Field),
    /// This account has it.
    Custom(&'a CustomField),
}

impl<'a> FieldRef<'a> {
    /// Its key in a record.
    pub(super) fn key(self) -> &'a str {
        match self {
            Self::Known(field) => field.name,
            Self::Custom(field) => &field.key,
        }
    }

    /// What kind of value it has.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Known(field) => field.kind,
            Self::Custom(field) => field.kind,
        }
    }

    /// Whether a record has it when it is one of many.
    pub(super) const fn is_listed(self) -> bool {
        match self {
            Self::Known(field) => field.listed && field.read.is_some(),
            Self::Custom(_) => true,
        }
    }

    /// Whether a record has it when it is read.
    pub(super) const fn is_read(self) -> bool {
        match self {
            Self::Known(field) => field.read.is_some(),
            Self::Custom(_) => true,
        }
    }
}

impl Fields {
    /// The fields that every account has.
    #[must_use]
    pub const fn known(table: &'static Table) -> Self {
        Self { table, custom: Vec::new() }
    }

    /// The fields, asking Calendly for the account's own where the table has such.
    ///
    /// # Errors
    /// What any read can end in.
    pub fn discover(client: &Client<'_>, table: &'static Table) -> Result<Self> {
        if !table.fields_are_discovered {
            return Ok(Self::known(table));
        }
        let mut taken = Vec::new();
        for field in table.fields {
            taken.push(field.name);
            taken.push(field.label);
        }
        let custom = CustomField::discover(client, &taken)?;
        Ok(Self { table, custom })
    }

    /// Whether these names can only mean fields that every account has.
    #[must_use]
    pub fn are_known(table: &Table, names: &[&str]) -> bool {
        names.iter().all(|name| table.fields.iter().any(|field| field.name == *name))
    }

    /// The field of that name, of that `custom:<uuid>`, or of that label in any case.
    ///
    /// # Errors
    /// A sentence about the name that is unknown or ambiguous.
    pub(super) fn resolve(&self, name: &str) -> Result<FieldRef<'_>, String> {
        if let Some(field) = self.table.fields.iter().find(|field| field.name == name) {
            return Ok(FieldRef::Known(field));
        }
        if let Some(uuid) = name.strip_prefix(PREFIX) {
            let field = self.custom.iter().find(|field| field.uuid == uuid);
            return field.map(FieldRef::Custom).ok_or_else(|| self.unknown(name));
        }
        let mut found = Vec::new();
        for field in self.table.fields {
            if same(field.label, name) {
                found.push(FieldRef::Known(field));
            }
        }
        for field in &self.custom {
            if same(&field.label, name) {
                found.push(FieldRef::Custom(field));
            }
        }
        match *found {
            [] => Err(self.unknown(name)),
            [field] => Ok(field),
            _ => {
                let keys = join(found.into_iter().map(FieldRef::key), " or ");
                Err(format!("The label '{name}' is ambiguous; say {keys}"))
            }
        }
    }

    fn unknown(&self, name: &str) -> String {
        let mut keys = Vec::new();
        for field in self.table.fields {
            keys.push(field.name);
        }
        for field in &self.custom {
            keys.push(&field.key);
        }
        format!("There is no field '{name}' in {}; there are {}", self.table.name, list(keys))
    }

    /// The fields as `calendly.listTables` lists them.
    #[must_use]
    pub fn describe(&self) -> Vec<Value> {
        let mut described = Vec::new();
        for field in self.table.fields {
            described.push(describe_known(field));
        }
        for field in &self.custom {
            described.push(describe_custom(field));
        }
        described
    }
}

fn describe_known(field: &Field) -> Value {
    let options = match field.kind {
        Kind::Choice(choices) => texts(choices),
        _ => texts(&[]),
    };
    let mut filtered = Vec::new();
    for pushdown in field.pushdown {
        filtered.push(pushdown_words(*pushdown));
    }
    let mut described = object! {
        "name": field.name,
        "label": field.label,
        "type": field.kind.platform_type(),
        "schema": field.kind.json_schema(field.nullable),
        "nullable": field.nullable,
        "readable": field.read.is_some(),
        "onlyWhenNamed": field.of_parent,
        "onCreate": need_word(field.on_create),
        "onUpdate": need_word(field.on_update),
        "options": options,
        "references": Value::Null,
        "listed": field.listed && field.read.is_some(),
        "filterable": field.listed && field.read.is_some() || !field.pushdown.is_empty(),
        "filteredByCalendly": texts(&filtered),
        "sortable": field.listed && field.read.is_some() && has_order(field.kind),
        "sortedByCalendly": field.sorts,
        "custom": false,
    };
    if let Kind::Reference(table) = field.kind {
        json::put(&mut described, "references", table.into());
    }
    described
}

/// A custom field has what every optional field has, and its own label and options.
fn describe_custom(field: &CustomField) -> Value {
    let mut described =
        describe_known(&Field::new("", "", field.kind).nullable().creatable().updatable());
    json::put(&mut described, "name", field.key.as_str().into());
    json::put(&mut described, "label", field.label.as_str().into());
    json::put(&mut described, "type", field.platform_type().into());
    json::put(&mut described, "schema", field.json_schema());
    json::put(&mut described, "options", texts(&field.labels()));
    json::put(&mut described, "custom", true.into());
    described
}

const fn need_word(need: Need) -> &'static str {
    match need {
        Need::No => "no",
        Need::Optional => "optional",
        Need::Required => "required",
    }
}

const fn pushdown_words(pushdown: Pushdown) -> &'static str {
    match pushdown {
        Pushdown::Equals(_) | Pushdown::ParentEquals(_) => "equals",
        Pushdown::EqualsAny(_) => "in",
        Pushdown::Contains(_) => "contains",
        Pushdown::NotBefore(_) => "greaterThanOrEqual",
        Pushdown::NotAfter(_) => "lessThanOrEqual",
    }
}
