//! A connection's life through the command line, a person and a browser included: the built
//! component, the simulator, and a process for every command.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "how a test fails")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use host_harness::clock::{Clock as _, SystemClock};
use host_harness::simulator::{
    Decision, Fault, FaultKind, Person, Simulator, SimulatorOptions, decide,
};
use host_harness::store::Store;
use serde_json::Value;
use url::{Url, form_urlencoded};

/// How long another process is given for what it does by itself. Far more than it needs: a machine
/// may be slow, and a process that looks every few seconds may only just have looked.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until there is something to see.
fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
    }
}

/// A database, a simulator, and everything the commands said.
struct World {
    folder: tempfile::TempDir,
    simulator: Simulator,
    redirect_uri: String,
    said: String,
}

impl World {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Self {
            folder: tempfile::tempdir().unwrap(),
            simulator: Simulator::start(SimulatorOptions {
                deliver_webhooks_in_background: true,
                ..SimulatorOptions::default()
            })
            .await
            .unwrap(),
            redirect_uri: format!("http://127.0.0.1:{port}/oauth/calendly/callback"),
            said: String::new(),
        }
    }

    /// The same with connection 1 created.
    async fn created() -> Self {
        let mut world = Self::new().await;
        let redirect_uri = world.redirect_uri.clone();
        let view = world.json(&[
            "connection",
            "add",
            "--id",
            "1",
            "--name",
            "Marketing",
            "--client-id",
            Simulator::CLIENT_ID,
            "--client-secret-env",
            "CALENDLY_CLIENT_SECRET",
            "--redirect-uri",
            &redirect_uri,
        ]);
        assert_eq!(view["state"], "configured");
        assert_eq!(view["configuration"]["clientSecret"], "***");
        world
    }

    /// The same connected.
    async fn connected() -> Self {
        let mut world = Self::created().await;
        let (page, output) = world.connect(Decision::Allow).await;
        assert!(page.contains("Marketing is connected"), "{page}");
        assert!(output.status.success(), "{output:?}");
        world
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sovrium-host"));
        command.arg("--db").arg(self.folder.path().join("sovrium.db"));
        command.arg("--component").arg(component_path());
        for origin in ["https://api.calendly.com", "https://auth.calendly.com"] {
            command.arg("--map-origin").arg(format!("{origin}={}", self.simulator.origin()));
        }
        command.args(arguments);
        for variable in ["SOVRIUM_DB", "SOVRIUM_COMPONENT", "SOVRIUM_ENCRYPTION_KEY"] {
            command.env_remove(variable);
        }
        command.env("SOVRIUM_LOG", "trace");
        command.env("CALENDLY_CLIENT_SECRET", Simulator::CLIENT_SECRET);
        command
    }

    fn run(&mut self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        self.hear(&output);
        output
    }

    fn hear(&mut self, output: &Output) {
        self.said.push_str(&text(&output.stdout));
        self.said.push_str(&text(&output.stderr));
    }

    /// Runs a command that has to succeed, for people and for programs; the latter is answered.
    fn json(&mut self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn words(&mut self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a command that has to fail: nothing on standard output, one document on standard
    /// error, behind what was logged.
    fn failure(&mut self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        error_of(&output)
    }

    /// Begins to connect and answers the consent page; returns what the browser shows at the end
    /// and how the command ended.
    async fn connect(&mut self, decision: Decision) -> (String, Output) {
        let connecting = Connecting::begin(self, &[]);
        let callback = decide(&connecting.url, decision).await.unwrap();
        let page = browse(&callback);
        let output = connecting.end();
        self.hear(&output);
        (page, output)
    }
}

/// A running `connection connect --no-browser --json`.
struct Connecting {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    url: String,
    said: String,
}

impl Connecting {
    fn begin(world: &World, more: &[&str]) -> Self {
        let arguments = ["connection", "connect", "1", "--no-browser", "--json"];
        let mut command = world.command(&[&arguments, more].concat());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let (mut said, mut url) = (String::new(), None);
        while url.is_none() {
            let mut line = String::new();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "{said}");
            url = line.starts_with(world.simulator.origin()).then(|| line.trim().to_owned());
            said.push_str(&line);
        }
        Self { child, stderr, url: url.unwrap_or_default(), said }
    }

    fn end(mut self) -> Output {
        let mut rest = Vec::new();
        self.stderr.read_to_end(&mut rest).unwrap();
        let mut output = self.child.wait_with_output().unwrap();
        output.stderr = [self.said.into_bytes(), rest].concat();
        output
    }
}

