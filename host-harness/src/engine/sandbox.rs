//! The walls around one call: a fresh store, a memory cap, a deadline and a share of the processor.

use std::time::Duration;

use wasmtime::{Store, Trap, UpdateDeadline};

use super::{CallContext, CallFailure, CallFuture, Engine, EngineOptions, TICK};
use crate::imports::{CallState, HeldUntil};

/// Runs `work` in a store of its own. Whatever the work does, the store is gone afterwards and the
/// leases it held are given back.
///
/// The work is cut when its deadline and the grace have passed, unless it holds the lease on a
/// grant then: it may be spending a refresh token, whose successor would be lost. Such work is cut
/// when it has given the lease back, after a further grace to say so itself, or when the lease has
/// run out.
pub(super) async fn run<T, F>(
    engine: &Engine,
    context: CallContext,
    work: F,
) -> Result<T, CallFailure>
where
    F: for<'a> FnOnce(&'a mut Store<CallState>) -> CallFuture<'a, T>,
{
    let CallContext { services, connection, operation, with_grant, deadline } = context;
    let options = engine.options();
    let cut_after = deadline.saturating_add(options.grace);
    let _slot = match tokio::time::timeout(cut_after, engine.slots().acquire()).await {
        Ok(slot) => slot,
        Err(_) => return Err(CallFailure::Deadline(deadline)),
    };
    let state = CallState::new(services, connection, operation, with_grant, options.memory_bytes);
    let mut store = new_store(engine, state);
    let leases = store.data().leases_held();
    let outcome = tokio::select! {
        biased;
        result = work(&mut store) => Some(result),
        () = end_of(cut_after, options.grace, leases) => None,
    };
    store.data_mut().finish().await;
    match outcome {
        Some(result) => result.map_err(|error| failure(&store, options, &error)),
        None => Err(CallFailure::Deadline(deadline)),
    }
}

/// Completes when the work is to be cut.
async fn end_of(cut_after: Duration, grace: Duration, leases: HeldUntil) {
    tokio::time::sleep(cut_after).await;
    if leases.over().await {
        tokio::time::sleep(grace).await;
    }
}

/// The processor time ran out.
#[derive(Debug, thiserror::Error)]
#[error("out of processor time")]
struct OutOfTime;

