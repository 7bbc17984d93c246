//! How often an address may try to sign in.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use rights::Timestamp;

/// Tries in a row.
const CAPACITY: i64 = 10;

/// Seconds for one more try.
const REFILL: i64 = 6;

/// Addresses remembered. Those that come when it is full share one bucket.
const MAX_ADDRESSES: usize = 10_000;

/// A bucket of tries for each address. In IPv6 one subscriber is a network of 64 bits.
pub(super) struct Buckets {
    /// Seconds at which the bucket of an address is full again.
    full_at: Mutex<HashMap<IpAddr, i64>>,
}

impl Buckets {
    pub(super) fn new() -> Buckets {
        Buckets { full_at: Mutex::new(HashMap::new()) }
    }

    /// Takes one try, or says after how many seconds there is one.
    pub(super) fn take(&self, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        let now = now.seconds();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = network(address);
        if !full_at.contains_key(&key) && full_at.len() >= MAX_ADDRESSES {
            full_at.retain(|_, full| *full > now);
            if full_at.len() >= MAX_ADDRESSES {
                key = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
            }
        }
        let full = full_at.entry(key).or_insert(now);
        let next = (*full).max(now).saturating_add(REFILL);
        let excess = next - now - CAPACITY * REFILL;
        if excess > 0 {
            return Err(u32::try_from(excess).unwrap_or(u32::MAX));
        }
        *full = next;
        Ok(())
    }

    /// Gives a try back: it succeeded.
    pub(super) fn give_back(&self, address: IpAddr) {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full) = full_at.get_mut(&network(address)) {
            *full -= REFILL;
        }
    }
}

/// The network that one subscriber holds.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn the_eleventh_try_waits_and_another_address_does_not() {
        let buckets = Buckets::new();
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        for _ in 0..10 {
            assert_eq!(buckets.take(one, at(1000)), Ok(()));
        }
        assert_eq!(buckets.take(one, at(1000)), Err(6));
        assert_eq!(buckets.take(one, at(1005)), Err(1));
        assert_eq!(buckets.take("192.0.2.2".parse().unwrap(), at(1000)), Ok(()));
        assert_eq!(buckets.take(one, at(1006)), Ok(()));
        buckets.give_back(one);
        assert_eq!(buckets.take(one, at(1006)), Ok(()));
    }

    #[test]
    fn a_subscriber_is_one_address_however_many_it_takes() {
        let buckets = Buckets::new();
        for host in 0..10_u128 {
            let address = Ipv6Addr::from_bits((0x2001_0db8 << 96) | host);
            assert_eq!(buckets.take(address.into(), at(0)), Ok(()));
        }
        assert!(buckets.take("2001:db8::ffff".parse().unwrap(), at(0)).is_err());
    }

    #[test]
    fn the_memory_is_bounded_and_newcomers_share() {
        let buckets = Buckets::new();
        for host in 0..MAX_ADDRESSES as u32 + 10 {
            let address: IpAddr = std::net::Ipv4Addr::from_bits(host).into();
            assert_eq!(buckets.take(address, at(0)), Ok(()));
        }
        assert!(buckets.take("203.0.113.9".parse().unwrap(), at(0)).is_err());
        assert_eq!(buckets.full_at.lock().unwrap().len(), MAX_ADDRESSES + 1);
        assert_eq!(buckets.take("203.0.113.9".parse().unwrap(), at(100)), Ok(()));
    }
}
