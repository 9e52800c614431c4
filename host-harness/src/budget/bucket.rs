//! One budget of one connection, as a queue of moments. Pure: time is a parameter.

use std::collections::VecDeque;

/// Clocks count whole milliseconds, so two readings can lie this much closer than they seem.
const CLOCK_STEP_MS: u64 = 1;

/// The service's windows are a minute long, and so its limit counts for one.
const SERVICE_WINDOW_MS: u64 = 60_000;

/// After an answer that leaves nothing, nothing is sent for so long, whatever the answer says.
const SHORTEST_PAUSE_MS: u64 = 1_000;

/// Answers name the end of the service's window in whole seconds, so the same end seems to move.
const SAME_WINDOW_MS: u64 = 1_500;

/// No more requests than this are under way at a time: five a second, 20 seconds each.
const MOST_UNDER_WAY: u32 = 100;

/// So many requests in every window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The number of requests.
    pub requests: u32,
    /// The length of the window in milliseconds.
    pub window_ms: u64,
}

impl Allowance {
    /// Whether it lets through less in the long run.
    fn is_less_than(self, other: Self) -> bool {
        let rate = |one: Self, window_ms: u64| u128::from(one.requests) * u128::from(window_ms);
        rate(self, other.window_ms) < rate(other, self.window_ms)
    }
}

/// What the service's rate headers say after an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Requests that the service allows in a window.
    pub limit: Option<u32>,
    /// Requests left in the current window.
    pub remaining: Option<u32>,
    /// Seconds until the window ends.
    pub reset_seconds: Option<u32>,
    /// Milliseconds to send nothing at all.
    pub pause_ms: Option<u32>,
}

/// What a waiting caller has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Send.
    Now,
    /// First in the queue; ask again in so many milliseconds.
    In(u64),
    /// Ask again when the queue has moved on. Only the first in it watches the clock, so that
    /// nobody overtakes.
    Behind,
    /// Give up; there will be room in so many milliseconds.
    TooLate(u64),
}

/// Where a budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetView {
    /// The host's own ceiling.
    pub ceiling: Allowance,
    /// What the service allows, where it has said so and it is less.
    pub service_limit: Option<Allowance>,
    /// How many requests went out in the ceiling's window that ends now.
    pub sent: usize,
    /// How many wait for their turn.
    pub waiting: usize,
    /// Until when nothing is sent, because the service asked for it.
    pub paused_until: Option<u64>,
    /// How many requests the service said are left, and when its window ends.
    pub service_remaining: Option<(u32, u64)>,
}

/// What is left of the service's own window.
#[derive(Clone, Copy, Debug)]
struct ServiceWindow {
    remaining: u32,
    ends_at: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    ticket: u64,
    at: u64,
    give_up_at: u64,
}

#[derive(Debug)]
pub(super) struct Bucket {
    ceiling: Allowance,
    /// What the service allows, once it has said so and where it is less than the ceiling.
    limit: Option<Allowance>,
    /// When the latest requests went out, oldest first, as many as the larger allowance holds.
    sent: VecDeque<u64>,
    /// Who waits, in the order of coming, each with the moment that is its turn.
    waiting: VecDeque<Waiting>,
    paused_until: u64,
    service: Option<ServiceWindow>,
    /// Requests that were sent and whose answers have said nothing yet.
    under_way: u32,
    next_ticket: u64,
}

impl Bucket {
    pub(super) fn new(ceiling: Allowance) -> Self {
        Self {
            ceiling: Allowance { requests: ceiling.requests.max(1), ..ceiling },
            limit: None,
            sent: VecDeque::new(),
            waiting: VecDeque::new(),
            paused_until: 0,
            service: None,
            under_way: 0,
            next_ticket: 0,
        }
    }

