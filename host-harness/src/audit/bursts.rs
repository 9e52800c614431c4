//! Many requests in little time, compared with how many there usually were.

/// What counts as a burst.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// The length of time in which requests are counted.
    pub(super) span_ms: u64,
    /// Fewer requests are never a burst.
    pub(super) at_least: usize,
}

/// A burst has more than so many times the requests of the busiest span of the past.
const FAR_ABOVE: usize = 2;

/// How it was before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usual {
    /// The most requests within a span.
    pub(super) busiest: usize,
    /// How many there were within a span as a rule: the median.
    pub(super) median: usize,
}

/// Requests that came too fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Burst {
    /// The first of them.
    pub(super) from: u64,
    /// The last of them.
    pub(super) to: u64,
    /// The most of them within one span.
    pub(super) peak: usize,
}

/// The bursts that end after `since`, compared with the times before it. The times are in order.
///
/// The span slides: at every request those are counted that came within the span up to it, so that
/// no burst hides across the edge of a minute.
pub(super) fn bursts(times: &[u64], since: u64, rule: Rule) -> (Usual, Vec<Burst>) {
    let counts = counts(times, rule.span_ms);
    let before = times.partition_point(|time| *time < since);
    let usual = usual(counts.iter().take(before).map(|(count, _)| *count).collect());
    let limit = rule.at_least.max(FAR_ABOVE.saturating_mul(usual.busiest).saturating_add(1));
    let mut bursts: Vec<Burst> = Vec::new();
    for (&(count, first), &to) in counts.iter().zip(times).skip(before) {
        if count < limit {
            continue;
        }
        match bursts.last_mut() {
            // Still the same one: the spans touch.
            Some(burst) if first <= burst.to => {
                burst.to = to;
                burst.peak = burst.peak.max(count);
            }
            _ => bursts.push(Burst { from: first, to, peak: count }),
        }
    }
    (usual, bursts)
}

/// For each time, how many there are within the span up to it, and the first of these.
fn counts(times: &[u64], span_ms: u64) -> Vec<(usize, u64)> {
    let mut within = times.iter().peekable();
    let mut skipped = 0;
    let mut counts = Vec::with_capacity(times.len());
    for (index, &time) in times.iter().enumerate() {
        while within.next_if(|first| first.saturating_add(span_ms) <= time).is_some() {
            skipped += 1;
        }
        let first = within.peek().map_or(time, |first| **first);
        counts.push((index + 1 - skipped, first));
    }
    counts
}

fn usual(mut counts: Vec<usize>) -> Usual {
    counts.sort_unstable();
    let median = counts.get(counts.len() / 2).copied().unwrap_or_default();
    Usual { busiest: counts.last().copied().unwrap_or_default(), median }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { span_ms: 60, at_least: 4 };

    /// So many times, one a unit, from `from` on.
    fn run(from: u64, count: u64) -> impl Iterator<Item = u64> {
        from..from + count
    }

    #[test]
    fn a_burst_is_far_more_than_ever_before() {
        // Never more than 3 within 60 before 1,000.
        let past: Vec<_> = (0..10).flat_map(|round| run(round * 100, 3)).collect();
        let found = |count| {
            let times: Vec<_> = past.iter().copied().chain(run(2_000, count)).collect();
            bursts(&times, 1_000, RULE)
        };
        assert_eq!(found(6), (Usual { busiest: 3, median: 2 }, vec![]));
        assert_eq!(found(7).1, [Burst { from: 2_000, to: 2_006, peak: 7 }]);
        assert_eq!(found(50).1, [Burst { from: 2_000, to: 2_049, peak: 50 }]);
        // One that lasts longer than the span is one, and its peak is that of one span.
        assert_eq!(found(200).1, [Burst { from: 2_000, to: 2_199, peak: 60 }]);
    }

    #[test]
    fn without_a_past_the_floor_decides() {
        let burst = |count| bursts(&run(0, count).collect::<Vec<_>>(), 0, RULE).1.len();
        assert_eq!((burst(3), burst(4)), (0, 1));
        assert_eq!(bursts(&[], 0, RULE), (Usual::default(), vec![]));
    }

    #[test]
    fn bursts_apart_are_several() {
        let times: Vec<_> = run(0, 5).chain(run(500, 6)).collect();
        let both = [Burst { from: 0, to: 4, peak: 5 }, Burst { from: 500, to: 505, peak: 6 }];
        assert_eq!(bursts(&times, 0, RULE).1, both);
    }

    #[test]
    fn what_ended_before_the_moment_is_past_and_what_reaches_over_it_is_counted_whole() {
        let times: Vec<_> = run(0, 10).collect();
        assert_eq!(bursts(&times, 10, RULE), (Usual { busiest: 10, median: 6 }, vec![]));
        // 3 before, 7 after: 10 are more than twice 3.
        let burst = Burst { from: 0, to: 9, peak: 10 };
        assert_eq!(bursts(&times, 3, RULE), (Usual { busiest: 3, median: 2 }, vec![burst]));
    }
}
