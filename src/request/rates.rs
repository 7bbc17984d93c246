//! How often somebody may try.
//!
//! | what | by | at once | then one every |
//! |---|---|---|---|
//! | sign-in | network | 10 | 6 s |
//! | sign-in | network and e-mail address asked, known or not | 10 | 60 s |
//! | sign-in | e-mail address asked, known or not | 300 | 2 s |
//! | sign-out | network | 60 | 1 s |
//! | change of one's password | account | 10 | 60 s |
//! | account request, new password | network | 10 | 60 s |
//! | account request | network and e-mail address asked, known or not | 3 | 1 h |
//! | new password | network and e-mail address asked, known or not | 3 | 1 h |
//! | search of an organisation | network | 60 | 1 s |
//! | link of an e-mail | network | 20 | 10 s |
//! | token or session that nobody remembers | network | 300 | 0.2 s |
//! | anything but tiles with a session | account | 600 | 0.2 s |
//! | token in service | account | 600,000 | 1 ms |
//! | export | account | 30 | 120 s |
//! | search of a zone, features through a filter | account | 300 | 50 ms |
//!
//! What a name is asked from one network never keeps its owner out elsewhere; what it is asked from
//! everywhere together is far wider. How many letters one address receives is counted where they are
//! written (`accounts`), and changes no answer.
//!
//! A network is an address of IPv4, or what one subscriber holds in IPv6: 64 bits, and, since a
//! subscriber may hold more of them, four times as many tries for the 56 bits around and sixteen
//! times as many for the 48.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use crate::buckets::{Buckets, NoTry, Try};
use rights::Timestamp;

/// Leading bits of an address of IPv6 that are one network, and how many times more it may try.
const WIDTHS: [(u8, i64); 3] = [(64, 1), (56, 4), (48, 16)];

/// Every limit, with its default.
pub struct Rates {
    /// Sign-ins from a network.
    pub sign_ins_by_network: PerNetwork,
    /// Sign-ins for an address, from a network.
    pub sign_ins_here: PerNameAndNetwork,
    /// Sign-ins for an address, from everywhere.
    pub sign_ins: PerName,
    /// Sign-outs.
    pub sign_outs: PerNetwork,
    /// Changes of a password, by the identifier of the account.
    pub passwords: PerName,
    /// What is asked without an account and sends letters, from a network.
    pub requests: PerNetwork,
    /// Requests of an account for an address, from a network.
    pub account_requests: PerNameAndNetwork,
    /// New passwords for an address, from a network.
    pub resets: PerNameAndNetwork,
    /// Searches of an organisation.
    pub searches: PerNetwork,
    /// Links of letters that are followed.
    pub tickets: PerNetwork,
    /// Tokens and sessions that nobody remembers.
    pub unknown_credentials: PerNetwork,
    /// What a session asks, but tiles, by the identifier of the account.
    pub sessions: PerName,
    /// By the identifier of the account: a script that went wild, not a person who draws maps.
    pub tokens: PerName,
    /// Exports, by the identifier of the account.
    pub exports: PerName,
    /// Searches of zones and features through a filter, by the identifier of the account.
    pub lookups: PerName,
}

impl Rates {
    /// Nobody tried yet.
    pub(crate) fn new() -> Rates {
        Rates {
            sign_ins_by_network: PerNetwork::new(
                (10, 6_000),
                "Trop d'essais de connexion depuis votre réseau ; attendre un instant.",
            ),
            sign_ins_here: PerNameAndNetwork::new(
                (10, 60_000),
                "Trop d'essais de connexion pour cette adresse depuis votre réseau ; attendre un \
                 instant.",
            ),
            sign_ins: PerName::new(
                (300, 2_000),
                "Trop d'essais de connexion pour cette adresse ; attendre un instant.",
            ),
            sign_outs: PerNetwork::new(
                (60, 1_000),
                "Trop de déconnexions depuis votre réseau ; attendre un instant.",
            ),
            passwords: PerName::new(
                (10, 60_000),
                "Trop d'essais de changement du mot de passe ; attendre un instant.",
            ),
            requests: PerNetwork::new(
                (10, 60_000),
                "Trop de demandes de compte ou de mot de passe depuis votre réseau ; attendre un \
                 instant.",
            ),
            account_requests: PerNameAndNetwork::new(
                (3, 3_600_000),
                "Trop de demandes de compte pour cette adresse depuis votre réseau ; attendre avant \
                 d'en faire une autre.",
            ),
            resets: PerNameAndNetwork::new(
                (3, 3_600_000),
                "Trop de nouveaux mots de passe demandés pour cette adresse depuis votre réseau ; \
                 attendre avant d'en demander un autre.",
            ),
            searches: PerNetwork::new(
                (60, 1_000),
                "Trop de recherches depuis votre réseau ; attendre un instant.",
            ),
            tickets: PerNetwork::new(
                (20, 10_000),
                "Trop de liens essayés depuis votre réseau ; attendre un instant.",
            ),
            unknown_credentials: PerNetwork::new(
                (300, 200),
                "Trop de jetons ou de sessions inconnus depuis votre réseau ; attendre un instant.",
            ),
            sessions: PerName::new(
                (600, 200),
                "Trop de demandes avec les sessions de ce compte ; attendre un instant.",
            ),
            exports: PerName::new(
                (30, 120_000),
                "Trop d'exports de ce compte ; attendre avant d'en faire un autre.",
            ),
            lookups: PerName::new(
                (300, 50),
                "Trop de recherches de ce compte ; attendre un instant.",
            ),
            tokens: PerName::new(
                (600_000, 1),
                "Trop de demandes avec les jetons de ce compte ; attendre un instant.",
            ),
        }
    }
}

