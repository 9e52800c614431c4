//! The JSON Schemas that the manifest publishes for every operation.

use std::collections::BTreeMap;

use host_harness::bindings::exports::sovrium::connector::manifest::Manifest;
use jsonschema::Validator;
use serde_json::Value;

/// The schemas of every operation's `config` and answer, by its name.
pub(crate) struct Schemas(BTreeMap<String, (Validator, Validator)>);

impl Schemas {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let validator = |text: &str| {
            let schema: Value = serde_json::from_str(text).expect("JSON");
            assert!(jsonschema::draft202012::meta::is_valid(&schema), "{schema}");
            jsonschema::draft202012::new(&schema).expect("a schema")
        };
        let operations = manifest.operations.iter().map(|operation| {
            let input = validator(&operation.input_schema);
            let output = validator(&operation.output_schema);
            (operation.name.clone(), (input, output))
        });
        Self(operations.collect())
    }

    /// The names of the operations.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Holds an accepted input and its answer against the operation's schemas.
    pub(crate) fn check(&self, operation: &str, config: &Value, answer: &Value) {
        let (input, output) = &self.0[operation];
        assert_valid(input, config, &format!("the config of {operation}"));
        assert_valid(output, answer, &format!("the answer of {operation}"));
    }

    /// Whether the operation's schema accepts an input.
    pub(crate) fn accepts(&self, operation: &str, config: &Value) -> bool {
        self.0[operation].0.is_valid(config)
    }
}

pub(crate) fn assert_valid(schema: &Validator, value: &Value, what: &str) {
    let faults: Vec<_> = schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{what} breaks its schema: {faults:#?}\n{value:#}");
}