/// A server that ends with the test, however that ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a browser shows at an address on this machine.
fn browse(address: &str) -> String {
    let url = Url::parse(address).unwrap();
    let authority = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&authority).unwrap();
    let path = &url[url::Position::BeforePath..];
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

fn error_of(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let said = text(&output.stderr);
    // The document is the last thing, on lines of its own.
    let start = said.rfind("\n{\n").map_or(0, |at| at + 1);
    serde_json::from_str(&said[start..]).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn component_path() -> PathBuf {
    let path = match std::env::var_os("SOVRIUM_COMPONENT") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_TARGET_TMPDIR"))
            .with_file_name("component")
            .join("calendly-connector.wasm"),
    };
    assert!(path.is_file(), "no component at {}: run `cargo xtask build`", path.display());
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_life_through_the_command_line_shows_no_secret() {
    let mut world = World::connected().await;
    let view = world.json(&["connection", "show", "1"]);
    assert_eq!(
        (&view["state"], &view["platform"]["status"]),
        (&"connected".into(), &"active".into())
    );
    assert_eq!(view["userActions"], serde_json::json!(["disconnect", "test"]));
    let account = world.json(&["connection", "test", "1"]);
    assert!(account["email"].as_str().unwrap().contains('@'));
    let bases = world.json(&["run", "1", "calendly.listBases"]);
    assert_eq!(bases["bases"].as_array().unwrap().len(), 3);
    let query = r#"{"baseId": "me", "tableId": "contacts", "pageSize": 3}"#;
    let page = world.json(&["run", "1", "calendly.queryRecords", "--config", query]);
    assert_eq!(page["records"].as_array().unwrap().len(), 3);

    world.simulator.expire_access_tokens();
    world.words(&["connection", "test", "1"]);
    assert!(world.words(&["connection", "rename", "1", "Sales"]).contains("Sales"));
    let list = world.words(&["connection", "list"]);
    assert!(list.contains("Sales") && list.contains("connected"), "{list}");
    world.words(&["connection", "show", "1"]);
    world.words(&["describe"]);

    let ended = world.json(&["connection", "disconnect", "1"]);
    assert_eq!(ended["tokens"]["revoked"], 2);
    assert_eq!(ended["connection"]["state"], "disconnected");
    let refused = world.failure(&["connection", "test", "1"]);
    assert_eq!(refused["code"], "conflict");
    assert!(world.connect(Decision::Allow).await.1.status.success());
    assert!(world.words(&["connection", "remove", "1"]).contains("2 tokens are revoked"));
    assert!(world.words(&["connection", "revocations"]).contains("No revocation is queued"));
    assert_eq!(world.json(&["connection", "list"]), serde_json::json!([]));
    assert_no_secret(&world);
}

/// Nothing that was said, logged or stored has a secret in it; the key file has its key.
fn assert_no_secret(world: &World) {
    let mut secrets = BTreeSet::from([Simulator::CLIENT_SECRET.to_owned()]);
    for request in world.simulator.requests() {
        if matches!(&*request.path, "/oauth/token" | "/oauth/revoke") {
            let form = form_urlencoded::parse(request.body.as_bytes());
            let is_secret =
                |name: &str| matches!(name, "code" | "code_verifier" | "refresh_token" | "token");
            let values = form.filter(|(name, _)| is_secret(name));
            secrets.extend(values.map(|(_, value)| value.into_owned()));
        }
    }
    assert!(secrets.len() >= 8, "{}", secrets.len());
    let key = fs::read_to_string(world.folder.path().join("sovrium.key")).unwrap();
    secrets.insert(key.trim().to_owned());

    assert!(world.said.contains("tokens refreshed"), "the log is not part of what was said");
    let mut places = vec![("what was said".to_owned(), world.said.clone().into_bytes())];
    for entry in fs::read_dir(world.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.extension().is_none_or(|extension| extension != "key") {
            places.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    assert!(places.len() >= 2, "the database is not there");
    for (place, bytes) in &places {
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{place} has {}…", &secret[..4]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_denies_ends_the_command_with_an_error() {
    let mut world = World::created().await;
    let (page, output) = world.connect(Decision::Deny).await;
    assert!(page.starts_with("HTTP/1.1 400") && page.contains("Not connected"), "{page}");
    assert_eq!(error_of(&output)["code"], "authorization-denied");
    assert_eq!(world.json(&["connection", "show", "1"])["state"], "error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stray_answer_does_not_end_the_wait() {
    let world = World::created().await;
    let connecting = Connecting::begin(&world, &[]);
    for stray in ["?code=c&state=1.forged", "?error=access_denied", "?code=c"] {
        let page = browse(&format!("{}{stray}", world.redirect_uri));
        assert!(page.starts_with("HTTP/1.1 400"), "{stray}: {page}");
    }
    let elsewhere = world.redirect_uri.replace("/callback", "/elsewhere");
    assert!(browse(&elsewhere).starts_with("HTTP/1.1 404"));
    let callback = decide(&connecting.url, Decision::Allow).await.unwrap();
    assert!(browse(&callback).starts_with("HTTP/1.1 200"));
    let output = connecting.end();
    assert!(output.status.success(), "{output:?}");
    let view: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(view["state"], "connected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_asks_for_the_scopes_it_is_given() {
    let world = World::created().await;
    let asked = |more: &[&str]| {
        let mut connecting = Connecting::begin(&world, more);
        connecting.child.kill().unwrap();
        let query = Url::parse(&connecting.url).unwrap();
        connecting.end();
        let scope = query.query_pairs().find(|(name, _)| name == "scope").unwrap();
        scope.1.into_owned()
    };
    assert_eq!(asked(&["--scope", "shares:read"]), "users:read shares:read");
    let least = ["--operation", "calendly.queryRecords", "--table", "contacts"];
    assert_eq!(asked(&least), "users:read contacts:read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_answers_ends_the_command_in_time() {
    let mut world = World::created().await;
    let error = world.failure(&["connection", "connect", "1", "--no-browser", "--timeout", "0"]);
    assert_eq!(error["code"], "deadline-exceeded");
    assert_eq!(world.json(&["connection", "show", "1"])["state"], "configured");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_from_another_machine_is_pasted() {
    let mut world = World::created().await;
    let elsewhere = "https://yourdomain.com/oauth/calendly/callback";
    let mut connecting = Connecting::begin(&world, &["--redirect-uri", elsewhere]);
    let callback = decide(&connecting.url, Decision::Allow).await.unwrap();
    assert!(callback.starts_with(elsewhere), "{callback}");
    writeln!(connecting.child.stdin.take().unwrap(), "  {callback}  ").unwrap();
    let output = connecting.end();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.json(&["connection", "show", "1"])["state"], "connected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_connection_is_refused_with_everything_that_is_wrong() {
    let mut world = World::created().await;
    let name = "x".repeat(101);
    let arguments = [
        "connection",
        "add",
        "--id",
        "one",
        "--name",
        &name,
        "--client-id",
        "",
        "--client-secret-env",
        "CALENDLY_CLIENT_SECRET",
    ];
    let error = world.failure(&arguments);
    assert_eq!(error["code"], "invalid-connection");
    let output = world.run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    for line in [
        "  /id: ID must be a positive integer [type]",
        "  /name: Connection name must not exceed 100 characters [maxLength]",
        "  /clientId: Client ID must be at least 1 character [minLength]",
        "what to do: ",
    ] {
        assert!(said.lines().any(|found| found.starts_with(line)), "{line} in {said}");
    }
    assert_eq!(world.json(&["connection", "list"]).as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_are_replaced_and_connect_again() {
    let mut world = World::connected().await;
    world.simulator.revoke_grants();
    let error = world.failure(&["connection", "test", "1"]);
    assert_eq!(error["code"], "reauthorization-required");
    let nothing = world.failure(&["connection", "update-credentials", "1"]);
    assert_eq!(nothing["code"], "invalid-input");
    let secret = ["--client-secret-env", "CALENDLY_CLIENT_SECRET"];
    let update = [&["connection", "update-credentials", "1"][..], &secret].concat();
    assert_eq!(world.json(&update)["state"], "configured");
    assert!(world.connect(Decision::Allow).await.1.status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_personal_access_token_needs_no_browser_and_shows_nowhere() {
    let mut world = World::new().await;
    let token = world.simulator.issue_personal_access_token(Person::Owner, &["default"]);
    let file = world.folder.path().join("token.key");
    fs::write(&file, format!("{token}\n")).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let from_file = ["--personal-access-token-file", &file];
    let add = ["connection", "add", "--id", "1", "--name", "Marketing"];
    let created = world.words(&[&add[..], &from_file].concat());
    assert!(created.contains("is configured"), "{created}");
    let shown = world.json(&["connection", "show", "1"]);
    assert_eq!(shown["configuration"]["personalAccessToken"], "***");
    let connected = world.words(&["connection", "connect", "1"]);
    assert!(connected.contains("is connected") && connected.contains("does not expire"));
    world.words(&["run", "1", "calendly.listBases"]);

    let ended = world.words(&["connection", "disconnect", "1"]);
    assert!(ended.contains("Integrations, API & Webhooks"), "{ended}");
    let redirect_uri = world.redirect_uri.clone();
    let client = ["--client-id", Simulator::CLIENT_ID];
    let secret = ["--client-secret-env", "CALENDLY_CLIENT_SECRET"];
    let update = ["connection", "update-credentials", "1"];
    // Half of the other way is refused, and changes nothing.
    let refused = world.failure(&[&update[..], &client].concat());
    assert_eq!(refused["violations"][0]["pointer"], "/clientSecret");
    let moved = world.words(&[&update[..], &client, &secret].concat());
    assert!(moved.contains("delete it where it was made"), "{moved}");
    let connecting = Connecting::begin(&world, &["--redirect-uri", &redirect_uri]);
    browse(&decide(&connecting.url, Decision::Allow).await.unwrap());
    let output = connecting.end();
    world.hear(&output);
    assert!(output.status.success(), "{output:?}");
    world.words(&["connection", "disconnect", "1"]);
    let back = world.words(&[&update[..], &from_file].concat());
    assert!(back.contains("it is configured") && !back.contains("delete it"), "{back}");

    let mut command = world.command(&["connection", "update-credentials", "1", "--json"]);
    command.args(["--personal-access-token-env", "NO_SUCH_VARIABLE"]);
    assert_eq!(error_of(&command.output().unwrap())["code"], "invalid-input");
    assert!(!world.said.contains(&token));
    let database = fs::read(world.folder.path().join("sovrium.db")).unwrap();
    assert!(!database.windows(token.len()).any(|at| at == token.as_bytes()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_that_did_not_come_through_is_listed_and_tried_again_with_a_later_command() {
    let mut world = World::connected().await;
    let cut = Fault::once(FaultKind::DropBeforeHandling).on("POST", "/oauth/revoke");
    world.simulator.inject(cut.times(2));
    assert_eq!(world.json(&["connection", "disconnect", "1"])["tokens"]["queued"], true);
    let list = world.words(&["connection", "list"]);
    assert!(list.contains("yet to be told to revoke") && list.contains("in "), "{list}");

    // The pause is over.
    let store =
        Store::open(&world.folder.path().join("sovrium.db"), Arc::new(SystemClock)).unwrap();
    let queued = store.revocations().await.unwrap();
    store.postpone_revocation(queued[0].id, "No answer.".to_owned(), Some(0)).await.unwrap();
    let list = world.words(&["connection", "list"]);
    assert!(!list.contains("yet to be told"), "{list}");
    assert_eq!(store.revocations().await.unwrap(), []);
    let told = world.simulator.requests();
    let told = told.iter().filter(|sent| sent.path == "/oauth/revoke" && sent.status == Some(200));
    assert_eq!(told.count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_at_the_end_of_its_known_lifetime_is_told_of_with_the_date() {
    let mut world = World::connected().await;
    let list = world.words(&["connection", "list"]);
    assert!(list.contains("active") && !list.contains("known lifetime"), "{list}");
    let store =
        Store::open(&world.folder.path().join("sovrium.db"), Arc::new(SystemClock)).unwrap();
    let (now, day) = (SystemClock.now_ms(), 24 * 60 * 60 * 1_000);
    for (end, status, verb) in
        [(now + 6 * day, "expiring-soon", "ends"), (now - day, "expired", "ended")]
    {
        let minute = Duration::from_secs(60);
        let fence = store.acquire_lease(1, minute, minute).await.unwrap().unwrap();
        let mut stored = store.grant(1).await.unwrap().unwrap();
        stored.grant.refresh_expires_at = Some(end);
        let swapped = store.swap_grant(1, fence, Some(stored.version), Some(stored.grant)).await;
        swapped.unwrap().unwrap();
        store.release_lease(1, fence).await.unwrap();

        let date = humantime::format_rfc3339(UNIX_EPOCH + Duration::from_millis(end)).to_string();
        let said = format!("The known lifetime of its refresh token {verb} at {}", &date[..10]);
        let list = world.words(&["connection", "list"]);
        assert!(list.contains(status), "{list}");
        assert!(list.contains(&format!("\nConnection 1, Marketing: {said}")), "{list}");
        let shown = world.words(&["connection", "show", "1"]);
        assert!(
            shown.contains(&format!("{status}, disconnect")) && shown.contains(&said),
            "{shown}"
        );
        let view = world.json(&["connection", "show", "1"]);
        assert_eq!(view["platform"]["status"], status);
        assert!(view["warning"].as_str().unwrap().starts_with(&said), "{view}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_rotated_and_go_on_working() {
    let mut world = World::connected().await;
    let rotated = world.words(&["connection", "rotate", "1"]);
    assert!(rotated.contains("The access token before is revoked."), "{rotated}");
    world.words(&["connection", "test", "1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_arrives_by_webhook_and_a_table_is_copied_and_pushed() {
    let mut world = World::created().await;
    let scopes = ["webhook:manage", "data.records:read", "data.records:write"];
    let scopes: Vec<_> = scopes.iter().flat_map(|scope| ["--scope", scope]).collect();
    let connecting = Connecting::begin(&world, &scopes);
    let callback = decide(&connecting.url, Decision::Allow).await.unwrap();
    browse(&callback);
    assert!(connecting.end().status.success());
    let key = world.folder.path().join("signing.key");
    fs::write(&key, Simulator::WEBHOOK_SIGNING_KEY).unwrap();
    let key = key.to_str().unwrap().to_owned();
    let set = ["connection", "signing-key", "1", "--webhook-signing-key-file", &key];
    assert!(world.words(&set).contains("has a webhook signing key."));

    // The server of webhooks is a process of its own; its target writes what it gets to a file.
    let taken = world.folder.path().join("taken.json");
    let tee = format!("tee {}", taken.display());
    let mut serve = vec!["serve", "--listen", "127.0.0.1:0", "--json", "--command", &tee];
    serve.extend(["--on", "booking.*", "--poll", "1:me:contacts", "--every", "1s"]);
    let mut command = world.command(&serve);
    let mut server = Server(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut said = BufReader::new(server.0.stdout.take().unwrap());
    let mut facts = String::new();
    while !facts.ends_with("\n}\n") {
        assert_ne!(said.read_line(&mut facts).unwrap(), 0, "{facts}");
    }
    let facts: Value = serde_json::from_str(&facts).unwrap();
    let url = format!("http://{}/webhooks/1", facts["address"].as_str().unwrap());

    let config = serde_json::json!({
        "baseId": "me", "url": url, "events": ["booking.created", "booking.canceled"],
    });
    let config = config.to_string();
    let answer = world.json(&["run", "1", "calendly.subscribeWebhook", "--config", &config]);
    assert_eq!(answer["subscriptions"][0]["outcome"], "created");
    let booking = serde_json::json!({
        "eventType": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "startTime": world.simulator.free_start_time(Person::Owner),
        "name": "Jane Roe", "email": "jane@example.org", "timezone": "Europe/Berlin",
    });
    let booking = booking.to_string();
    let booked = world.json(&["run", "1", "calendly.bookMeeting", "--config", &booking]);
    let id = format!("booking.created/{}", booked["record"]["id"].as_str().unwrap());
    let is_done = |event: &Value| event["handovers"][0]["state"] == "done";
    let event = eventually("the event is handed over", || {
        let list = world.json(&["events", "list", "1", "--trigger", "booking.created"]);
        Some(list["events"][0].clone()).filter(is_done)
    });
    assert_eq!((&event["id"], &event["source"]), (&Value::from(&*id), &"webhook".into()));
    let got: Value = serde_json::from_slice(&fs::read(&taken).unwrap()).unwrap();
    assert_eq!(got["id"], *id);
    assert_eq!(got["record"]["fields"]["email"], "jane@example.org");
    let words = world.words(&["events", "list"]);
    assert!(words.contains("1 done") && words.contains(&id), "{words}");
    assert_eq!(
        world.json(&["events", "show", &id])[0]["event"]["bookingId"],
        booked["record"]["id"]
    );
    // What no webhook tells is found by polling, once the first poll has looked.
    let store =
        Store::open(&world.folder.path().join("sovrium.db"), Arc::new(SystemClock)).unwrap();
    let request = serde_json::json!({
        "baseId": "me", "tableId": "contacts", "events": ["created", "updated"],
    });
    while store.poll_state(1, request.to_string()).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    let contact = serde_json::json!({
        "baseId": "me", "tableId": "contacts",
        "fields": { "Name": "Found", "Email": "found@example.org" },
    });
    let contact = contact.to_string();
    let contact = world.json(&["run", "1", "calendly.createRecord", "--config", &contact]);
    let contact = format!("record.created/contacts/{}", contact["record"]["id"].as_str().unwrap());
    let found = eventually("the contact is found", || {
        let list = world.json(&["events", "list", "1", "--trigger", "record.created"]);
        let events = list["events"].as_array().unwrap();
        events.iter().find(|event| event["id"] == *contact).cloned()
    });
    assert_eq!(found["source"], "poll");
    // Told again, it is taken again.
    fs::remove_file(&taken).unwrap();
    assert_eq!(world.json(&["events", "replay", &id])["replayed"], 1);
    eventually("it is handed over again", || {
        Some(world.json(&["events", "show", &id])[0].clone()).filter(is_done)
    });
    let again: Value = serde_json::from_slice(&fs::read(&taken).unwrap()).unwrap();
    assert_eq!(again["id"], *id);
    let missing = world.run(&["events", "show", "no/such/event", "--json"]);
    assert_eq!(error_of(&missing)["code"], "not-found");
    drop(server);

    let copy = world.folder.path().join("copy.db");
    let copy = copy.to_str().unwrap().to_owned();
    let sync = ["sync", "1", "me", "contacts", "--into", &copy];
    let first = world.json(&sync);
    assert_eq!(first["pulled"]["created"], first["records"]);
    let database = rusqlite::Connection::open(&copy).unwrap();
    let name = "UPDATE contacts SET name = 'Renamed here' WHERE id = \
                (SELECT id FROM contacts ORDER BY id LIMIT 1)";
    assert_eq!(database.execute(name, []).unwrap(), 1);
    let pushed = world.json(&[&sync[..], &["--push"]].concat());
    assert_eq!((&pushed["pushed"]["updated"], &pushed["pushed"]["failed"]), (&1.into(), &0.into()));
    let words = world.words(&[&sync[..], &["--push"]].concat());
    assert!(words.contains("0 created, 0 updated, 0 deleted."), "{words}");
    let filter = serde_json::json!({
        "baseId": "me", "tableId": "contacts",
        "filter": { "field": "name", "operator": "equals", "value": "Renamed here" },
    });
    let filter = filter.to_string();
    let found = world.json(&["run", "1", "calendly.queryRecords", "--config", &filter]);
    assert_eq!(found["records"].as_array().unwrap().len(), 1);
    assert!(!world.said.contains(Simulator::WEBHOOK_SIGNING_KEY));
}