    /// Puts a caller at the end of the queue, unless its turn would come too late for it. The
    /// error is the number of milliseconds until that turn.
    pub(super) fn queue(&mut self, now: u64, give_up_at: u64) -> Result<u64, u64> {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.waiting.push_back(Waiting { ticket, at: now, give_up_at });
        self.plan(now);
        match self.waiting.back() {
            Some(last) if last.at > give_up_at => {
                let wait = last.at - now;
                self.waiting.pop_back();
                Err(wait)
            }
            _ => Ok(ticket),
        }
    }

    /// Whether it is that caller's turn. If so, its request counts as sent now.
    pub(super) fn turn(&mut self, ticket: u64, now: u64) -> Turn {
        self.plan(now);
        let Some(index) = self.waiting.iter().position(|place| place.ticket == ticket) else {
            return Turn::Now;
        };
        let place = self.waiting[index];
        // A moment that is there already is taken, though the clock moved on past the last one that
        // the caller would have waited for.
        if place.at > place.give_up_at && place.at > now {
            return Turn::TooLate(place.at - now);
        }
        if index > 0 {
            return Turn::Behind;
        }
        if place.at > now {
            return Turn::In(place.at - now);
        }
        self.waiting.pop_front();
        self.sent.push_back(now);
        self.under_way = (self.under_way + 1).min(MOST_UNDER_WAY);
        let known = self.allowances().map(|allowance| allowance.requests).max();
        while self.sent.len() > known.unwrap_or_default() as usize {
            self.sent.pop_front();
        }
        if let Some(window) = &mut self.service {
            window.remaining = window.remaining.saturating_sub(1);
        }
        Turn::Now
    }

    /// Takes a caller out of the queue.
    pub(super) fn leave(&mut self, ticket: u64, now: u64) {
        self.waiting.retain(|place| place.ticket != ticket);
        self.plan(now);
    }

    /// Takes back a request that counted as sent at this moment and was not.
    pub(super) fn give_back(&mut self, at: u64, now: u64) {
        if let Some(index) = self.sent.iter().rposition(|sent| *sent == at) {
            self.sent.remove(index);
            self.under_way = self.under_way.saturating_sub(1);
            if let Some(window) = &mut self.service {
                window.remaining = window.remaining.saturating_add(1);
            }
        }
        self.plan(now);
    }

    pub(super) fn observe(&mut self, observation: Observation, now: u64) {
        let under_way = self.under_way;
        self.under_way = self.under_way.saturating_sub(1);
        if let Some(limit) = observation.limit {
            let limit = Allowance { requests: limit.max(1), window_ms: SERVICE_WINDOW_MS };
            self.limit = Some(limit).filter(|limit| limit.is_less_than(self.ceiling));
        }
        if let Some(pause_ms) = observation.pause_ms {
            let pause_ms = u64::from(pause_ms).max(SHORTEST_PAUSE_MS);
            self.paused_until = self.paused_until.max(now.saturating_add(pause_ms));
        }
        if let (Some(remaining), Some(seconds)) = (observation.remaining, observation.reset_seconds)
        {
            let shortest = if remaining == 0 { SHORTEST_PAUSE_MS } else { 0 };
            let ends_at = now.saturating_add((u64::from(seconds) * 1_000).max(shortest));
            self.service = Some(match self.service {
                // Answers overtake each other: within one window, the lower figure is the newer,
                // but for one that is higher than any answer under way could know. The service's
                // window has then begun anew, although it names the same end: it may say 60
                // seconds with every answer.
                Some(known)
                    if known.ends_at.abs_diff(ends_at) <= SAME_WINDOW_MS
                        && remaining <= known.remaining.saturating_add(under_way) =>
                {
                    ServiceWindow {
                        remaining: known.remaining.min(remaining),
                        ends_at: known.ends_at.max(ends_at),
                    }
                }
                _ => ServiceWindow { remaining, ends_at },
            });
        }
        self.plan(now);
    }

