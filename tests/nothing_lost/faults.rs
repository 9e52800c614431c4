//! Everything that can go wrong with a request, for every kind of operation: what the call ends in,
//! and how often the request was sent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use host_harness::error::{ErrorCode, HostError};
use host_harness::host::Host;
use host_harness::simulator::{Decision, Fault, FaultKind, Person, Resource, Simulator};
use host_harness::simulator::{SimulatorOptions, decide};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::clocks::{Jolting, Settable};
use crate::support::home::Home;
use crate::support::schemas::Schemas;
use crate::support::world::{EVERYTHING, World};

/// Every such request meets the fault. A cell is what the call ends in, and how often its request
/// reached the service; a batch makes two contacts, and disconnecting revokes two tokens. `limited`
/// is `rate-limited`, `upstream` is `upstream-unavailable`, `deadline` is `deadline-exceeded`.
///
/// `write` are the requests that do more when they are sent twice. Where the service may have done
/// what they ask, they are sent once, and a look at the service tells what became of them.
const TABLE: &str = "
                read, change  write       delete      batch            refresh     exchange    revoke
unreachable     network 0     network 0   network 0   network 0        network 0   network 0   network 0
reset before    network 4     network 1   network 4   network 2        network 4   network 4   network 2
reset after     network 4     done 1      network 4   done 2           network 4   network 4   network 2
timeout before  network 4     network 1   network 4   network 2        network 4   network 4   network 2
timeout after   network 4     done 1      network 4   done 2           network 4   network 4   network 2
429, 2 s        limited 4     limited 4   limited 4   limited 8        limited 4   limited 4   limited 2
429 alone       limited 1     limited 1   limited 1   limited 1        limited 1   limited 1   limited 2
500             upstream 4    network 1   upstream 4  network 2        upstream 4  upstream 4  upstream 2
502             upstream 4    network 1   upstream 4  network 2        upstream 4  upstream 4  upstream 2
503             upstream 4    network 1   upstream 4  network 2        upstream 4  upstream 4  upstream 2
424             upstream 4    upstream 4  upstream 4  upstream 8       rejected 1  rejected 1  upstream 2
truncated body  network 4     done 1      done 1      done 2           network 4   network 4   done 2
wrong type      done 1        done 1      done 1      done 2           done 1      done 1      done 2
invalid UTF-8   upstream 4    done 1      done 1      done 2           upstream 4  upstream 4  done 2
10 MB body      upstream 1    done 1      done 1      done 2           upstream 1  upstream 1  upstream 2
redirects       upstream 1    upstream 1  upstream 1  upstream 2       rejected 1  rejected 1  upstream 2
clock +1 h      done 1        done 1      done 1      done/deadline 1  deadline 1  done 1      done 2
clock -1 h      done 1        done 1      done 1      done 2           done 1      done 1      done 2
";

/// Exactly the minute for which the service counts: what it has room for then comes too late.
const DEADLINE: Duration = Duration::from_secs(60);

/// How far the clock jumps: out of every deadline.
const JUMP_MS: u64 = 60 * 60 * 1_000;

/// What a host that has no patience waits for an answer, in real time.
const SHORT: Duration = Duration::from_millis(400);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Nobody listens.
    Unreachable,
    ResetBefore,
    ResetAfter,
    /// No answer comes to what was not done.
    TimeoutBefore,
    /// No answer comes to what was done.
    TimeoutAfter,
    TooManyWithHeaders,
    TooManyWithout,
    Status(u16),
    Truncated,
    WrongType,
    InvalidUtf8,
    HugeBody,
    Redirects,
    ClockForward,
    ClockBack,
}

