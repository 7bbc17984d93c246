//! The table of the built-in scales.

/// What a scale is. The order of rows is the order of scales: by grain, then by identifier.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub grain: u16,
    pub id: &'static str,
    pub label: &'static str,
    pub short: &'static str,
    pub zooms: (u8, u8),
    pub origin: Origin,
    /// Thousandths.
    pub weight: u64,
    pub code_length: Option<usize>,
    pub code_fields: &'static [&'static str],
    pub name_fields: &'static [&'static str],
    pub takes_turns: bool,
    /// Tenths of a pixel.
    pub outline: Option<u8>,
    /// The grain of the scale that its zones are shown with, for rights, where it is not its own.
    pub shown_with: Option<u16>,
}

/// How the zones of a scale are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Each address of the register is one: a point.
    Addresses,
    /// Groups of neighbouring addresses, which the secrecy engine makes of units of the register.
    Units,
    /// Squares of a grid that holds the addresses.
    Squares,
    /// INSEE's IRIS: contours inside communes; a commune without any is one zone.
    Iris,
    /// Contours of a file, which cross everything else; an address outside them is in none.
    Contours,
    /// The arrondissements of Paris, Lyon and Marseille, by the register's code.
    Arrondissements,
    /// The communes, by the register's code.
    Communes,
    /// Communes grouped by the official tables.
    Groups(Group),
    /// The part of each zone of another scale that lies in some QPV, and the part outside.
    InAndOut(Whole),
}

/// What is divided into what lies in some QPV and what does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whole {
    /// Each commune.
    Commune,
    /// Each EPCI.
    Epci,
}

/// What groups communes: a column of [`CommuneRow`](crate::CommuneRow).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The établissement public de coopération intercommunale.
    Epci,
    /// The établissement public territorial, within the Métropole du Grand Paris alone.
    Ept,
    /// The département.
    Departement,
    /// The région.
    Region,
    /// The country: every commune.
    Country,
}

/// A scale whose zones are contours: what the others say for themselves.
pub(super) const CONTOURS: Row = Row {
    grain: 0,
    id: "",
    label: "",
    short: "",
    zooms: (10, 13),
    origin: Origin::Contours,
    weight: 1_000,
    code_length: None,
    code_fields: &["code"],
    name_fields: &["nom"],
    takes_turns: false,
    outline: None,
    shown_with: None,
};

