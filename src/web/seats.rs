//! Decides who may stay connected: a limited number of seats, and who loses one when all are taken.
//!
//! Any number of strangers may connect, so a full house must not keep Weibo or a health check out. A newcomer gets a
//! seat unless every holder has a request in progress that protects it, as a verified callback does. The seat is taken from the address that holds the most, and
//! there from the connection that is idle for longest. So an address with many connections never evicts one with
//! few, and no connection is evicted before it had time to send a request.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The owner of one IPv6 address usually has 2^64 of them.
const V6_PREFIX: u32 = 64;

/// The seats and their holders.
#[derive(Debug)]
pub struct Seats {
    capacity: usize,
    /// The time after a holder's last change during which it is not evicted.
    grace: Duration,
    table: Mutex<Table>,
    /// Notified when a holder left or is protected no more.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Table {
    last_id: u64,
    holders: HashMap<u64, Holder>,
    idle: Idle,
}

/// The holders that can be evicted, by group and time of their last change.
#[derive(Debug, Default)]
struct Idle(HashMap<Group, BTreeSet<(Instant, u64)>>);

/// A connection that has a seat.
#[derive(Debug)]
struct Holder {
    group: Group,
    /// The time of the last change: seated, request received or answered.
    since: Instant,
    is_protected: bool,
    evicted: CancellationToken,
}

/// The group that a connection counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    /// A caller: an IPv4 address or an IPv6 network.
    Caller(IpAddr),
    /// A group of one: a trusted proxy's connection without a request for a caller.
    Alone(u64),
}

/// A seat; dropping it frees it.
#[derive(Debug)]
pub struct Seat {
    id: u64,
    group: Group,
    seats: Arc<Seats>,
    evicted: CancellationToken,
}

impl Seats {
    /// Creates this many free seats.
    pub fn new(capacity: usize, grace: Duration) -> Arc<Self> {
        Arc::new(Self { capacity, grace, table: Mutex::default(), freed: Notify::new() })
    }

    /// Takes a seat for a caller, `None` for a trusted proxy. Waits while every seat is protected or within its grace
    /// time. Returns whether another connection was evicted.
    pub async fn take(self: &Arc<Self>, caller: Option<IpAddr>) -> (Seat, bool) {
        loop {
            // Registered before the attempt, so that no notification is lost.
            let freed = self.freed.notified();
            if let Some(taken) = self.try_take(caller) {
                return taken;
            }
            // Either a holder leaves or a holder's grace time ends.
            drop(tokio::time::timeout(self.grace, freed).await);
        }
    }

    fn try_take(self: &Arc<Self>, caller: Option<IpAddr>) -> Option<(Seat, bool)> {
        let now = Instant::now();
        let mut table = self.table();
        let is_full = table.holders.len() >= self.capacity;
        if is_full {
            let victim = table.victim(now.checked_sub(self.grace)?)?;
            if let Some(holder) = table.remove(victim) {
                holder.evicted.cancel();
            }
        }
        table.last_id += 1;
        let id = table.last_id;
        let group = caller.map_or(Group::Alone(id), group);
        let evicted = CancellationToken::new();
        table.insert(id, Holder { group, since: now, is_protected: false, evicted: evicted.clone() });
        Some((Seat { id, group, seats: Arc::clone(self), evicted }, is_full))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Returns the holder to evict among those unchanged since `before`, or `None` if there is none. Scans groups
    /// instead of connections, because this runs for every newcomer of a flood.
    fn victim(&self, before: Instant) -> Option<u64> {
        let idlest = self.idle.0.values().filter_map(|idle| Some((idle.len(), Reverse(idle.first()?))));
        let (_, Reverse((_, id))) = idlest.filter(|(_, Reverse((since, _)))| *since <= before).max()?;
        Some(*id)
    }

    fn insert(&mut self, id: u64, holder: Holder) {
        self.idle.put(id, &holder);
        self.holders.insert(id, holder);
    }

    fn remove(&mut self, id: u64) -> Option<Holder> {
        let holder = self.holders.remove(&id)?;
        self.idle.take(id, &holder);
        Some(holder)
    }

    fn change(&mut self, id: u64, change: impl FnOnce(&mut Holder)) {
        let Some(holder) = self.holders.get_mut(&id) else { return };
        self.idle.take(id, holder);
        holder.since = Instant::now();
        change(holder);
        self.idle.put(id, holder);
    }
}

impl Idle {
    fn put(&mut self, id: u64, holder: &Holder) {
        if !holder.is_protected {
            self.0.entry(holder.group).or_default().insert((holder.since, id));
        }
    }