impl Trouble {
    const ALL: [(&'static str, Self); 18] = [
        ("unreachable", Self::Unreachable),
        ("reset before", Self::ResetBefore),
        ("reset after", Self::ResetAfter),
        ("timeout before", Self::TimeoutBefore),
        ("timeout after", Self::TimeoutAfter),
        ("429, 2 s", Self::TooManyWithHeaders),
        ("429 alone", Self::TooManyWithout),
        ("500", Self::Status(500)),
        ("502", Self::Status(502)),
        ("503", Self::Status(503)),
        ("424", Self::Status(424)),
        ("truncated body", Self::Truncated),
        ("wrong type", Self::WrongType),
        ("invalid UTF-8", Self::InvalidUtf8),
        ("10 MB body", Self::HugeBody),
        ("redirects", Self::Redirects),
        ("clock +1 h", Self::ClockForward),
        ("clock -1 h", Self::ClockBack),
    ];

    fn fault(self) -> Option<Fault> {
        let status = |code, headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            FaultKind::Status { code, body: None, headers: headers.collect::<BTreeMap<_, _>>() }
        };
        let kind = match self {
            Self::Unreachable => return None,
            Self::ResetBefore => FaultKind::DropBeforeHandling,
            Self::ResetAfter => FaultKind::DropAfterHandling,
            Self::TimeoutBefore => FaultKind::SilenceBeforeHandling,
            Self::TimeoutAfter => FaultKind::SilenceAfterHandling,
            Self::TooManyWithHeaders => {
                status(429, &[("retry-after", "2"), ("x-ratelimit-reset", "2")])
            }
            Self::TooManyWithout => FaultKind::BareStatus { code: 429 },
            Self::Status(code) => status(code, &[]),
            Self::Truncated => FaultKind::TruncatedBody,
            Self::WrongType => FaultKind::WrongContentType,
            Self::InvalidUtf8 => FaultKind::InvalidUtf8,
            Self::HugeBody => FaultKind::HugeBody,
            Self::Redirects => status(302, &[("location", "https://api.calendly.com/again")]),
            Self::ClockForward | Self::ClockBack => {
                return Some(Fault::once(FaultKind::Delay { ms: JUMP_MS }));
            }
        };
        Some(Fault::once(kind).times(u32::MAX))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Query,
    Get,
    Contact,
    EventType,
    Book,
    Update,
    Cancel,
    Delete,
    NoShow,
    Batch,
    Refresh,
    Exchange,
    Revoke,
}

impl Kind {
    /// By column.
    const ALL: [(&'static str, &'static [Self]); 7] = [
        ("read, change", &[Self::Query, Self::Get, Self::Update]),
        ("write", &[Self::Contact, Self::EventType, Self::Book, Self::Cancel, Self::NoShow]),
        ("delete", &[Self::Delete]),
        ("batch", &[Self::Batch]),
        ("refresh", &[Self::Refresh]),
        ("exchange", &[Self::Exchange]),
        ("revoke", &[Self::Revoke]),
    ];

    /// The request that meets the trouble.
    fn request(self) -> (&'static str, &'static str) {
        match self {
            Self::Query => ("GET", "/event_types"),
            Self::Get => ("GET", "/event_types/"),
            Self::Contact | Self::Batch => ("POST", "/contacts"),
            Self::EventType => ("POST", "/event_types"),
            Self::Book => ("POST", "/invitees"),
            Self::Update => ("PATCH", "/contacts/"),
            Self::Cancel => ("POST", "/scheduled_events/"),
            Self::Delete => ("DELETE", "/contacts/"),
            Self::NoShow => ("POST", "/invitee_no_shows"),
            Self::Refresh | Self::Exchange => ("POST", "/oauth/token"),
            Self::Revoke => ("POST", "/oauth/revoke"),
        }
    }

    /// How often it may be sent where it may have been done; any number where that does no more.
    fn most_times(self) -> Option<usize> {
        match self {
            Self::Contact | Self::EventType | Self::Book | Self::Cancel | Self::NoShow => Some(1),
            Self::Batch => Some(2),
            _ => None,
        }
    }

