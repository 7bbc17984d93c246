//! The public pages that the operator fills: legal notices, personal data, accessibility.

/// Bytes of one of the texts, at most.
pub const MAX_LEGAL: u64 = 64 << 10;

/// What the operator wrote for each page; the portal shows it as text, never as markup.
#[derive(Clone, Debug, Default)]
pub struct LegalPages {
    /// Who publishes and hosts the service.
    pub mentions_legales: Option<String>,
    /// What becomes of the data of people who have an account.
    pub donnees_personnelles: Option<String>,
    /// The declaration of accessibility.
    pub accessibilite: Option<String>,
}
