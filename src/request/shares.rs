//! Budgets of what is in progress, with a share for each network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::rates::{Network, networks};

/// A budget that many requests hold parts of at once: bytes, or a number of things. No network holds
/// more than its share, so that one client cannot use it up.
#[derive(Clone)]
pub struct Shares {
    total: u64,
    each: u64,
    used: Arc<Mutex<Used>>,
}

#[derive(Default)]
struct Used {
    total: u64,
    networks: HashMap<Network, u64>,
}

/// A part of a budget, given back when it is dropped.
pub struct Share {
    shares: Shares,
    address: IpAddr,
    amount: u64,
}

/// Why there is no part left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The network holds its share.
    Network,
    /// All of them together hold the budget.
    Everybody,
}

impl Shares {
    /// A budget of `total`, of which one network holds `each` at most.
    pub fn new(total: u64, each: u64) -> Shares {
        Shares { total, each, used: Arc::default() }
    }

    /// Takes a part for the network of an address, and for those around it.
    ///
    /// # Errors
    ///
    /// Who has taken everything: the network, or everybody together.
    pub fn take(&self, address: IpAddr, amount: u64) -> Result<Share, Full> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.total.saturating_add(amount) > self.total {
            return Err(Full::Everybody);
        }
        for (network, factor) in networks(address) {
            let held = used.networks.get(&network).copied().unwrap_or(0);
            if held.saturating_add(amount) > self.each.saturating_mul(factor.unsigned_abs()) {
                return Err(Full::Network);
            }
        }
        used.total += amount;
        for (network, _) in networks(address) {
            *used.networks.entry(network).or_default() += amount;
        }
        Ok(Share { shares: self.clone(), address, amount })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut used = self.shares.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.total = used.total.saturating_sub(self.amount);
        for (network, _) in networks(self.address) {
            if let Some(held) = used.networks.get_mut(&network) {
                *held = held.saturating_sub(self.amount);
                if *held == 0 {
                    used.networks.remove(&network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_share_and_all_together_the_budget() {
        let shares = Shares::new(10, 4);
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let one = shares.take(address(1), 3).ok();
        assert_eq!(shares.take(address(1), 2).err(), Some(Full::Network));
        let two = shares.take(address(2), 4).ok();
        assert_eq!(shares.take(address(3), 4).err(), Some(Full::Everybody));
        assert!(one.is_some() && two.is_some());
        drop((one, two));
        assert!(shares.take(address(3), 4).is_ok());
        assert!(shares.used.lock().unwrap().networks.is_empty(), "nothing is remembered");
    }
}