    /// What it makes.
    fn makes(self) -> Option<(Resource, usize)> {
        match self {
            Self::Contact => Some((Resource::Contacts, 1)),
            Self::Batch => Some((Resource::Contacts, 2)),
            Self::EventType => Some((Resource::EventTypes, 1)),
            Self::Book => Some((Resource::ScheduledEvents, 1)),
            _ => None,
        }
    }
}

/// A world right before a call, and the call.
struct Cell {
    world: World,
    call: Call,
}

enum Call {
    Run(&'static str, Value),
    Test,
    Finish(String),
    Disconnect,
}

impl Cell {
    async fn prepare(trouble: Trouble, kind: Kind) -> Self {
        let world = match trouble {
            Trouble::ClockForward => jolted(false).await,
            Trouble::ClockBack => jolted(true).await,
            _ => World::new().await,
        };
        world.create(1, "Marketing").await;
        if kind == Kind::Exchange {
            let url = world.begin(1, EVERYTHING).await;
            let callback = decide(&url, Decision::Allow).await.unwrap();
            return Self { world, call: Call::Finish(callback) };
        }
        world.connect(1, EVERYTHING).await;
        let call = match kind {
            Kind::Query => run("queryRecords", "event_types", json!({})),
            Kind::Get => {
                let event_type = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
                run("getRecord", "event_types", json!({ "recordId": event_type }))
            }
            Kind::Contact => run("createRecord", "contacts", json!({ "fields": john(0) })),
            Kind::EventType => {
                run("createRecord", "event_types", json!({ "fields": { "Name": "Intro" } }))
            }
            Kind::Book => run("createRecord", "invitees", json!({ "fields": booking(&world) })),
            Kind::Update => {
                let mut update = contact(&world).await;
                update["fields"] = json!({ "Name": "Jane Doe" });
                run("updateRecord", "contacts", update)
            }
            Kind::Cancel => {
                let place = json!({ "fields": booking(&world) });
                let Call::Run(name, config) = run("createRecord", "invitees", place) else {
                    unreachable!()
                };
                let booked = world.record(name, config).await;
                let event = json!({ "recordId": booked["fields"]["event"] });
                run("deleteRecord", "scheduled_events", event)
            }
            Kind::Delete => run("deleteRecord", "contacts", contact(&world).await),
            Kind::NoShow => {
                let update =
                    json!({ "recordId": guest(&world).await, "fields": { "No-show": true } });
                run("updateRecord", "invitees", update)
            }
            Kind::Batch => {
                let records = [json!({ "fields": john(0) }), json!({ "fields": john(1) })];
                run("createRecords", "contacts", json!({ "records": records }))
            }
            Kind::Refresh => {
                world.simulator.expire_access_tokens();
                Call::Test
            }
            Kind::Revoke => Call::Disconnect,
            Kind::Exchange => unreachable!(),
        };
        Self { world, call }
    }

    async fn host(&self, trouble: Trouble) -> Host {
        let Self { world, .. } = self;
        match trouble {
            Trouble::Unreachable => world.home.host("http://127.0.0.1:1").await,
            Trouble::TimeoutBefore | Trouble::TimeoutAfter => {
                let origin = world.simulator.origin();
                world.home.host_with(origin, |options| options.http.longest_timeout = SHORT).await
            }
            _ => world.host.clone(),
        }
    }

