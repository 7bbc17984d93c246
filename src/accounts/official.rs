//! The official tables that codes are compared with, read into the database from INSEE's
//! composition of the EPCI: `CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG` and, where there are some,
//! `EPT;LIBEPT`. Other columns are left alone.

use std::collections::BTreeMap;

use domain::{CommuneRow, TerritoryName};
use sqlx::{AnyPool, Row};

use super::journal::{self, Event, Kind};
use super::row::parsed;
use super::{Access, AccessError, Actor};
use rights::{Official, Timestamp};

/// Rows of a table, at most.
const MAX_ROWS: usize = 50_000;
/// The code of « no EPCI » in the official table.
const NO_EPCI: &str = "ZZZZZZZZZ";

impl Access {
    /// Reads INSEE's table of EPCI in place of the one before, and gives how many communes it
    /// holds: from then on the codes of conventions and accounts are compared with it. The
    /// operator alone does.
    ///
    /// # Errors
    ///
    /// [`AccessError::NoColumn`] and [`AccessError::BadTable`] name what the table lacks.
    pub async fn read_official(
        &self,
        actor: Actor<'_>,
        text: &[u8],
        now: Timestamp,
    ) -> Result<usize, AccessError> {
        let (communes, names) = parse(text)?;
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "tables officielles", now).await;
        }
        for statement in ["DELETE FROM official_commune", "DELETE FROM official_name"] {
            sqlx::query(statement).execute(&mut *change).await?;
        }
        for row in &communes {
            sqlx::query(
                "INSERT INTO official_commune (code, name, departement, region, epci, ept) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(row.code.to_string())
            .bind(row.nom.clone())
            .bind(row.departement.clone())
            .bind(row.region.clone())
            .bind(row.epci.clone())
            .bind(row.ept.clone())
            .execute(&mut *change)
            .await?;
        }
        for (territory, name) in &names {
            sqlx::query("INSERT INTO official_name (territory, name) VALUES ($1, $2)")
                .bind(territory.to_string())
                .bind(name.to_string())
                .execute(&mut *change)
                .await?;
        }
        let detail = format!("{} communes", communes.len());
        let (kind, actor) = (Kind::OfficialTables, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: "", detail: &detail })
            .await?;
        self.commit_with(change, true).await?;
        Ok(communes.len())
    }
}

/// The tables that are stored; empty where none was read.
pub(super) async fn stored_tables(pool: &AnyPool) -> Result<Official, AccessError> {
    let rows =
        sqlx::query("SELECT code, name, departement, region, epci, ept FROM official_commune")
            .fetch_all(pool)
            .await?;
    let mut communes = Vec::with_capacity(rows.len());
    for row in &rows {
        communes.push(CommuneRow {
            code: parsed(row, "code")?,
            nom: row.try_get("name")?,
            departement: row.try_get("departement")?,
            region: row.try_get("region")?,
            epci: row.try_get("epci")?,
            ept: row.try_get("ept")?,
            bounds: None,
        });
    }
    let rows = sqlx::query("SELECT territory, name FROM official_name").fetch_all(pool).await?;
    let mut names = Vec::with_capacity(rows.len());
    for row in &rows {
        names.push((parsed(row, "territory")?, row.try_get::<String, _>("name")?.into()));
    }
    Ok(Official::new(communes, names))
}

type Tables = (Vec<CommuneRow>, BTreeMap<TerritoryName, Box<str>>);

fn parse(text: &[u8]) -> Result<Tables, AccessError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if first.contains(&b';') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text);
    let headers = reader.headers().map_err(|_| AccessError::BadTable { line: 1 })?.clone();
    let place = |name: &str| headers.iter().position(|one| one.trim().eq_ignore_ascii_case(name));
    let column = |name: &'static str| place(name).ok_or(AccessError::NoColumn { column: name });
    let [code, name, epci, epci_name, departement, region] = [
        column("CODGEO")?,
        column("LIBGEO")?,
        column("EPCI")?,
        column("LIBEPCI")?,
        column("DEP")?,
        column("REG")?,
    ];
    let ept = place("EPT").zip(place("LIBEPT"));
    let (mut communes, mut names) = (Vec::new(), BTreeMap::new());
    for (number, record) in reader.records().enumerate() {
        let bad = || AccessError::BadTable { line: number as u64 + 2 };
        let record = record.map_err(|_| bad())?;
        if number >= MAX_ROWS {
            return Err(bad());
        }
        let cell = |at: usize| record.get(at).unwrap_or("").trim();
        let above = |at: usize| {
            let code = cell(at);
            (!code.is_empty() && code != NO_EPCI).then(|| code.to_owned())
        };
        let (epci, ept_code) = (above(epci), ept.and_then(|(at, _)| above(at)));
        for (kind, code, label) in [
            ("epci", &epci, cell(epci_name)),
            ("ept", &ept_code, ept.map_or("", |(_, at)| cell(at))),
        ] {
            if let Some(code) = code {
                names.insert(format!("{kind}:{code}").parse().map_err(|_| bad())?, label.into());
            }
        }
        communes.push(CommuneRow {
            code: cell(code).parse().map_err(|_| bad())?,
            nom: cell(name).to_owned(),
            departement: cell(departement).to_owned(),
            region: cell(region).to_owned(),
            epci,
            ept: ept_code,
            bounds: None,
        });
    }
    Ok((communes, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_table_is_read_by_the_names_of_its_columns() {
        let table = "CODGEO;LIBGEO;EPCI;LIBEPCI;NATURE_EPCI;DEP;REG;EPT;LIBEPT\n\
                     95127;Cergy;249500109;CA de Cergy-Pontoise;CA;95;11;;\n\
                     95018;Argenteuil;200054781;Métropole;METLYON;95;11;200058485;EPT 5\n\
                     29155;Île-Molène;ZZZZZZZZZ;Sans objet;ZZ;29;53;;\n";
        let (communes, names) = parse(table.as_bytes()).unwrap();
        assert_eq!(communes.len(), 3);
        assert_eq!((communes[2].epci.as_deref(), communes[1].ept.is_some()), (None, true));
        let official = Official::new(communes, names);
        assert_eq!(official.named("ca de cergy pontoise").len(), 1);
        assert_eq!(official.named("ept 5").len(), 1);
        let missing = table.replace("LIBEPCI", "NOM");
        let found = parse(missing.as_bytes());
        assert!(matches!(found, Err(AccessError::NoColumn { column: "LIBEPCI" })));
        let bad = table.replace("95018", "x");
        assert!(matches!(parse(bad.as_bytes()), Err(AccessError::BadTable { line: 3 })));
    }
}