/// Buckets of networks.
pub struct PerNetwork(Buckets<Network>);

/// The leading bits of an address, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(u128, u8);

impl PerNetwork {
    fn new((tries, refill): (i64, i64), detail: &'static str) -> PerNetwork {
        PerNetwork(Buckets::new(tries, refill, detail))
    }

    /// Takes one try of the network of an address, and of those around it.
    pub fn take(&self, address: IpAddr, now: Timestamp) -> Result<Try<'_, Network>, NoTry> {
        self.0.take(networks(address), now)
    }
}

/// The networks that an address counts for, with the factor of each.
pub fn networks(address: IpAddr) -> impl Iterator<Item = (Network, i64)> {
    let (bits, widths) = match address.to_canonical() {
        IpAddr::V4(address) => (address.to_ipv6_mapped().to_bits(), &[(128, 1)][..]),
        IpAddr::V6(address) => (address.to_bits(), &WIDTHS[..]),
    };
    widths.iter().map(move |(width, factor)| {
        (Network(bits & (u128::MAX << (128 - u32::from(*width))), *width), *factor)
    })
}

/// Buckets of names: e-mail addresses, identifiers of accounts. Only their digests are kept.
pub struct PerName(Buckets<[u8; 32]>);

impl PerName {
    fn new((tries, refill): (i64, i64), detail: &'static str) -> PerName {
        PerName(Buckets::new(tries, refill, detail))
    }

    /// Takes one try of a name, however it is written.
    pub fn take(&self, name: &str, now: Timestamp) -> Result<Try<'_, [u8; 32]>, NoTry> {
        let digest = Sha256::digest(name.trim().to_lowercase()).into();
        self.0.take([(digest, 1)], now)
    }
}

/// Buckets of a name asked from a network.
pub struct PerNameAndNetwork(Buckets<[u8; 32]>);

impl PerNameAndNetwork {
    fn new((tries, refill): (i64, i64), detail: &'static str) -> PerNameAndNetwork {
        PerNameAndNetwork(Buckets::new(tries, refill, detail))
    }

    /// Takes one try of a name from the network of an address.
    pub fn take(
        &self,
        name: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Try<'_, [u8; 32]>, NoTry> {
        let digest = |network: Network| {
            let mut sha = Sha256::new();
            sha.update(network.0.to_le_bytes());
            sha.update([network.1]);
            sha.update(name.trim().to_lowercase());
            sha.finalize().into()
        };
        self.0
            .take(networks(address).take(1).map(|(network, factor)| (digest(network), factor)), now)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    /// How many tries of sign-in are let through of addresses.
    fn let_through(rates: &Rates, addresses: impl IntoIterator<Item = IpAddr>) -> usize {
        let tries = addresses.into_iter().map(|one| rates.sign_ins_by_network.take(one, NOW));
        tries.filter(Result::is_ok).count()
    }

    /// Addresses in as many networks of 64 bits below a prefix.
    fn below(prefix: u128, width: u32, count: u128) -> impl Iterator<Item = IpAddr> {
        let spread = move |n: u128| prefix | ((n << 64) % (1 << (128 - width))) | n;
        (0..count).map(move |n| Ipv6Addr::from_bits(spread(n)).into())
    }

    #[test]
    fn a_subscriber_is_one_network_however_many_addresses_it_takes() {
        let prefix = 0x2001_0db8_0000_0000 << 64;
        let one = |n: u128| IpAddr::from(Ipv6Addr::from_bits(prefix | n));
        assert_eq!(let_through(&Rates::new(), (0..50).map(one)), 10);
        assert_eq!(let_through(&Rates::new(), below(prefix, 56, 256)), 40);
        assert_eq!(let_through(&Rates::new(), below(prefix, 48, 5_000)), 160);
        let four = |n: u32| IpAddr::from(Ipv4Addr::from_bits(0xc000_0200 + n));
        assert_eq!(let_through(&Rates::new(), (0..50).map(four)), 50);
        assert_eq!(let_through(&Rates::new(), (0..50).map(|_| four(1))), 10);
        let mapped = IpAddr::from(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped());
        assert_eq!(let_through(&Rates::new(), [four(1), mapped].into_iter().cycle().take(50)), 10);
    }

    /// Twenty thousand addresses from two thousand networks of 64 bits used to take every place.
    #[test]
    fn a_flood_from_one_provider_does_not_close_the_door_to_others() {
        let rates = Rates::new();
        let provider = 0x2001_0db8 << 96;
        for _ in 0..3 {
            let_through(&rates, below(provider, 32, 60_000));
        }
        for last in 0..=255 {
            let somebody = IpAddr::from(Ipv4Addr::new(203, 0, 113, last));
            assert_eq!(let_through(&rates, [somebody; 11]), 10, "{somebody}");
        }
    }
}
