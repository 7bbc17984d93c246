//! The rows of both files: the technical header of the register with its restricted columns, and
//! the survey's.

use super::SynthError;
use super::VINTAGE;
use super::dice::Dice;
use super::dwelling::{Building, Dwelling, Landlord, month_before};
use super::household::Household;
use super::lattice::Mm;

/// The columns of the register, technical names of the open file, then the restricted ones.
const DWELLINGS: &str = "REG_CODE;REG_LIBELLE;LIBREG;DEP_CODE;DEP_LIBELLE;LIBDEP;EPCI_CODE;\
EPCI_LIBELLE;LIBEPCI;DROIT_CODE;DROIT_LIBELLE;DEPCOM;CODEPOSTAL;LIBCOM;NUMVOIE;INDREP;TYPVOIE;\
NOMVOIE;ETAGE;COMPLGEO;LIEUDIT;QPV_CODE;QPV_LIBELLE;TYPECONST_CODE;TYPECONST_LIBELLE;NBPIECE;\
SURFHAB;CONSTRUCT;LOCAT;PATRIMOINE;ORIGINE;FINAN_CODE;FINAN_LIBELLE;FINANAUTRE;CONV;NUMCONV;\
DATCONV;NEWLOGT_CODE;NEWLOGT_LIBELLE;CUS;DPEDATE;DPEENERGIE;DPESERRE;SRU_EXPIR;SRU_ALINEA;\
CODSEGPATRIM;LIBSEGPATRIM;PMR_CODE;PMR_LIBELLE;PLG_VOIE;EPSG;X;Y;PLG_QP24;PLG_QP15;\
PLG_IRIS2024_CODE;PLG_IRIS2024_LIBELLE;PLG_ZUS;PLG_QVA;QUALITE_VOIE;QUALITE_NUMERO;QUALITE_XY;\
DISTANCE_PRECISION;QUALITE_QP24;QUALITE_QP15;QUALITE_IRIS;QUALITE_ZUS;QUALITE_QVA;COMAQP;COMAZUS;\
UU2020;AAV2020;ZE2020;\
ID_RPLS;SIRET_BAILLEUR;MODE;BAIL;LOYERPRINC;DATE_OFFRE;CONTINGENT;OPPOSITION";

/// The columns of the survey.
const HOUSEHOLDS: &str = "MILLESIME;ID_RPLS;ENQUETE;REPONDU;BAIL;PCT_PLAFOND;COMPO;NB_ENFANTS;\
NB_OCCUPANTS;NB_MINEURS;NB_18_24;NB_65P;AGE_TITULAIRE;NB_STABLE;NB_PRECAIRE;NB_SANS_EMPLOI;\
NB_AUTRE;APL";

/// Shares of rows where the register holds a sentinel.
const SENTINEL: f64 = 0.004;
/// Households that are out of the survey, and rows of it that say so.
const OUT_OF_SURVEY: f64 = 0.01;
const NOT_SURVEYED: f64 = 0.008;
/// Respondents without an answer: income, composition, age, activity, aid, lease.
const UNANSWERED: [f64; 6] = [0.08, 0.04, 0.03, 0.06, 0.05, 0.04];

/// The commune of a row, and what it lies in; empty where unknown.
#[derive(Clone, Debug, Default)]
pub(super) struct CommuneNames {
    pub(super) commune: String,
    pub(super) nom: String,
    pub(super) epci: String,
    pub(super) epci_nom: String,
    pub(super) departement: String,
    pub(super) departement_nom: String,
    pub(super) region: String,
    pub(super) region_nom: String,
}

/// What the register says of an address.
#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    pub(super) at: Option<Mm>,
    pub(super) number: String,
    pub(super) way_kind: &'static str,
    pub(super) way: String,
    /// Code of the QPV, `HZ` outside, empty: unknown.
    pub(super) qpv: String,
    pub(super) iris: String,
    /// Share of the dwellings whose row has neither code all the same.
    pub(super) uncoded: f64,
    /// Whether every dwelling is let, surveyed and answered, and every column as invented.
    pub(super) full: bool,
    /// Whether columns of the register are real, and no sentinel takes their place.
    pub(super) real: bool,
}

/// Rows of both files, without header, ready to be written.
pub(super) struct Rows {
    dwellings: csv::Writer<Vec<u8>>,
    households: csv::Writer<Vec<u8>>,
    comma: bool,
    counts: Counts,
}

