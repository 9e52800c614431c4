//! The command line keeps its manners: what goes where, and with which exit status.

#![allow(clippy::unwrap_used, reason = "how a test fails")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use host_harness::bindings::exports::sovrium::connector::lifecycle::State;
use host_harness::bindings::sovrium::connector::types::Connection;
use host_harness::clock::SystemClock;
use host_harness::store::Store;
use serde_json::Value;

fn sovrium_host(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sovrium-host"));
    command.args(arguments);
    for variable in ["SOVRIUM_DB", "SOVRIUM_COMPONENT", "SOVRIUM_ENCRYPTION_KEY", "SOVRIUM_LOG"] {
        command.env_remove(variable);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    sovrium_host(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn wrong_usage_is_status_2_and_nothing_is_written_to_standard_output() {
    for arguments in [&["connection"][..], &["no-such-command"], &["connection", "show", "x"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_secret_may_come_from_one_place_only() {
    let output = run(&[
        "connection",
        "add",
        "--id",
        "1",
        "--name",
        "a",
        "--client-id",
        "b",
        "--client-secret-stdin",
        "--client-secret-env",
        "SECRET",
    ]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_missing_component_is_named_with_what_to_do_in_words_and_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("sovrium.db");
    let arguments =
        ["--db", database.to_str().unwrap(), "--component", "/no/such.wasm", "describe"];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let text = stderr(&output);
    assert!(text.starts_with("error: internal: Cannot read the component /no/such.wasm"), "{text}");
    assert!(text.contains("what to do: Build the component"), "{text}");

    let output = run(&[&arguments[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((&error["code"], &error["retry"]), (&"internal".into(), &"never".into()));
}

#[test]
fn a_file_that_is_no_component_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let component = folder.path().join("not.wasm");
    std::fs::write(&component, "not a component").unwrap();
    let database = folder.path().join("sovrium.db");
    let [database, component] = [&database, &component].map(|path| path.to_str().unwrap());
    let output = run(&["--db", database, "--component", component, "describe"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.starts_with("error: internal: The component cannot be used"), "{text}");
}

#[test]
fn a_key_of_the_wrong_length_is_refused_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("sovrium.db");
    let output = sovrium_host(&["--db", database.to_str().unwrap(), "connection", "list"])
        .env("SOVRIUM_ENCRYPTION_KEY", "c2VjcmV0LWJ1dC1zaG9ydA==")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.contains("error: vault:") && text.contains("openssl rand -base64 32"), "{text}");
    assert!(!text.contains("c2VjcmV0"), "{text}");
}

#[test]
fn a_key_variable_that_is_set_and_blank_is_no_reason_to_make_a_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("sovrium.db");
    for blank in ["", "  "] {
        let output = sovrium_host(&["--db", database.to_str().unwrap(), "connection", "list"])
            .env("SOVRIUM_ENCRYPTION_KEY", blank)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let text = stderr(&output);
        assert!(text.contains("error: vault:") && text.contains("unset it"), "{text}");
        assert!(!database.with_extension("key").exists());
    }
}

#[tokio::test]
async fn a_lost_key_file_is_not_made_anew_while_there_are_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("sovrium.db");
    let store = Store::open(&database, Arc::new(SystemClock)).unwrap();
    let connection = Connection {
        id: 1,
        name: "Marketing".to_owned(),
        client_id: "client".to_owned(),
        client_secret: "sealed".to_owned(),
        personal_access_token: None,
        scopes: Vec::new(),
        redirect_uri: None,
        webhook_signing_key: None,
        previous_webhook_signing_key: None,
    };
    store.insert_connection(connection, State::Configured).await.unwrap().unwrap();

    let key_file = database.with_extension("key");
    let list = ["--db", database.to_str().unwrap(), "connection", "list"];
    let output = run(&list);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    let lost = "All connections unusable until secrets are re-entered and re-encrypted";
    assert!(text.contains("error: vault:") && text.contains(lost), "{text}");
    assert!(text.contains(key_file.to_str().unwrap()), "{text}");
    assert!(!key_file.exists());

    // What it says to do works.
    std::fs::write(&key_file, "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert!(!stderr(&run(&list)).contains("vault"));

    // Without a secret in the database, it is made.
    std::fs::remove_file(&key_file).unwrap();
    store.remove_connection(1).await.unwrap();
    assert!(!stderr(&run(&list)).contains("vault"));
    assert!(key_file.exists());
}

#[test]
fn a_config_that_is_not_json_or_cannot_be_read_is_refused_before_anything_else() {
    for (config, expected) in [("{bad", "not JSON"), ("@/no/such/file", "Cannot read")] {
        let output = run(&["run", "1", "calendly.listBases", "--config", config]);
        assert_eq!(output.status.code(), Some(1));
        let text = stderr(&output);
        assert!(text.contains("invalid-input") && text.contains(expected), "{text}");
    }
    let mut child = sovrium_host(&["run", "1", "calendly.listBases", "--config", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"[").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(stderr(&output).contains("not JSON"));
}

#[test]
fn the_simulator_says_where_it_is_in_one_json_document_and_goes_on_when_nobody_listens() {
    let mut child = sovrium_host(&["simulator", "--port", "0", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut document = String::new();
    while serde_json::from_str::<Value>(&document).is_err() {
        assert_ne!(output.read_line(&mut document).unwrap(), 0, "{document}");
    }
    drop(output);
    let facts: Value = serde_json::from_str(&document).unwrap();
    assert!(facts["origin"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(facts["mapOrigin"].as_array().unwrap().len(), 2);
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}
