//! Who signed a convention: the parties, each with a representative and a delegate for the
//! protection of data, the place and the day.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::{BadConvention, Day, OrganisationKind, is_text};
use domain::{Fault, HasFault};

/// One of the parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The national operator.
    Operateur,
    /// The regional association of landlords.
    Association,
    /// The EPCI that mandates a third party or annexes a commune.
    Mandant,
    /// The organisation that the convention is with.
    Organisme,
}

/// A text that names no party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("partie inconnue ; écrire operateur, association, mandant ou organisme")]
pub struct UnknownParty;

impl HasFault for UnknownParty {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// A party, and who signed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatory {
    /// Which of the parties.
    pub party: Party,
    /// The name of the organisation.
    pub organisation: String,
    /// Who signed for it, and as what.
    pub representative: String,
    /// Its delegate for the protection of data: name and contact (annex 2, article 3).
    pub dpo: String,
}

/// The signature of a convention, to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSignature {
    /// The day.
    pub signed_on: Day,
    /// The place.
    pub place: String,
    /// Everybody who signed.
    pub parties: Vec<Signatory>,
}

impl Party {
    /// Every party.
    pub const ALL: [Party; 4] =
        [Party::Operateur, Party::Association, Party::Mandant, Party::Organisme];

    /// The identifier in commands, answers and the database.
    pub fn id(self) -> &'static str {
        match self {
            Party::Operateur => "operateur",
            Party::Association => "association",
            Party::Mandant => "mandant",
            Party::Organisme => "organisme",
        }
    }

    /// Those who must have signed a convention of a kind: that of an EPCI or EPT is signed by three,
    /// that of a third party by itself and the EPCI.
    pub fn needed(kind: OrganisationKind) -> &'static [Party] {
        match kind {
            OrganisationKind::Epci | OrganisationKind::Ept => {
                &[Party::Operateur, Party::Association, Party::Organisme]
            }
            OrganisationKind::Tiers => &[Party::Mandant, Party::Organisme],
            _ => &[Party::Organisme],
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Party {
    type Err = UnknownParty;

    fn from_str(text: &str) -> Result<Party, UnknownParty> {
        Party::ALL.into_iter().find(|party| party.id() == text).ok_or(UnknownParty)
    }
}

impl NewSignature {
    /// Checks that everybody signed who must for a convention of this kind, each once.
    ///
    /// # Errors
    /// [`BadConvention::Parties`], [`BadConvention::Text`].
    pub fn check(&self, kind: OrganisationKind) -> Result<(), BadConvention> {
        let texts = self
            .parties
            .iter()
            .flat_map(|one| [&one.organisation, &one.representative, &one.dpo])
            .chain([&self.place]);
        if !texts.into_iter().all(|text| is_text(text)) {
            return Err(BadConvention::Text);
        }
        let distinct: BTreeSet<Party> = self.parties.iter().map(|one| one.party).collect();
        let all = Party::needed(kind).iter().all(|party| distinct.contains(party));
        if all && distinct.len() == self.parties.len() {
            Ok(())
        } else {
            Err(BadConvention::Parties)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_signs_once_who_must() {
        let check = |kind, parties: &[Party], expected: Result<(), BadConvention>| {
            let party = |party: &Party| Signatory {
                party: *party,
                organisation: "Agglo".into(),
                representative: "Claire Chef, présidente".into(),
                dpo: "dpo@agglo.fr".into(),
            };
            let new = NewSignature {
                signed_on: "2026-01-05".parse().unwrap(),
                place: "Cergy".into(),
                parties: parties.iter().map(party).collect(),
            };
            assert_eq!(new.check(kind), expected, "{kind} {parties:?}");
        };
        use OrganisationKind::{Bailleur, Epci, Tiers};
        use Party::{Association, Mandant, Operateur, Organisme};
        check(Epci, &[Operateur, Association, Organisme], Ok(()));
        check(Epci, &[Operateur, Organisme], Err(BadConvention::Parties));
        check(Epci, &[Operateur, Association, Organisme, Operateur], Err(BadConvention::Parties));
        check(Tiers, &[Mandant, Organisme], Ok(()));
        check(Tiers, &[Operateur, Organisme], Err(BadConvention::Parties));
        check(Bailleur, &[Operateur, Organisme], Ok(()));
        check(Bailleur, &[], Err(BadConvention::Parties));
    }
}
