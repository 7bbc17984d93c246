//! The official table of movements of communes, as it is stored.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CommuneCode, TerritoryName};
use sqlx::{AnyPool, Row};

use super::AccessError;
use super::row::{read, right};
use rights::CommuneChanges;

/// The movements that are stored.
pub(super) async fn stored_changes(pool: &AnyPool) -> Result<CommuneChanges, AccessError> {
    let rows = sqlx::query("SELECT old_code, new_code FROM movement").fetch_all(pool).await?;
    let mut pairs = Vec::with_capacity(rows.len());
    for row in &rows {
        let (old, new): (String, String) = (row.try_get("old_code")?, row.try_get("new_code")?);
        pairs.push((read(&old, "movement.old_code")?, read(&new, "movement.new_code")?));
    }
    Ok(CommuneChanges::new(pairs))
}

impl super::Access {
    /// Reads INSEE's table of the movements of communes (`MOD;DATE_EFF;TYPECOM_AV;COM_AV;…;COM_AP`)
    /// in place of the one before: mergers, new communes, changes of code. Gives how many pairs
    /// it holds. The operator alone does.
    ///
    /// # Errors
    /// [`AccessError::BadTable`] names the line that cannot be read.
    pub async fn read_movements(
        &self,
        actor: super::Actor<'_>,
        text: &[u8],
        now: rights::Timestamp,
    ) -> Result<usize, AccessError> {
        let pairs = parse(text)?;
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "mouvements de communes", now).await;
        }
        sqlx::query("DELETE FROM movement").execute(&mut *change).await?;
        for ((old, new), day) in &pairs {
            sqlx::query(
                "INSERT INTO movement (old_code, new_code, effective_on) VALUES ($1, $2, $3)",
            )
            .bind(old.to_string())
            .bind(new.to_string())
            .bind(day.clone())
            .execute(&mut *change)
            .await?;
        }
        let detail = format!("{} mouvements", pairs.len());
        let event = super::journal::Event {
            kind: super::JournalKind::MovementsRead,
            actor: actor.id(),
            subject: "",
            detail: &detail,
        };
        super::journal::append(&mut change, now, event).await?;
        self.commit_with(change, true).await?;
        Ok(pairs.len())
    }
}

impl super::Access {
    /// The rights on communes that an edition does not know by their code, and where they lead in
    /// it: one line each, convention or account, right, codes; `-` where they lead nowhere.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn moved_rights(
        &self,
        communes: &[domain::CommuneRow],
    ) -> Result<Vec<String>, AccessError> {
        let known: BTreeSet<CommuneCode> = communes.iter().map(|row| row.code).collect();
        let movements = self.commune_changes().await?;
        let rows = sqlx::query(
            "SELECT o.code AS who, r.territory, r.finest FROM convention_right r \
             JOIN convention c ON c.id = r.convention_id \
             JOIN organisation o ON o.id = c.organisation_id \
             WHERE c.closed_at IS NULL AND o.kind <> 'operateur' \
             UNION ALL SELECT p.email AS who, r.territory, r.finest FROM convention_right r \
             JOIN convention c ON c.id = r.convention_id \
             JOIN organisation o ON o.id = c.organisation_id \
             JOIN account a ON a.convention_id = c.id JOIN person p ON p.id = a.person_id \
             WHERE c.closed_at IS NULL AND o.kind = 'operateur' AND a.state IN ('valide', 'actif') \
             UNION ALL SELECT p.email AS who, r.territory, r.finest FROM account_right r \
             JOIN account a ON a.id = r.account_id JOIN person p ON p.id = a.person_id \
             WHERE a.state IN ('valide', 'actif') \
             ORDER BY 1, 2",
        )
        .fetch_all(self.database.pool())
        .await?;
        let mut lines = Vec::new();
        for row in &rows {
            let text = |column: &'static str| row.try_get::<String, _>(column);
            let right = right(row)?;
            let TerritoryName::Commune(code) = *right.territory() else { continue };
            if known.contains(&code) {
                continue;
            }
            let followed = movements.follow(std::slice::from_ref(&right));
            let to: Vec<String> = followed
                .iter()
                .filter(|one| known.contains(&one.to))
                .map(|one| one.to.to_string())
                .collect();
            let to = if to.is_empty() { "-".to_owned() } else { to.join(" ") };
            lines.push(format!("{}\t{}@{}\t{to}", text("who")?, code, right.finest()));
        }
        Ok(lines)
    }
}

/// Movements that keep the whole of a commune together: fusion (31 to 34) and change of code (41,
/// 50). A commune that comes back (21) is not followed: nobody said who may see the part.
const WHOLE: [&str; 6] = ["31", "32", "33", "34", "41", "50"];

type Pairs = BTreeMap<(CommuneCode, CommuneCode), String>;

fn parse(text: &[u8]) -> Result<Pairs, AccessError> {
    let comma = text.iter().take_while(|byte| **byte != b'\n').any(|byte| *byte == b',');
    let delimiter = if comma { b',' } else { b';' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text);
    let headers = reader.headers().map_err(|_| AccessError::BadTable { line: 1 })?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|one| one.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
            .ok_or(AccessError::BadTable { line: 1 })
    };
    let columns = ["MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "TYPECOM_AP", "COM_AP"];
    let mut places = [0; 6];
    for (place, name) in places.iter_mut().zip(columns) {
        *place = column(name)?;
    }
    let mut pairs = Pairs::new();
    for (number, record) in reader.records().enumerate() {
        let bad = || AccessError::BadTable { line: number as u64 + 2 };
        let record = record.map_err(|_| bad())?;
        let [kind, day, before, old, after, new] =
            places.map(|place| record.get(place).unwrap_or("").trim());
        if !WHOLE.contains(&kind) || before != "COM" || after != "COM" || old == new {
            continue;
        }
        let pair = (old.parse().map_err(|_| bad())?, new.parse().map_err(|_| bad())?);
        pairs.insert(pair, day.chars().take(10).collect());
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> CommuneCode {
        text.parse().unwrap()
    }

    #[test]
    fn the_official_table_is_read_for_whole_communes_alone() {
        let table = "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,TYPECOM_AP,COM_AP\n\
                     32,2019-01-01,COM,95002,0,COM,95001\n\
                     32,2019-01-01,COM,95002,0,COMD,95002\n\
                     21,2020-01-01,COM,95001,0,COM,95003\n\
                     41,2018-01-01,COM,49001,0,COM,44225\n";
        let pairs = parse(table.as_bytes()).unwrap();
        let found: Vec<_> = pairs.keys().copied().collect();
        assert_eq!(found, [(code("49001"), code("44225")), (code("95002"), code("95001"))]);
        assert!(parse(b"A;B\n1;2\n").is_err());
        let bad = table.replace("49001", "x");
        assert!(matches!(parse(bad.as_bytes()), Err(AccessError::BadTable { line: 5 })));
    }
}
