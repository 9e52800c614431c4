//! Fields as columns.

use rusqlite::types::{ToSqlOutput, Value as Sql, ValueRef};
use serde_json::{Number, Value};

/// A field's column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// The field's name.
    pub(super) name: String,
    /// What is stored in it.
    pub(super) form: Form,
}

/// How a field's values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are: texts, moments, references.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// 0 and 1.
    Boolean,
    /// As JSON text: lists and objects.
    Json,
}

impl Form {
    /// The column's type. SQLite takes other values too, so that nothing is lost when a field turns
    /// out to hold another kind.
    pub(super) const fn sql(self) -> &'static str {
        match self {
            Self::Text | Self::Json => "TEXT",
            Self::Integer | Self::Boolean => "INTEGER",
            Self::Real => "REAL",
        }
    }
}

/// The columns of the fields that records have.
pub(super) fn of(fields: &Value) -> Vec<Column> {
    let fields = fields.as_array().map_or(&[][..], Vec::as_slice);
    fields
        .iter()
        .filter(|field| field["readable"] == true)
        .filter_map(|field| {
            let form = match field["type"].as_str().unwrap_or_default() {
                "integer" => Form::Integer,
                "decimal" | "currency" | "percentage" => Form::Real,
                "checkbox" => Form::Boolean,
                "array" | "json" | "multi-select" => Form::Json,
                _ => Form::Text,
            };
            Some(Column { name: field["name"].as_str()?.to_owned(), form })
        })
        .collect()
}

/// A field's value as SQL has it.
pub(super) fn to_sql(value: &Value) -> ToSqlOutput<'_> {
    match value {
        Value::Null => ToSqlOutput::Owned(Sql::Null),
        Value::Bool(flag) => ToSqlOutput::Owned(Sql::Integer(i64::from(*flag))),
        Value::Number(number) => ToSqlOutput::Owned(match number.as_i64() {
            Some(whole) => Sql::Integer(whole),
            None => Sql::Real(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        list_or_object => ToSqlOutput::Owned(Sql::Text(list_or_object.to_string())),
    }
}

/// What stands in a column as the field's value. What has another form than the field's comes as it
/// is, for the connector to judge.
pub(super) fn from_sql(column: &Column, stored: ValueRef<'_>) -> Value {
    match stored {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(flag @ (0 | 1)) if column.form == Form::Boolean => (flag == 1).into(),
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let parsed = (column.form == Form::Json).then(|| serde_json::from_str(&text));
            parsed.and_then(Result::ok).unwrap_or_else(|| text.into_owned().into())
        }
    }
}