/// How many rows were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Addresses with at least one dwelling.
    pub addresses: u64,
    /// Rows of the register.
    pub dwellings: u64,
    /// Rows of the survey.
    pub households: u64,
    /// Those of them that answered.
    pub respondents: u64,
}

impl Counts {
    pub(super) fn add(&mut self, other: Counts) {
        self.addresses += other.addresses;
        self.dwellings += other.dwellings;
        self.households += other.households;
        self.respondents += other.respondents;
    }
}

/// The header line of the register file.
pub(super) fn dwellings_header() -> String {
    format!("{DWELLINGS}\n")
}

/// The header line of the survey file.
pub(super) fn households_header() -> String {
    format!("{HOUSEHOLDS}\n")
}

impl Rows {
    /// Rows whose decimals have a comma, or a point.
    pub(super) fn new(comma: bool) -> Rows {
        let writer = || csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
        Rows { dwellings: writer(), households: writer(), comma, counts: Counts::default() }
    }

    /// Both files' bytes, and the counts.
    pub(super) fn finish(self) -> Result<(Vec<u8>, Vec<u8>, Counts), SynthError> {
        let bytes = |writer: csv::Writer<Vec<u8>>| {
            writer.into_inner().map_err(|error| SynthError::Write {
                path: "tampon".into(),
                source: std::io::Error::other(error.error().kind().to_string()),
            })
        };
        Ok((bytes(self.dwellings)?, bytes(self.households)?, self.counts))
    }

    pub(super) fn count_address(&mut self) {
        self.counts.addresses += 1;
    }

    /// One dwelling of the register, and nothing of who lives there but the lease.
    pub(super) fn dwelling(
        &mut self,
        dice: &mut Dice,
        (place, site): (&CommuneNames, &Site),
        (building, dwelling, landlord): (&Building, &Dwelling, &Landlord),
        (id, lease): (&str, Option<i64>),
    ) -> Result<(), SynthError> {
        let uncoded = site.uncoded > 0.0 && dice.chance(site.uncoded);
        let [qpv, iris] =
            [&site.qpv, &site.iris].map(|code| if uncoded { "" } else { code.as_str() });
        let mut sentinel = |value: String, missing: &str| {
            if !site.real && dice.chance(SENTINEL) { missing.to_owned() } else { value }
        };
        let departement = format!("{:0>3}", place.departement);
        let (x, y) = site.at.map_or_else(Default::default, |at| {
            (self.decimal(at.x, 1000), self.decimal(at.y, 1000))
        });
        let surface = sentinel(dwelling.surface.to_string(), "999");
        let built = sentinel(dwelling.built.to_string(), "9999");
        let rent = sentinel(self.decimal(dwelling.rent, 100), "9999");
        let lease =
            lease.map(month_before).map_or_else(String::new, |date| sentinel(date, "01/1900"));
        let offered =
            if dwelling.mode == 2 { month_before(dwelling.offered) } else { String::new() };
        let label = dwelling.label.map(String::from).unwrap_or_default();
        let labelled = if label.is_empty() { "" } else { "06/2021" };
        let placed = if site.at.is_some() { "1" } else { "4" };
        let (financing, financing_label) =
            (dwelling.financing, financing_label(dwelling.financing));
        let kind = building.kind.to_string();
        let kind_label = match building.kind {
            'I' => "Individuel",
            'E' => "Logement étudiant",
            _ => "Collectif",
        };
        let (mode, rooms) = (dwelling.mode.to_string(), dwelling.rooms.to_string());
        let floor = if building.kind == 'I' { String::new() } else { dwelling.floor.to_string() };
        let let_since = dwelling.built.max(1950).to_string();
        let contingent = dwelling.contingent.to_string();
        let iris_label = if iris.is_empty() { "" } else { place.nom.as_str() };
        let (accessible, accessible_label) =
            if dwelling.accessible { ("1", "Accessible") } else { ("2", "Non accessible") };
        let new = if dwelling.built >= i64::from(VINTAGE) - 1 { "1" } else { "2" };
        let new_label =
            if new == "1" { "Mis en service dans l'année" } else { "Déjà en service" };
        let qpv_label = if qpv.starts_with("QN") { "Quartier prioritaire" } else { "" };
        let fields: [&str; 81] = [
            &place.region,
            &place.region_nom,
            &place.region_nom,
            &departement,
            &place.departement_nom,
            &place.departement_nom,
            &place.epci,
            &place.epci_nom,
            &place.epci_nom,
            "1",
            "Pleine propriété",
            &place.commune,
            "",
            &place.nom,
            &site.number,
            "",
            site.way_kind,
            &site.way,
            &floor,
            "",
            "",
            qpv,
            qpv_label,
            &kind,
            kind_label,
            &rooms,
            &surface,
            &built,
            &let_since,
            &let_since,
            "1",
            financing,
            financing_label,
            "",
            "1",
            "",
            "",
            new,
            new_label,
            "",
            labelled,
            &label,
            &label,
            "",
            "",
            "",
            "",
            accessible,
            accessible_label,
            "",
            if site.at.is_some() { "2154" } else { "" },
            &x,
            &y,
            qpv,
            "",
            iris,
            iris_label,
            "",
            "",
            "1",
            "1",
            placed,
            "",
            "1",
            "",
            "1",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            id,
            &landlord.siret,
            &mode,
            &lease,
            &rent,
            &offered,
            &contingent,
            if landlord.opposed { "1" } else { "0" },
        ];
        self.counts.dwellings += 1;
        self.dwellings.write_record(fields).map_err(buffer)
    }

