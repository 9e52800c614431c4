//! The built component's contract, spelled out: a change to it has to be written here too.
//!
//! Every interface is a line of its own, followed by its functions. An import that is not listed,
//! a WASI interface above all, is authority that the connector must not have.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::collections::BTreeSet;

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{ComponentExtern, ComponentItem};

const IMPORTS: &[&str] = &[
    "sovrium:connector/authorizations@0.1.0",
    "sovrium:connector/authorizations@0.1.0#claim",
    "sovrium:connector/clock@0.1.0",
    "sovrium:connector/clock@0.1.0#now",
    "sovrium:connector/clock@0.1.0#sleep",
    "sovrium:connector/grant-store@0.1.0",
    "sovrium:connector/grant-store@0.1.0#acquire-lease",
    "sovrium:connector/grant-store@0.1.0#compare-and-swap",
    "sovrium:connector/grant-store@0.1.0#load",
    "sovrium:connector/grant-store@0.1.0#release-lease",
    "sovrium:connector/http@0.1.0",
    "sovrium:connector/http@0.1.0#send",
    "sovrium:connector/http@0.1.0#send-all",
    "sovrium:connector/keys@0.1.0",
    "sovrium:connector/keys@0.1.0#active",
    "sovrium:connector/keys@0.1.0#find",
    "sovrium:connector/log@0.1.0",
    "sovrium:connector/log@0.1.0#write",
    "sovrium:connector/random@0.1.0",
    "sovrium:connector/random@0.1.0#bytes",
    "sovrium:connector/request-budget@0.1.0",
    "sovrium:connector/request-budget@0.1.0#acquire",
    "sovrium:connector/request-budget@0.1.0#observe",
    "sovrium:connector/types@0.1.0",
];

const EXPORTS: &[&str] = &[
    "sovrium:connector/connections@0.1.0",
    "sovrium:connector/connections@0.1.0#change",
    "sovrium:connector/connections@0.1.0#create",
    "sovrium:connector/connections@0.1.0#mask",
    "sovrium:connector/connections@0.1.0#validate",
    "sovrium:connector/lifecycle@0.1.0",
    "sovrium:connector/lifecycle@0.1.0#transition",
    "sovrium:connector/lifecycle@0.1.0#user-actions",
    "sovrium:connector/lifecycle@0.1.0#view",
    "sovrium:connector/manifest@0.1.0",
    "sovrium:connector/manifest@0.1.0#describe",
    "sovrium:connector/oauth@0.1.0",
    "sovrium:connector/oauth@0.1.0#authorize",
    "sovrium:connector/oauth@0.1.0#connect-with-token",
    "sovrium:connector/oauth@0.1.0#exchange",
    "sovrium:connector/oauth@0.1.0#refresh",
    "sovrium:connector/oauth@0.1.0#revoke",
    "sovrium:connector/oauth@0.1.0#revoke-outstanding",
    "sovrium:connector/oauth@0.1.0#rotate",
    "sovrium:connector/oauth@0.1.0#test",
    "sovrium:connector/operations@0.1.0",
    "sovrium:connector/operations@0.1.0#run",
    "sovrium:connector/triggers@0.1.0",
    "sovrium:connector/triggers@0.1.0#complete",
    "sovrium:connector/triggers@0.1.0#poll",
    "sovrium:connector/triggers@0.1.0#receive",
    "sovrium:connector/vault@0.1.0",
    "sovrium:connector/vault@0.1.0#reseal",
];

/// The size that the README promises not to exceed.
const MAX_BYTES: usize = 650_000;

#[test]
fn the_component_imports_and_exports_exactly_the_contract() {
    let engine = Engine::default();
    let component = Component::new(&engine, component()).expect("a valid component");
    let component = component.component_type();

    let imports = listing(&engine, component.imports(&engine));
    assert!(!imports.iter().any(|import| import.contains("wasi:")), "WASI imported: {imports:#?}");
    assert_same(&imports, IMPORTS, "imports");
    assert_same(&listing(&engine, component.exports(&engine)), EXPORTS, "exports");
}

#[test]
fn the_component_is_small() {
    let bytes = component().len();
    assert!(bytes <= MAX_BYTES, "the component has {bytes} bytes, {MAX_BYTES} are allowed");
}

fn component() -> Vec<u8> {
    std::fs::read(support::component_path()).expect("a readable component")
}

/// Lists the interfaces and, as `interface#function`, what they consist of. Types go without
/// saying; anything else is listed as it is.
fn listing<'a>(
    engine: &Engine,
    items: impl Iterator<Item = (&'a str, ComponentExtern<'a>)>,
) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (name, item) in items {
        lines.insert(name.to_owned());
        let ComponentItem::ComponentInstance(interface) = item.ty else {
            continue;
        };
        for (member, item) in interface.exports(engine) {
            if !matches!(item.ty, ComponentItem::Type(_)) {
                lines.insert(format!("{name}#{member}"));
            }
        }
    }
    lines
}

fn assert_same(found: &BTreeSet<String>, expected: &[&str], what: &str) {
    let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
    let missing: Vec<_> = expected.difference(found).collect();
    let surplus: Vec<_> = found.difference(&expected).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "{what} differ from the contract: missing {missing:#?}, surplus {surplus:#?}",
    );
}