    /// Where things stand.
    pub(super) fn look(&mut self, now: u64) -> BudgetView {
        self.plan(now);
        let since = now.saturating_sub(self.ceiling.window_ms);
        BudgetView {
            ceiling: self.ceiling,
            service_limit: self.limit,
            sent: self.sent.iter().filter(|at| **at > since).count(),
            waiting: self.waiting.len(),
            paused_until: Some(self.paused_until).filter(|until| *until > now),
            service_remaining: self.service.map(|window| (window.remaining, window.ends_at)),
        }
    }

    /// Everything that holds whatever is left of the service's window.
    fn allowances(&self) -> impl Iterator<Item = Allowance> {
        std::iter::once(self.ceiling).chain(self.limit)
    }

    /// Works out every waiting caller's moment, first come first served.
    fn plan(&mut self, now: u64) {
        if self.service.is_some_and(|window| window.ends_at <= now) {
            self.service = None;
        }
        // A clock that was set back must not make callers wait for the old time to come again.
        for at in &mut self.sent {
            *at = (*at).min(now);
        }
        let allowances: Vec<_> = self.allowances().collect();
        let mut moments = self.sent.clone();
        let mut service = self.service;
        let mut earliest = now.max(self.paused_until);
        for place in &mut self.waiting {
            for allowance in &allowances {
                // The request that many places back has to have left the window.
                if let Some(index) = moments.len().checked_sub(allowance.requests as usize) {
                    let spacing = allowance.window_ms + CLOCK_STEP_MS;
                    earliest = earliest.max(moments[index] + spacing);
                }
            }
            if let Some(window) = &mut service {
                if earliest < window.ends_at && window.remaining == 0 {
                    earliest = window.ends_at;
                }
                window.remaining = window.remaining.saturating_sub(1);
            }
            place.at = earliest;
            moments.push_back(earliest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_not_refused_because_the_clock_moved_on_while_it_was_taken() {
        let mut bucket = Bucket::new(Allowance { requests: 1, window_ms: 1_000 });
        let ticket = bucket.queue(5_000, 5_000).unwrap();
        assert_eq!(bucket.turn(ticket, 5_001), Turn::Now);
        assert_eq!(bucket.queue(5_001, 5_001), Err(1_001));
    }

    const FIVE_PER_SECOND: Allowance = Allowance { requests: 5, window_ms: 1_000 };

    fn planned(bucket: &Bucket) -> Vec<u64> {
        bucket.waiting.iter().map(|place| place.at).collect()
    }

    fn bucket_with_queue(callers: usize) -> Bucket {
        let mut bucket = Bucket::new(FIVE_PER_SECOND);
        for _ in 0..callers {
            bucket.queue(10_000, u64::MAX).unwrap();
        }
        bucket
    }

    #[test]
    fn five_go_at_once_and_the_sixth_waits_for_the_window() {
        let bucket = bucket_with_queue(11);
        assert_eq!(planned(&bucket)[..5], [10_000; 5]);
        assert_eq!(planned(&bucket)[5..10], [11_001; 5]);
        assert_eq!(planned(&bucket)[10], 12_002);
    }

    #[test]
    fn a_pause_moves_everybody_who_waits() {
        let mut bucket = bucket_with_queue(6);
        bucket.observe(Observation { pause_ms: Some(30_000), ..Observation::default() }, 10_000);
        assert_eq!(planned(&bucket), [40_000, 40_000, 40_000, 40_000, 40_000, 41_001]);
    }

    #[test]
    fn what_the_service_has_left_is_not_exceeded_before_its_window_ends() {
        let mut bucket = bucket_with_queue(4);
        let said = |remaining| Observation {
            remaining: Some(remaining),
            reset_seconds: Some(20),
            ..Observation::default()
        };
        bucket.observe(said(2), 10_000);
        assert_eq!(planned(&bucket), [10_000, 10_000, 30_000, 30_000]);
        // An older answer that comes later does not raise the figure.
        bucket.under_way = 2;
        bucket.observe(said(4), 10_000);
        assert_eq!(planned(&bucket), [10_000, 10_000, 30_000, 30_000]);
    }

    #[test]
    fn a_window_that_slides_with_every_answer_does_not_stop_anybody() {
        let mut bucket = Bucket::new(FIVE_PER_SECOND);
        let mut now = 10_000;
        for _ in 0..2_000 {
            let ticket = bucket.queue(now, u64::MAX).unwrap();
            while let Turn::In(wait) = bucket.turn(ticket, now) {
                assert!(wait <= 1_001, "{wait}");
                now += wait;
            }
            let said = Observation {
                remaining: Some(499),
                reset_seconds: Some(60),
                ..Observation::default()
            };
            bucket.observe(said, now);
        }
    }

    #[test]
    fn a_limit_of_the_service_that_is_lower_than_ours_holds_before_it_is_used_up() {
        let mut bucket = bucket_with_queue(0);
        let said = |limit| Observation { limit: Some(limit), ..Observation::default() };
        bucket.observe(said(7), 10_000);
        for _ in 0..15 {
            bucket.queue(10_000, u64::MAX).unwrap();
        }
        let minute = 60_001;
        let first = [10_000, 10_000, 10_000, 10_000, 10_000, 11_001, 11_001];
        assert_eq!(planned(&bucket)[..7], first);
        assert_eq!(planned(&bucket)[7..14], first.map(|at| at + minute));
        assert_eq!(planned(&bucket)[14], 10_000 + 2 * minute);
        // As much as five a second, or more: then ours holds alone.
        for limit in [300, 500] {
            bucket.observe(said(limit), 10_000);
            assert_eq!(planned(&bucket)[10..], [12_002; 5], "{limit}");
        }
    }

    #[test]
    fn what_was_sent_under_a_lower_limit_is_remembered_for_its_minute() {
        let mut bucket = bucket_with_queue(0);
        bucket.observe(Observation { limit: Some(7), ..Observation::default() }, 10_000);
        for second in 0..7 {
            let now = 10_000 + second * 2_000;
            let ticket = bucket.queue(now, u64::MAX).unwrap();
            assert_eq!(bucket.turn(ticket, now), Turn::Now);
        }
        bucket.queue(30_000, u64::MAX).unwrap();
        assert_eq!(planned(&bucket), [70_001]);
    }

    #[test]
    fn an_answer_that_leaves_nothing_pauses_whatever_it_says() {
        let nothing_left =
            Observation { remaining: Some(0), reset_seconds: Some(0), ..Observation::default() };
        let too_many = Observation { pause_ms: Some(0), ..Observation::default() };
        for observation in [nothing_left, too_many] {
            let mut bucket = bucket_with_queue(1);
            bucket.observe(observation, 10_000);
            assert_eq!(planned(&bucket), [11_000]);
        }
    }

    #[test]
    fn a_request_given_back_makes_room() {
        let mut bucket = bucket_with_queue(5);
        for ticket in 0..5 {
            assert_eq!(bucket.turn(ticket, 10_000 + ticket), Turn::Now);
        }
        bucket.queue(10_010, u64::MAX).unwrap();
        assert_eq!(planned(&bucket), [11_001]);
        bucket.give_back(10_002, 10_010);
        assert_eq!(planned(&bucket), [10_010]);
    }

    #[test]
    fn a_caller_that_cannot_be_served_in_time_is_told_when_there_is_room() {
        let mut bucket = bucket_with_queue(5);
        assert_eq!(bucket.queue(10_000, 10_500), Err(1_001));
        assert_eq!(bucket.waiting.len(), 5);
    }

    #[test]
    fn a_clock_set_back_does_not_block_the_queue() {
        let mut bucket = bucket_with_queue(5);
        for ticket in 0..5 {
            assert_eq!(bucket.turn(ticket, 10_000), Turn::Now);
        }
        bucket.queue(4_000, u64::MAX).unwrap();
        assert_eq!(planned(&bucket), [5_001]);
    }
}
