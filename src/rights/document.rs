//! The papers of a convention: which there are, to which conventions they belong, who gives them in
//! and who reads them.

use std::fmt;
use std::str::FromStr;

use super::OrganisationKind;
use domain::{Fault, HasFault};

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// The convention itself, signed.
    Convention,
    /// The form that names the local administrator, signed and stamped (annex 3).
    Annexe3,
    /// A commune's written request to its EPCI (article 4), annexed to the convention.
    DemandeCommune,
    /// What an EPCI and a third party agreed (annex 2), sent to the operator before any access.
    ConventionTiers,
    /// The EPCI's written authorisation of a sub-processor (annex 2, article 3).
    Autorisation,
    /// The EPCI's request to move the end of a convention (annex 2, article 5).
    Prolongation,
    /// The written justification that data was destroyed (annex 2, article 3).
    Attestation,
}

/// Who may give a document in, besides the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentAuthor {
    /// Whoever administers the convention, or the one that it depends on.
    Administrators,
    /// The EPCI that annexes the commune or mandates the third party, never these themselves: it
    /// is the EPCI's own letter, or was addressed to it.
    Mandating,
    /// Everybody in service under the convention too.
    People,
}

/// A text that names no kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "type de document inconnu ; écrire convention, annexe-3, demande-commune, convention-tiers, autorisation, prolongation ou attestation"
)]
pub struct UnknownDocument;

impl HasFault for UnknownDocument {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [DocumentKind; 7] = [
        DocumentKind::Convention,
        DocumentKind::Annexe3,
        DocumentKind::DemandeCommune,
        DocumentKind::ConventionTiers,
        DocumentKind::Autorisation,
        DocumentKind::Prolongation,
        DocumentKind::Attestation,
    ];

    /// The identifier in commands, answers and the database.
    pub fn id(self) -> &'static str {
        match self {
            DocumentKind::Convention => "convention",
            DocumentKind::Annexe3 => "annexe-3",
            DocumentKind::DemandeCommune => "demande-commune",
            DocumentKind::ConventionTiers => "convention-tiers",
            DocumentKind::Autorisation => "autorisation",
            DocumentKind::Prolongation => "prolongation",
            DocumentKind::Attestation => "attestation",
        }
    }

    /// Whether a convention of this kind has such a document.
    pub fn fits(self, kind: OrganisationKind) -> bool {
        match self {
            DocumentKind::DemandeCommune => kind == OrganisationKind::Commune,
            DocumentKind::ConventionTiers | DocumentKind::Autorisation => {
                kind == OrganisationKind::Tiers
            }
            _ => true,
        }
    }

    /// Who may give it in, besides the operator.
    pub fn author(self) -> DocumentAuthor {
        match self {
            DocumentKind::Attestation => DocumentAuthor::People,
            DocumentKind::DemandeCommune
            | DocumentKind::ConventionTiers
            | DocumentKind::Autorisation => DocumentAuthor::Mandating,
            _ => DocumentAuthor::Administrators,
        }
    }

    /// Whether the convention's own people read it, and not only those who administer it: what
    /// binds a third party, and what its people attest.
    pub fn is_for_its_people(self) -> bool {
        matches!(
            self,
            DocumentKind::ConventionTiers | DocumentKind::Autorisation | DocumentKind::Attestation
        )
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for DocumentKind {
    type Err = UnknownDocument;

    fn from_str(text: &str) -> Result<DocumentKind, UnknownDocument> {
        DocumentKind::ALL.into_iter().find(|kind| kind.id() == text).ok_or(UnknownDocument)
    }
}