    /// The household of a let dwelling, if it is in the survey.
    pub(super) fn household(
        &mut self,
        dice: &mut Dice,
        household: &Household,
        id: &str,
        (answered, full): (bool, bool),
    ) -> Result<(), SynthError> {
        if !full && dice.chance(OUT_OF_SURVEY) {
            return Ok(());
        }
        self.counts.households += 1;
        let surveyed = full || !dice.chance(NOT_SURVEYED);
        let answered = full || (surveyed && answered);
        let vintage = VINTAGE.to_string();
        let flag = |yes: bool| if yes { "1" } else { "0" };
        let mut row =
            vec![vintage, id.to_owned(), flag(surveyed).to_owned(), flag(answered).to_owned()];
        if answered {
            self.counts.respondents += 1;
            answers(dice, household, &mut row);
        } else {
            row.resize(HOUSEHOLDS.split(';').count(), String::new());
        }
        self.households.write_record(&row).map_err(buffer)
    }

    /// A number of thousandths or hundredths (`unit`), with its decimals.
    fn decimal(&self, value: i64, unit: i64) -> String {
        let point = if self.comma { ',' } else { '.' };
        let decimals = if unit == 1000 { 3 } else { 2 };
        let sign = if value < 0 { "-" } else { "" };
        let (whole, rest) = (value.abs() / unit, value.abs() % unit);
        format!("{sign}{whole}{point}{rest:0decimals$}")
    }
}

/// The answers of a respondent, with some items left empty or holding a sentinel.
fn answers(dice: &mut Dice, household: &Household, row: &mut Vec<String>) {
    let [income, composition, age, activity, aid, lease] =
        UNANSWERED.map(|share| !dice.chance(share));
    let rare = |dice: &mut Dice, value: String, missing: &str| {
        if dice.chance(SENTINEL) { missing.to_owned() } else { value }
    };
    let given = |given: bool, value: String| if given { value } else { String::new() };
    let months = rare(dice, month_before(household.seniority), "01/1900");
    row.push(given(lease, months));
    let percent = rare(dice, household.income.to_string(), "9999");
    row.push(given(income, percent));
    row.push(given(composition, household.composition.code().to_owned()));
    for count in [
        household.children,
        household.occupants,
        household.minors,
        household.aged_18_24,
        household.aged_65,
    ] {
        row.push(given(composition, count.to_string()));
    }
    let years = rare(dice, household.age.to_string(), "999");
    row.push(given(age, years));
    row.extend(household.activity.map(|count| given(activity, count.to_string())));
    row.push(given(aid, u8::from(household.apl).to_string()));
}

fn financing_label(code: &str) -> &'static str {
    match code {
        "10" => "PLA d'intégration",
        "11" => "PLA LM / PLATS / PLAI adapté",
        "12" => "PLA social de droit commun",
        "13" => "PLUS",
        "14" => "PLS / PPLS / PLA CFF",
        "16" => "PLI",
        "50" => "HLM ordinaire",
        "51" => "PLR / PSR",
        "52" => "HBM",
        "53" => "ILM",
        "54" => "ILN",
        _ => "Autre financement",
    }
}

fn buffer(source: csv::Error) -> SynthError {
    SynthError::Csv { path: "tampon".into(), source }
}