fn new_store(engine: &Engine, state: CallState) -> Store<CallState> {
    let mut store = Store::new(engine.wasmtime(), state);
    store.limiter(|state| &mut state.limits);
    let mut ticks_left = ticks(engine.options().processor_time);
    // Called at the first tick after the instance has begun to run, and at every further one that
    // finds it running; ticks that pass while it waits for the host count once.
    store.epoch_deadline_callback(move |_| {
        ticks_left = ticks_left.checked_sub(1).ok_or(OutOfTime)?;
        // Lets other calls run, and lets a passed deadline end this one.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store.set_epoch_deadline(1);
    store
}

fn ticks(duration: Duration) -> u128 {
    duration.as_millis() / TICK.as_millis()
}

fn failure(
    store: &Store<CallState>,
    options: &EngineOptions,
    error: &wasmtime::Error,
) -> CallFailure {
    if store.data().limits.memory_refused {
        CallFailure::Memory(options.memory_bytes)
    } else if error.is::<OutOfTime>() {
        CallFailure::ProcessorTime(options.processor_time)
    } else if let Some(trap) = error.downcast_ref::<Trap>() {
        CallFailure::Trap(trap.to_string())
    } else {
        // Not the whole chain, which shows the instance's stack.
        CallFailure::Trap(error.root_cause().to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use wasmtime::component::{Component, Linker};

    use super::*;
    use crate::bindings::sovrium::connector::grant_store::Host as _;
    use crate::budget::{Ceilings, RequestBudget};
    use crate::clock::{SharedClock, SystemClock};
    use crate::http::{HttpClient, HttpOptions};
    use crate::imports::Services;
    use crate::keyring::Keyring;
    use crate::random::system_random;
    use crate::store::Store as HostStore;

    // Function bodies in WebAssembly's binary format.
    const NOTHING: &[u8] = &[];
    const UNREACHABLE: &[u8] = &[0x00];
    /// `loop br 0 end`
    const ENDLESS_LOOP: &[u8] = &[0x03, 0x40, 0x0c, 0x00, 0x0b];
    /// `loop i32.const 16 memory.grow drop br 0 end`
    const MEMORY_BOMB: &[u8] = &[0x03, 0x40, 0x41, 0x10, 0x40, 0x00, 0x1a, 0x0c, 0x00, 0x0b];

    fn section(id: u8, content: &[u8]) -> Vec<u8> {
        [&[id, u8::try_from(content.len()).unwrap()], content].concat()
    }

    /// A component that exports a function `run` with this body.
    fn guest(body: &[u8]) -> Vec<u8> {
        let code = [&[0x00], body, &[0x0b]].concat();
        let code = [&[0x01, u8::try_from(code.len()).unwrap()], &code[..]].concat();
        let module = [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, &[0x01, 0x60, 0x00, 0x00]),
            section(3, &[0x01, 0x00]),
            section(5, &[0x01, 0x00, 0x01]),
            section(7, b"\x01\x03run\x00\x00"),
            section(10, &code),
        ]
        .concat();
        [
            b"\0asm\x0d\0\x01\0".to_vec(),
            section(1, &module),
            section(2, &[0x01, 0x00, 0x00, 0x00]),
            section(6, b"\x01\x00\x00\x01\x00\x03run"),
            section(7, &[0x01, 0x40, 0x00, 0x01, 0x00]),
            section(8, &[0x01, 0x00, 0x00, 0x00, 0x00, 0x00]),
            section(11, b"\x01\x00\x03run\x01\x00\x00"),
        ]
        .concat()
    }

    struct Fixture {
        _folder: tempfile::TempDir,
        engine: Engine,
        services: Arc<Services>,
    }

    impl Fixture {
        fn new() -> Self {
            Self::with_instances(4)
        }

        fn with_instances(instances: u32) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let clock: SharedClock = Arc::new(SystemClock);
            let store = HostStore::open(&folder.path().join("db"), Arc::clone(&clock)).unwrap();
            let services = Arc::new(Services {
                clock: Arc::clone(&clock),
                random: system_random(),
                keyring: Keyring::default(),
                http: HttpClient::new(HttpOptions::new([].into())).unwrap(),
                store,
                budget: RequestBudget::new(clock, Ceilings::default()),
            });
            let engine = Engine::new(EngineOptions {
                memory_bytes: 4 * 1024 * 1024,
                instances,
                processor_time: Duration::from_millis(500),
                grace: Duration::from_millis(50),
                cache: None,
            });
            Self { _folder: folder, engine: engine.unwrap(), services }
        }

        fn context(&self, deadline: Duration) -> CallContext {
            let services = Arc::clone(&self.services);
            CallContext {
                services,
                connection: Some(1),
                operation: "test".to_owned(),
                with_grant: None,
                deadline,
            }
        }

        async fn call(&self, body: &[u8], deadline: Duration) -> Result<(), CallFailure> {
            let engine = self.engine.wasmtime();
            let component = Component::new(engine, guest(body)).unwrap();
            let linker = Linker::new(engine);
            run(&self.engine, self.context(deadline), move |store| {
                Box::pin(async move {
                    let instance = linker.instantiate_async(&mut *store, &component).await?;
                    let function = instance.get_typed_func::<(), ()>(&mut *store, "run")?;
                    function.call_async(store, ()).await
                })
            })
            .await
        }
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_trap_ends_its_call_and_no_other() {
        let fixture = Fixture::new();
        let trapped = fixture.call(UNREACHABLE, LONG).await.unwrap_err();
        assert!(matches!(&trapped, CallFailure::Trap(why) if why.contains("unreachable")));
        fixture.call(NOTHING, LONG).await.unwrap();
    }

    #[tokio::test]
    async fn an_endless_loop_ends_at_its_deadline_and_lets_others_run_meanwhile() {
        let fixture = Fixture::new();
        let began = Instant::now();
        // One thread: the second call runs only if the first one yields.
        let (endless, other) =
            tokio::join!(fixture.call(ENDLESS_LOOP, Duration::from_millis(150)), async {
                fixture.call(NOTHING, LONG).await.unwrap();
                began.elapsed()
            });
        assert!(matches!(endless, Err(CallFailure::Deadline(_))), "{endless:?}");
        assert!(other < Duration::from_millis(150), "{other:?}");
        fixture.call(NOTHING, LONG).await.unwrap();
    }

    #[tokio::test]
    async fn an_endless_loop_does_not_get_more_than_its_processor_time() {
        let fixture = Fixture::new();
        let endless = fixture.call(ENDLESS_LOOP, LONG).await;
        assert!(matches!(endless, Err(CallFailure::ProcessorTime(_))), "{endless:?}");
    }

    #[tokio::test]
    async fn a_memory_bomb_stops_at_the_cap() {
        let fixture = Fixture::new();
        let bomb = fixture.call(MEMORY_BOMB, LONG).await;
        assert!(matches!(bomb, Err(CallFailure::Memory(_))), "{bomb:?}");
        fixture.call(NOTHING, LONG).await.unwrap();
    }

    #[tokio::test]
    async fn a_call_that_waits_for_the_host_is_cut_and_its_lease_given_back() {
        let fixture = Fixture::new();
        let waiting = run(&fixture.engine, fixture.context(Duration::from_millis(50)), |store| {
            Box::pin(async move {
                store.data_mut().acquire_lease(1, 100, 0).await?.unwrap();
                std::future::pending::<wasmtime::Result<()>>().await
            })
        })
        .await;
        assert!(matches!(waiting, Err(CallFailure::Deadline(_))), "{waiting:?}");
        let store = &fixture.services.store;
        assert!(store.acquire_lease(1, LONG, Duration::ZERO).await.unwrap().is_some());
    }

    /// Takes the lease at a deadline of 1 s, does `work` under it, and gives it back.
    async fn call_under_a_lease<F>(
        fixture: &Fixture,
        ttl_ms: u32,
        work: impl Fn() -> F + Send + Sync + 'static,
    ) -> (Result<(), CallFailure>, Duration)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let began = tokio::time::Instant::now();
        let call = run(&fixture.engine, fixture.context(Duration::from_secs(1)), move |store| {
            Box::pin(async move {
                let state = store.data_mut();
                let fence = state.acquire_lease(1, ttl_ms, 0).await?.unwrap();
                work().await;
                state.release_lease(1, fence).await
            })
        });
        (call.await, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_holds_a_lease_is_not_cut_before_it_gave_it_back() {
        let fixture = Fixture::new();
        let slow_upstream = || tokio::time::sleep(Duration::from_secs(6));
        let (call, took) = call_under_a_lease(&fixture, 60_000, slow_upstream).await;
        call.unwrap();
        assert!(took >= Duration::from_secs(6), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_gave_its_lease_back_after_its_deadline_is_cut() {
        let fixture = Fixture::new();
        let began = tokio::time::Instant::now();
        let call = run(&fixture.engine, fixture.context(Duration::from_secs(1)), |store| {
            Box::pin(async move {
                let state = store.data_mut();
                for _ in 0..100 {
                    let fence = state.acquire_lease(1, 60_000, 0).await?.unwrap();
                    tokio::time::sleep(Duration::from_secs(6)).await;
                    state.release_lease(1, fence).await?;
                }
                Ok(())
            })
        });
        assert!(matches!(call.await, Err(CallFailure::Deadline(_))));
        assert!(began.elapsed() < Duration::from_secs(7), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_ran_out_protects_no_call() {
        for (ttl_ms, longest) in [(10_000, 10), (u32::MAX, 60)] {
            let fixture = Fixture::new();
            let (call, took) = call_under_a_lease(&fixture, ttl_ms, std::future::pending).await;
            assert!(matches!(call, Err(CallFailure::Deadline(_))), "{call:?}");
            let longest = Duration::from_secs(longest);
            assert!(took >= longest && took < longest + Duration::from_secs(1), "{took:?}");
        }
    }

    #[tokio::test]
    async fn a_call_reaches_no_other_connections_grant() {
        let fixture = Fixture::new();
        let reached = run(&fixture.engine, fixture.context(LONG), |store| {
            Box::pin(async move { store.data_mut().load(2).await })
        })
        .await;
        assert!(matches!(reached, Err(CallFailure::Trap(_))));
    }

    #[tokio::test]
    async fn more_calls_than_instances_wait_for_one() {
        let fixture = Arc::new(Fixture::with_instances(2));
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let fixture = Arc::clone(&fixture);
            running.spawn(async move { fixture.call(NOTHING, LONG).await });
        }
        while let Some(call) = running.join_next().await {
            call.unwrap().unwrap();
        }
    }
}
