//! The cells of a sheet of XLSX, as they stand in its XML.

use super::Cell;
use crate::mismatch::Mismatch;

/// Columns of a sheet.
const MOST_COLUMNS: usize = 16_384;

/// The rows of a sheet: texts written in place, numbers, truths. Shared texts are none of these files'.
pub fn cells(xml: &str) -> Result<Vec<Vec<Cell>>, Mismatch> {
    let mut rows = Vec::new();
    let data = xml.split_once("<sheetData>").map_or("", |(_, rest)| rest);
    let data = data.split_once("</sheetData>").map_or(data, |(data, _)| data);
    for row in data.split("<row ").skip(1) {
        let mut cells: Vec<Cell> = Vec::new();
        for cell in row.split("<c ").skip(1) {
            let (attributes, content) = cell.split_once('>').ok_or("cellule coupée")?;
            let attribute = |name: &str| {
                let at = attributes.find(&format!("{name}=\""))? + name.len() + 2;
                attributes.get(at..)?.split('"').next()
            };
            let place = column(attribute("r").ok_or("cellule sans place")?)?;
            if place < cells.len() {
                return Err("deux cellules à une place".into());
            }
            cells.resize(place, Cell::Null);
            let inside = |tag: &str| {
                let (_, rest) = content.split_once(&format!("<{tag}"))?;
                let (_, rest) = rest.split_once('>')?;
                rest.split(&format!("</{tag}>")).next()
            };
            let bad = || "cellule illisible".to_owned();
            cells.push(match attribute("t") {
                Some("inlineStr") => Cell::Text(unescaped(inside("t").ok_or_else(bad)?)),
                Some("b") => Cell::Truth(inside("v").ok_or_else(bad)? == "1"),
                None => {
                    let text = inside("v").ok_or_else(bad)?;
                    Cell::Number(text.parse().map_err(|_| bad())?)
                }
                Some(_) => return Err("cellule d'un type inattendu".into()),
            });
        }
        rows.push(cells);
    }
    Ok(rows)
}

/// `AB12` is the 28th column.
fn column(place: &str) -> Result<usize, Mismatch> {
    let letters = place.bytes().take_while(u8::is_ascii_uppercase);
    let number = letters.fold(0_usize, |number, letter| {
        number.saturating_mul(26).saturating_add(usize::from(letter - b'A') + 1)
    });
    number
        .checked_sub(1)
        .filter(|place| *place < MOST_COLUMNS)
        .ok_or_else(|| "cellule hors de la feuille".into())
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_where_their_places_say() {
        let xml = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a &amp; b</t></is></c>\
                   <c r=\"C1\"><v>3.5</v></c></row><row r=\"2\"><c r=\"B2\" t=\"b\"><v>1</v></c></row>\
                   </sheetData>";
        let expected = vec![
            vec![Cell::Text("a & b".into()), Cell::Null, Cell::Number(3.5)],
            vec![Cell::Null, Cell::Truth(true)],
        ];
        assert_eq!(cells(xml).unwrap(), expected);
        assert_eq!(column("AB12"), Ok(27));
        for bad in ["12", "ZZZZZ1", ""] {
            assert!(column(bad).is_err(), "{bad}");
        }
        assert!(cells("<sheetData><row r=\"1\"><c r=\"A1\"><v>x</v></c></row>").is_err());
    }
}