/// Every built-in scale, the finest first. A new one is one row.
pub(super) static BUILT_IN: [Row; 14] = [
    Row {
        grain: 10,
        id: "adresse",
        label: "Adresse",
        short: "adresse",
        zooms: (12, 14),
        origin: Origin::Addresses,
        weight: 1_000,
        ..CONTOURS
    },
    Row {
        grain: 15,
        id: "grappe",
        label: "Groupe d’adresses",
        short: "grappe",
        zooms: (12, 14),
        origin: Origin::Units,
        weight: 500,
        takes_turns: true,
        ..CONTOURS
    },
    Row {
        grain: 20,
        id: "carreau",
        label: "Carreau de 200 m",
        short: "carreau",
        zooms: (11, 14),
        origin: Origin::Squares,
        weight: 1_500,
        ..CONTOURS
    },
    Row {
        grain: 30,
        id: "iris",
        label: "Quartier IRIS",
        short: "IRIS",
        zooms: (10, 13),
        origin: Origin::Iris,
        weight: 4_000,
        code_length: Some(9),
        code_fields: &["code_iris", "dcomiris", "codgeo", "code"],
        name_fields: &["nom_iris", "lib_iris", "libiris", "libgeo", "nom", "libelle"],
        takes_turns: true,
        ..CONTOURS
    },
    Row {
        grain: 40,
        id: "qpv",
        label: "Quartier prioritaire (QPV)",
        short: "QPV",
        zooms: (10, 13),
        weight: 6_000,
        code_fields: &["code_qp", "code_qpv", "codgeo", "code"],
        name_fields: &["lib_qp", "nom_qp", "lib_qpv", "libgeo", "nom", "libelle"],
        ..CONTOURS
    },
    Row {
        grain: 50,
        id: "arrondissement",
        label: "Arrondissement municipal",
        short: "arrondissement",
        zooms: (9, 12),
        origin: Origin::Arrondissements,
        weight: 12_000,
        code_length: Some(5),
        code_fields: &["insee_arm", "code_insee", "insee_com", "codgeo", "code_arm", "code"],
        name_fields: &["nom", "nom_officiel", "nom_arm", "libgeo", "libelle"],
        ..CONTOURS
    },
    Row {
        grain: 55,
        id: "commune_qpv",
        label: "Commune, en et hors QPV",
        short: "commune, en ou hors QPV",
        zooms: (9, 12),
        origin: Origin::InAndOut(Whole::Commune),
        weight: 12_000,
        shown_with: Some(60),
        ..CONTOURS
    },
    Row {
        grain: 60,
        id: "commune",
        label: "Commune",
        short: "commune",
        zooms: (8, 11),
        origin: Origin::Communes,
        weight: 20_000,
        code_length: Some(5),
        code_fields: &["insee_com", "code_insee", "codgeo", "depcom", "code_com", "com", "code"],
        name_fields: &[
            "nom",
            "nom_officiel",
            "nom_com",
            "nom_commune",
            "libgeo",
            "libelle",
            "name",
        ],
        takes_turns: true,
        outline: Some(10),
        ..CONTOURS
    },
    Row {
        grain: 65,
        id: "epci_qpv",
        label: "Intercommunalité (EPCI), en et hors QPV",
        short: "EPCI, en ou hors QPV",
        zooms: (7, 10),
        origin: Origin::InAndOut(Whole::Epci),
        weight: 30_000,
        shown_with: Some(70),
        ..CONTOURS
    },
    Row {
        grain: 70,
        id: "epci",
        label: "Intercommunalité (EPCI)",
        short: "EPCI",
        zooms: (6, 9),
        origin: Origin::Groups(Group::Epci),
        weight: 60_000,
        code_length: Some(9),
        code_fields: &["code_siren", "siren_epci", "code_epci", "codgeo", "epci", "siren", "code"],
        name_fields: &["nom", "nom_officiel", "nom_epci", "libepci", "libgeo", "libelle"],
        takes_turns: true,
        outline: Some(15),
        ..CONTOURS
    },
    Row {
        grain: 80,
        id: "ept",
        label: "Établissement public territorial",
        short: "EPT",
        zooms: (6, 9),
        origin: Origin::Groups(Group::Ept),
        weight: 60_000,
        code_length: Some(9),
        code_fields: &["code_siren", "siren_ept", "code_ept", "codgeo", "ept", "siren", "code"],
        name_fields: &["nom", "nom_officiel", "nom_ept", "libept", "libgeo", "libelle"],
        ..CONTOURS
    },
    Row {
        grain: 90,
        id: "departement",
        label: "Département",
        short: "departement",
        zooms: (4, 7),
        origin: Origin::Groups(Group::Departement),
        weight: 200_000,
        code_length: Some(2),
        code_fields: &["insee_dep", "code_insee", "code_dept", "codgeo", "dep", "code"],
        name_fields: &["nom", "nom_officiel", "nom_dep", "nom_dept", "libgeo", "libelle"],
        takes_turns: true,
        outline: Some(20),
        ..CONTOURS
    },
    Row {
        grain: 100,
        id: "region",
        label: "Région",
        short: "region",
        zooms: (0, 5),
        origin: Origin::Groups(Group::Region),
        weight: 500_000,
        code_length: Some(2),
        code_fields: &["insee_reg", "code_insee", "code_reg", "codgeo", "reg", "code"],
        name_fields: &["nom", "nom_officiel", "nom_reg", "libgeo", "libelle"],
        takes_turns: true,
        outline: Some(25),
        ..CONTOURS
    },
    Row {
        grain: 110,
        id: "france",
        label: "France",
        short: "france",
        zooms: (0, 3),
        origin: Origin::Groups(Group::Country),
        weight: 1_000_000,
        ..CONTOURS
    },
];