    /// What it ends in: `done`, or the error's code.
    async fn perform(&self, host: &Host) -> String {
        let outcome = match &self.call {
            Call::Run(operation, config) => {
                let action = json!({
                    "action": format!("calendly.{operation}"), "connection": 1, "config": config,
                });
                let answer = host.run(&action.to_string(), DEADLINE).await;
                answer.map(|answer| of_the_items(&serde_json::from_str(&answer).unwrap()))
            }
            Call::Test => host.test(1).await.map(|_| None),
            Call::Finish(callback) => host.finish_connect(callback).await.map(|_| None),
            Call::Disconnect => host.disconnect(1).await.map(|ended| {
                let reason = ended.tokens.reason.map(|error: HostError| error.code.to_string());
                assert_eq!(ended.tokens.queued, reason.is_some());
                reason
            }),
        };
        match outcome {
            Ok(None) => "done".to_owned(),
            Ok(Some(code)) => code,
            Err(error) => error.code.to_string(),
        }
    }
}

/// What the items of a batch end in, if it is one and they do not all end well.
fn of_the_items(answer: &Value) -> Option<String> {
    let results = answer["results"].as_array()?;
    let mut codes: Vec<_> =
        results.iter().map(|result| result["error"]["code"].as_str().unwrap_or("done")).collect();
    codes.dedup();
    Some(codes.join("/"))
}

fn run(operation: &'static str, table: &str, mut config: Value) -> Call {
    config["baseId"] = "me".into();
    config["tableId"] = table.into();
    Call::Run(operation, config)
}

fn john(number: u32) -> Value {
    json!({ "Name": "John Doe", "Email": format!("john{number}@example.com") })
}

fn booking(world: &World) -> Value {
    json!({
        "event_type": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "start_time": world.simulator.free_start_time(Person::Owner),
        "name": "John Doe",
        "email": "john@example.com",
        "timezone": "UTC",
    })
}

/// A contact that is there.
async fn contact(world: &World) -> Value {
    let config = json!({ "baseId": "me", "tableId": "contacts", "pageSize": 1 });
    let page = world.answer("queryRecords", config).await;
    json!({ "recordId": page["records"][0]["id"] })
}

/// Somebody who was invited to a meeting in the past.
async fn guest(world: &World) -> Value {
    let filter = json!({ "and": [
        { "field": "start_time", "operator": "lessThan", "value": "2026-11-24T00:00:00Z" },
        { "field": "status", "operator": "equals", "value": "active" },
        { "field": "no_show", "operator": "equals", "value": false },
    ] });
    let config = json!({ "baseId": "me", "tableId": "invitees", "filter": filter, "pageSize": 1 });
    world.answer("queryRecords", config).await["records"][0]["id"].take()
}

/// A world in which a delayed answer makes the host's clock jump.
async fn jolted(back: bool) -> World {
    let (home, clock) = (Home::new(), Settable::new());
    let options = SimulatorOptions {
        clock: Arc::new(Jolting { other: clock.clone(), back }),
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::start(options).await.unwrap();
    let host = home.host_on(Arc::new(clock), simulator.origin(), |_| {}).await;
    let schemas = Schemas::of(&host.manifest().await.unwrap());
    World { host, simulator, home, schemas }
}

async fn cell(trouble: Trouble, kind: Kind) -> String {
    let cell = Cell::prepare(trouble, kind).await;
    let (world, host) = (&cell.world, cell.host(trouble).await);
    let (method, path) = kind.request();
    let before = kind.makes().map(|(resource, _)| world.count(resource));
    world.simulator.clear_requests();
    if let Some(fault) = trouble.fault() {
        world.simulator.inject(fault.on(method, path));
    }
    let ended = cell.perform(&host).await;
    let requests = world.simulator.requests();
    let hit = requests.iter().filter(|one| one.method == method && one.path.starts_with(path));
    let times = hit.count();

    let place = format!("{trouble:?} {kind:?}: {ended} {times}");
    // Where the service refused and did nothing, a write can be sent again.
    let refused = matches!(
        trouble,
        Trouble::TooManyWithHeaders | Trouble::TooManyWithout | Trouble::Status(424)
    );
    if let Some(most) = kind.most_times().filter(|_| !refused) {
        assert!(times <= most, "{place}");
    }
    if let (Some((resource, number)), Some(before)) = (kind.makes(), before) {
        let made = world.count(resource) - before;
        match &*ended {
            "done" => assert_eq!(made, number, "{place}"),
            "outcome-unknown" => assert!(made <= number, "{place}"),
            several if several.contains('/') => assert!(made < number, "{place}"),
            _ => assert_eq!(made, 0, "{place}"),
        }
    }
    world.simulator.clear_faults();
    if kind != Kind::Revoke && kind != Kind::Exchange {
        // Not later: whatever the budget was told is over by then.
        world.advance(120);
        let query = json!({ "baseId": "me", "tableId": "scheduled_events", "pageSize": 1 });
        let next = world.run("queryRecords", query).await;
        if let Err(error) = next {
            assert_eq!(kind, Kind::Refresh, "{place}: {error:?}");
            assert_eq!(error.code, ErrorCode::ReauthorizationRequired, "{place}");
        }
    }
    let short = [
        ("rate-limited", "limited"),
        ("upstream-unavailable", "upstream"),
        ("deadline-exceeded", "deadline"),
    ];
    let ended = short.iter().fold(ended, |text, (long, short)| text.replace(long, short));
    format!("{ended} {times}")
}

async fn row(trouble: Trouble) -> Vec<String> {
    let mut row = Vec::new();
    for (_, kinds) in Kind::ALL {
        let mut cells = Vec::new();
        for kind in kinds {
            cells.push(cell(trouble, *kind).await);
        }
        cells.dedup();
        row.push(cells.join(" or "));
    }
    row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_goes_wrong_ends_as_the_table_says() {
    let mut running = JoinSet::new();
    for (index, (_, trouble)) in Trouble::ALL.into_iter().enumerate() {
        running.spawn(async move { (index, row(trouble).await) });
    }
    let head = Kind::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut lines = vec![(String::new(), head); Trouble::ALL.len() + 1];
    while let Some(ended) = running.join_next().await {
        let (index, row) = ended.unwrap();
        lines[index + 1] = (Trouble::ALL[index].0.to_owned(), row);
    }
    let found = drawn(&lines);
    assert!(found.trim() == TABLE.trim(), "expected:\n{TABLE}\nfound:\n{found}");
}

/// The table as text.
fn drawn(lines: &[(String, Vec<String>)]) -> String {
    let width = |column: usize| lines.iter().map(|(_, row)| row[column].len()).max().unwrap();
    let mut text = String::new();
    for (name, row) in lines {
        let mut line = format!("{name:14}");
        for (column, cell) in row.iter().enumerate() {
            line.push_str(&format!("  {cell:0$}", width(column)));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
