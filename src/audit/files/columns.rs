//! The columns that the files of an edition must have, and the values that a zone has in them.

use crate::extremes::{is_kept_back, keeps_back};
use crate::mismatch::Mismatch;
use crate::seen::Value;
use domain::{Catalogue, Origin, Scale};

/// A column of a scale.
pub struct Column {
    pub name: String,
    pub title: String,
    pub description: String,
    pub kind: Kind,
    pub in_tiles: bool,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Truth,
    Integer,
    Number,
}

/// The places of the columns that every zone has.
pub const CODE: usize = 0;
pub const NOM: usize = 1;
pub const COMMUNES: usize = 2;
pub const SITUE: usize = 3;

/// Name, title and description of the columns that do not follow from the catalogue.
const FIXED: [[&str; 3]; 4] = [
    ["code", "Code", "Code officiel de la zone"],
    ["nom", "Nom", "Nom de la zone"],
    ["communes", "Communes", "Communes où la zone a des logements du répertoire"],
    ["situe", "Située dans", "Communes où se trouve une zone sans logement"],
];

/// Those of groups of addresses alone.
const GROUP: [(&str, &str, &str, Kind); 3] = [
    ("adresses", "Adresses", "Nombre d’adresses", Kind::Integer),
    ("logements", "Logements", "Nombre de logements du répertoire", Kind::Integer),
    ("reste", "Reste", "Ce que les autres grappes laissent d’un carreau", Kind::Truth),
];

/// What a column of marks says.
pub const MARKS: &str =
    "bas : au plus 2 ; haut : tous sauf 2 au plus ; nd : non détaillé, à côté d'un autre chiffre";

/// Every column of a scale, in the order of the files: what the catalogue does not offer there has
/// none, and a ratio that is published alone has neither numerator nor denominator.
pub fn columns(catalogue: &Catalogue, scale: Scale) -> Vec<Column> {
    let mut all: Vec<Column> = Vec::new();
    let mut add = |name: String, title: String, description: String, kind, in_tiles| {
        all.push(Column { name, title, description, kind, in_tiles });
    };
    for [name, title, description] in FIXED {
        add(name.into(), title.into(), description.into(), Kind::Text, true);
    }
    let description = "La zone est couverte par le secret statistique";
    add("secret".into(), "Secret".into(), description.into(), Kind::Truth, true);
    match scale.origin() {
        Origin::Addresses => {
            let description = "Code de la grappe de l’adresse";
            add("grappe".into(), "Grappe".into(), description.into(), Kind::Text, true);
        }
        Origin::Units => {
            for (name, title, description, kind) in GROUP {
                add(name.into(), title.into(), description.into(), kind, true);
            }
        }
        _ => {}
    }
    let universes = catalogue.universes();
    for universe in universes.iter().filter(|universe| universe.is_offered(scale)) {
        let description = format!("Nombre de {}", universe.members);
        add(format!("n_{}", universe.id), universe.label.clone(), description, Kind::Integer, true);
    }
    for own in catalogue.indicators() {
        let universe = universes.iter().find(|universe| universe.id == own.universe);
        if !universe.is_some_and(|universe| universe.is_offered(scale)) {
            continue;
        }
        let description = format!("{} ({})", own.definition, own.unit.symbol());
        add(own.id.clone(), own.label.clone(), description, Kind::Number, true);
        for (end, word) in [("num", "numérateur"), ("den", "dénominateur")] {
            if own.ratio_alone {
                break;
            }
            let (name, title) = (format!("{}_{end}", own.id), format!("{} : {word}", own.label));
            add(name, title, own.definition.clone(), Kind::Integer, false);
        }
        if keeps_back(scale) && is_kept_back(catalogue, own) {
            let title = format!("{} : extrême", own.label);
            add(format!("{}_ext", own.id), title, MARKS.into(), Kind::Text, true);
        }
    }
    all
}

/// The values of a zone as FlatGeobuf writes them: rising columns, each once.
pub struct Properties<'a> {
    bytes: &'a [u8],
    columns: &'a [Column],
    next: usize,
}

impl<'a> Properties<'a> {
    pub fn new(bytes: &'a [u8], columns: &'a [Column]) -> Properties<'a> {
        Properties { bytes, columns, next: 0 }
    }

    /// The place of the next column and its value; `None` at the end.
    pub fn next(&mut self) -> Result<Option<(usize, Value<'a>)>, Mismatch> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let place = usize::from(u16::from_le_bytes(self.take()?));
        let column = self.columns.get(place).ok_or("valeur hors des colonnes")?;
        let bad = |problem: &str| Err(format!("« {} » : {problem}", column.name).into());
        if place < self.next {
            return bad("deux fois, ou hors de l'ordre des colonnes");
        }
        self.next = place + 1;
        let value = match column.kind {
            Kind::Text => {
                let length = u32::from_le_bytes(self.take()?) as usize;
                let (text, rest) =
                    self.bytes.split_at_checked(length).ok_or("valeur coupée".to_owned())?;
                self.bytes = rest;
                match std::str::from_utf8(text) {
                    Ok(text) => Value::Text(text),
                    Err(_) => return bad("texte qui n'est pas de l'UTF-8"),
                }
            }
            Kind::Truth => match self.take::<1>()? {
                [0] => Value::Truth(false),
                [1] => Value::Truth(true),
                _ => return bad("ni vrai ni faux"),
            },
            Kind::Integer => Value::Integer(i64::from_le_bytes(self.take()?)),
            Kind::Number => Value::Number(f64::from_le_bytes(self.take()?)),
        };
        Ok(Some((place, value)))
    }

    /// What is left to read.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Mismatch> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>().ok_or("valeur coupée")?;
        self.bytes = rest;
        Ok(*taken)
    }
}