    fn take(&mut self, id: u64, holder: &Holder) {
        if holder.is_protected {
            return;
        }
        if let Some(idle) = self.0.get_mut(&holder.group) {
            idle.remove(&(holder.since, id));
            if idle.is_empty() {
                self.0.remove(&holder.group);
            }
        }
    }
}

impl Seat {
    /// Records that a request's head has arrived. Until the answer, the connection counts for the caller that a
    /// proxy reports, if any.
    pub fn ask(&self, client: Option<IpAddr>) {
        self.change(|holder| holder.group = client.map_or(self.group, group));
    }

    /// Protects a connection until its request is answered.
    pub fn protect(&self) {
        self.change(|holder| holder.is_protected = true);
    }

    /// Records that the request is answered.
    pub fn rest(&self) {
        self.change(|holder| {
            holder.group = self.group;
            holder.is_protected = false;
        });
        self.seats.freed.notify_one();
    }

    /// Waits until the seat is given to another connection.
    pub async fn evicted(&self) {
        self.evicted.cancelled().await;
    }

    fn change(&self, change: impl FnOnce(&mut Holder)) {
        self.seats.table().change(self.id, change);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        drop(self.seats.table().remove(self.id));
        self.seats.freed.notify_one();
    }
}

fn group(address: IpAddr) -> Group {
    Group::Caller(network(address))
}

/// Returns the owner of an address as far as it can be told: an IPv4 address itself, or the network of an IPv6
/// address.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << (128 - V6_PREFIX)))),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    async fn take(seats: &Arc<Seats>, caller: &str) -> Seat {
        seats.take(Some(caller.parse().unwrap())).await.0
    }

    fn evicted(seats: &[&Seat]) -> Vec<bool> {
        seats.iter().map(|seat| seat.evicted.is_cancelled()).collect()
    }

    #[tokio::test]
    async fn the_longest_idle_of_the_address_with_the_most_leaves() {
        let seats = Seats::new(3, Duration::ZERO);
        let few = take(&seats, "192.0.2.1").await;
        let first = take(&seats, "192.0.2.2").await;
        let second = take(&seats, "192.0.2.2").await;
        let third = take(&seats, "192.0.2.2").await;
        assert_eq!(evicted(&[&few, &first, &second, &third]), [false, true, false, false]);
        second.rest();
        let _newcomer = take(&seats, "192.0.2.3").await;
        assert_eq!(evicted(&[&few, &second, &third]), [false, false, true], "one that was used lately stays");
    }

    #[tokio::test]
    async fn a_whole_network_counts_as_one_address() {
        let seats = Seats::new(3, Duration::ZERO);
        let few = take(&seats, "2001:db8:1::1").await;
        let one = take(&seats, "2001:db8::1").await;
        let other = take(&seats, "2001:db8::ffff:0:0:2").await;
        let _newcomer = take(&seats, "192.0.2.1").await;
        assert_eq!(evicted(&[&few, &one, &other]), [false, true, false]);
        assert_eq!(group("::ffff:192.0.2.1".parse().unwrap()), Group::Caller("192.0.2.1".parse().unwrap()));
    }

    #[tokio::test]
    async fn a_verified_call_keeps_its_seat_and_newcomers_wait_for_it() {
        let seats = Seats::new(1, Duration::ZERO);
        let seat = take(&seats, "192.0.2.1").await;
        seat.protect();
        let mut newcomer = Box::pin(seats.take(Some("192.0.2.2".parse().unwrap())));
        assert!((&mut newcomer).now_or_never().is_none());
        seat.rest();
        assert!(newcomer.await.1);
        assert_eq!(evicted(&[&seat]), [true]);
    }

    #[tokio::test]
    async fn nobody_leaves_before_he_had_time_to_ask() {
        let grace = Duration::from_millis(30);
        let seats = Seats::new(1, grace);
        let first = take(&seats, "192.0.2.1").await;
        let seated_at = Instant::now();
        let _newcomer = take(&seats, "192.0.2.2").await;
        assert!(seated_at.elapsed() >= grace * 9 / 10, "{:?}", seated_at.elapsed());
        assert_eq!(evicted(&[&first]), [true]);
    }

    #[tokio::test]
    async fn a_proxy_counts_as_one_until_it_speaks_for_somebody() {
        let seats = Seats::new(4, Duration::ZERO);
        let proxies = [seats.take(None).await.0, seats.take(None).await.0];
        let callers = [take(&seats, "192.0.2.1").await, take(&seats, "192.0.2.1").await];
        let newcomer = take(&seats, "192.0.2.2").await;
        assert_eq!(evicted(&[&proxies[0], &proxies[1], &callers[0], &callers[1]]), [false, false, true, false]);
        for proxy in &proxies {
            proxy.ask(Some("192.0.2.9".parse().unwrap()));
        }
        let _last = take(&seats, "192.0.2.3").await;
        assert_eq!(evicted(&[&proxies[0], &proxies[1], &callers[1], &newcomer]), [true, false, false, false]);
    }
}
