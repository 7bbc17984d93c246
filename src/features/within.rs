//! `within=commune:95018`: the zones all of whose communes lie in another one.

use std::collections::HashSet;

use super::BadQuestion;
use domain::{CommuneCode, Scale};
use edition::Edition;
use rights::View;

/// A zone made of whole communes that the reader may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    scale: Scale,
    code: Box<str>,
    communes: HashSet<CommuneCode>,
}

impl Within {
    /// Reads `commune:95018`, `epci:200058519`. A zone that does not exist and one that may not be seen are
    /// the same.
    ///
    /// # Errors
    /// [`BadQuestion`].
    pub fn read(text: &str, edition: &Edition, view: &View) -> Result<Within, BadQuestion> {
        let (scale, code) = text.split_once(':').ok_or(BadQuestion::Within)?;
        if code.is_empty() {
            return Err(BadQuestion::Within);
        }
        // A scale above the communes is known by the table of communes, with or without zones of its own.
        let scale = edition.named(scale).or_else(|| scale.parse().ok());
        let scale = scale.ok_or(BadQuestion::WithinScale)?;
        let is_group = scale.group().is_some();
        if scale != Scale::COMMUNE && !is_group {
            return Err(BadQuestion::WithinScale);
        }
        let is_in = |row: &&domain::CommuneRow| match is_group {
            true => row.parent(scale) == Some(code),
            false => row.code.as_str() == code,
        };
        let rows = edition.communes().iter().filter(is_in);
        let communes: HashSet<CommuneCode> = rows.map(|row| row.code).collect();
        let is_shown = view.visible().answers(scale, code);
        if communes.is_empty() || !is_shown {
            return Err(BadQuestion::WithinUnknown);
        }
        Ok(Within { scale, code: code.into(), communes })
    }

    /// As it is written.
    pub fn text(&self) -> String {
        format!("{}:{}", self.scale, self.code)
    }

    /// Its communes.
    pub fn communes(&self) -> impl Iterator<Item = &CommuneCode> {
        self.communes.iter()
    }

    /// The one commune that it is, where it is one.
    pub fn commune(&self) -> Option<CommuneCode> {
        let mut all = self.communes.iter();
        all.next().copied().filter(|_| all.next().is_none())
    }

    /// Says of what a zone of a scale asks of a territory whether the zone lies in this one: each of its
    /// communes does. A reference zone lies in it where each commune of the edition that it holds does.
    pub(super) fn filter<'a>(
        &'a self,
        edition: &'a Edition,
        scale: Scale,
    ) -> Box<dyn Fn(&str) -> bool + 'a> {
        if !scale.is_reference() {
            return Box::new(|question| {
                let mut codes = question.split_ascii_whitespace().peekable();
                codes.peek().is_some()
                    && codes
                        .all(|code| code.parse().is_ok_and(|code| self.communes.contains(&code)))
            });
        }
        let (mut inside, mut outside) = (HashSet::new(), HashSet::new());
        // A part of an EPCI lies where the EPCI does.
        let group = scale.whole().unwrap_or(scale);
        for row in edition.communes() {
            if let Some(code) = row.parent(group) {
                let is_in = self.communes.contains(&row.code);
                if is_in { &mut inside } else { &mut outside }.insert(code);
            }
        }
        Box::new(move |question| {
            let code = match scale.whole() {
                Some(_) => scale.code_of_whole(question),
                None => Some(question),
            };
            code.is_some_and(|code| inside.contains(code) && !outside.contains(code))
        })
    }
}
