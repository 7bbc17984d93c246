//! Files as producers write them, and as they break.

use std::io::Write;
use std::path::Path;

use proptest::prelude::*;

use shared::shared;

use super::*;

/// What one reading of a file gave.
struct Outcome {
    report: FileReport,
    blocks: Vec<Block>,
    rejections: String,
}

impl Outcome {
    fn rows(&self) -> usize {
        self.blocks.iter().map(Block::rows).sum()
    }
}

fn read_path(table: &'static TableSchema, path: &Path) -> Result<Outcome, TableError> {
    let record = tempfile::tempdir().unwrap();
    let mut rejections = Rejections::create(record.path()).unwrap();
    let mut blocks = Vec::new();
    let report = read::<TableError>(table, path, &mut rejections, &|_| {}, &mut |block| {
        blocks.push(block);
        Ok(())
    })?;
    assert_eq!(rejections.total(), report.rejected());
    let rejections = std::fs::read_to_string(rejections.finish().unwrap()).unwrap();
    Ok(Outcome { report, blocks, rejections })
}

fn read_bytes(table: &'static TableSchema, bytes: &[u8]) -> Result<Outcome, TableError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read_path(table, file.path())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

const TECHNICAL: &str = "DEPCOM;LIBCOM;NBPIECE;SURFHAB;BAIL;AUTRE";
const FRENCH: &str = "Code Commune;Libéllé Commune;Nombre de pièces;Surface habitable;Date d’effet du bail;Autre chose";
const ROWS: [&str; 3] =
    ["95018;Argenteuil;3;63,5;04/2019;x", "97105;Basse-Terre;;;01/1900;", "2A004;Île-é;9;1 000;;z"];

#[test]
fn every_encoding_delimiter_compression_and_dialect_gives_the_same_rows() {
    let encodings: [(&str, Encoding); 3] =
        [("utf8", Encoding::Utf8), ("bom", Encoding::Utf8Bom), ("1252", Encoding::Windows1252)];
    for header in [TECHNICAL, FRENCH] {
        for delimiter in [';', ',', '\t'] {
            for line_end in ["\n", "\r\n"] {
                // A decimal comma is quoted where commas delimit.
                let text = format!("{header}\n{}\n", ROWS.join("\n"))
                    .replace("63,5", "\"63,5\"")
                    .replace(';', &delimiter.to_string())
                    .replace('\n', line_end);
                for (encoding, expected) in encodings {
                    let bytes = match encoding {
                        "bom" => format!("\u{feff}{text}").into_bytes(),
                        "1252" => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
                        _ => text.clone().into_bytes(),
                    };
                    let members = [gzip(&bytes[..9]), gzip(&bytes[9..])].concat();
                    let frames = [zstandard(&bytes[..9]), zstandard(&bytes[9..])].concat();
                    for file in [gzip(&bytes), zstandard(&bytes), members, frames, bytes] {
                        let outcome = read_bytes(TableSchema::dwellings(), &file).unwrap();
                        check_rows(&outcome);
                        assert_eq!(outcome.report.encoding(), expected, "{header} {encoding}");
                        assert_eq!(outcome.report.delimiter(), delimiter);
                    }
                }
            }
        }
    }
}

#[track_caller]
fn check_rows(outcome: &Outcome) {
    let table = TableSchema::dwellings();
    let block = &outcome.blocks[0];
    assert_eq!(outcome.rejections, "fichier;ligne;colonne;motif\n");
    assert_eq!((outcome.report.read(), outcome.report.kept(), block.rows()), (3, 3, 3));
    assert_eq!(outcome.report.ignored().len(), 1);
    assert!(outcome.report.absent().iter().any(|name| name == "LOYERPRINC"));
    let communes = table.text("DEPCOM").unwrap();
    assert_eq!(block.text(communes, 2), "2A004");
    assert_eq!(block.text(table.text("LIBCOM").unwrap(), 2), "Île-é");
    assert_eq!(block.text(communes, 3), "");
    assert_eq!(block.integers(table.integer("NBPIECE").unwrap()), [3, MISSING, 9]);
    assert_eq!(block.integers(table.integer("SURFHAB").unwrap()), [6350, MISSING, 100_000]);
    assert_eq!(block.integers(table.integer("BAIL").unwrap()), [2019 * 12 + 3, MISSING, MISSING]);
    assert_eq!(block.integers(table.integer("LOYERPRINC").unwrap()), [MISSING; 3]);
    assert!(!block.has(table.column("LOYERPRINC").unwrap()));
    assert!(block.has(table.column("DEPCOM").unwrap()));
    assert_eq!((block.line(0), block.line(2), block.line(3)), (2, 4, 0));
}

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let error = read_bytes(TableSchema::dwellings(), bytes).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn a_file_that_cannot_be_used_says_why() {
    refused(b"", "fichier vide");
    refused(b"\n\n", "fichier vide");
    refused(&gzip(b""), "fichier vide");
    refused(b"DEPCOM;X\n", "aucune ligne");
    refused(b"DEPCOM;X\n\n\r\n", "aucune ligne");
    refused(b"X;Y\n1;2\n", "ligne 1 : il manque la colonne DEPCOM (ou « Code Commune »");
    refused("DEPCOM;X;Code commune\n1;2;3\n".as_bytes(), "les colonnes 1 et 3");
    refused(&[0xff, 0xfe, b'D', 0], "UTF-16");
    refused(&vec![b'x'; split::CHUNK + 1], "en-tête illisible");
    refused(&[b"DEPCOM\n".as_slice(), &vec![b'x'; 2 * split::CHUNK]].concat(), "ligne 2 : plus de");
    refused(&[b"DEPCOM".as_slice(), &[b';'; 1000], b"\n1\n"].concat(), "1000 colonnes");
}

#[test]
fn a_truncated_compressed_file_is_refused() {
    let text = format!("{TECHNICAL}\n{}", format!("{}\n", ROWS[0]).repeat(100_000));
    for (name, bytes) in [("gzip", gzip(text.as_bytes())), ("zstd", zstandard(text.as_bytes()))] {
        for length in [bytes.len() / 2, bytes.len() - 1, 12] {
            refused(&bytes[..length], &format!("compression {name} abîmée"));
        }
    }
}

#[test]
fn a_bad_row_is_rejected_with_line_column_and_reason() {
    let long = "é".repeat(121);
    let text = format!(
        "{TECHNICAL}\n{}\n95018;A;12;;;\n95018;B;x;;;\n95018;C;3;;99/2000;\n95018;{long};3;;;\n\
         95018;D;3\n95018;D;3;;;;\n95018;\0;3;;;\n\n95018;\"E\nF\";4;;;\n\"95018;G;3;;;\n{}",
        ROWS[0], ROWS[1]
    );
    let outcome = read_bytes(TableSchema::dwellings(), text.as_bytes()).unwrap();
    let rejected: Vec<_> =
        outcome.rejections.lines().skip(1).map(|line| line.split_once(';').unwrap().1).collect();
    let expected = [
        "3;NBPIECE;valeur hors limites",
        "4;NBPIECE;nombre entier illisible",
        "5;BAIL;mois illisible (mm/aaaa)",
        "6;LIBCOM;texte trop long",
        "7;;nombre de champs différent de l'en-tête",
        "8;;nombre de champs différent de l'en-tête",
        "9;;caractère nul",
        "13;;enregistrement trop long ou guillemet jamais fermé",
    ];
    assert_eq!(rejected, expected);
    assert_eq!((outcome.report.read(), outcome.report.kept()), (11, 3));
    let block = &outcome.blocks[0];
    let pieces = TableSchema::dwellings().integer("NBPIECE").unwrap();
    assert_eq!(block.integers(pieces), [3, 4, MISSING]);
    let lines: Vec<_> = (0..3).map(|row| block.line(row)).collect();
    assert_eq!(lines, [2, 11, 14]);
}

#[test]
fn a_line_in_another_encoding_does_not_spoil_the_others() {
    let mut bytes = "DEPCOM;LIBCOM\n95018;Cormeilles-é\n".as_bytes().to_vec();
    bytes.extend_from_slice(b"95018;Cormeilles-\xe9\n");
    let outcome = read_bytes(TableSchema::dwellings(), &bytes).unwrap();
    let name = TableSchema::dwellings().text("LIBCOM").unwrap();
    assert_eq!(outcome.blocks[0].text(name, 0), outcome.blocks[0].text(name, 1));
    assert_eq!(outcome.report.encoding(), Encoding::Mixed);
    assert_eq!(outcome.report.windows_1252(), 1);
}

#[test]
fn a_header_alone_can_tell_the_encoding() {
    let bytes = b"DEPCOM;Ann\xe9e\n95018;\n";
    let outcome = read_bytes(TableSchema::dwellings(), bytes).unwrap();
    assert_eq!(outcome.report.encoding(), Encoding::Windows1252);
    assert_eq!(outcome.report.ignored(), ["Année"]);
}

#[test]
fn a_file_with_both_header_lines_has_one_header() {
    let text = format!("{FRENCH}\n{TECHNICAL}\n{}\n", ROWS[0]);
    let outcome = read_bytes(TableSchema::dwellings(), text.as_bytes()).unwrap();
    assert_eq!((outcome.report.read(), outcome.blocks[0].line(0)), (1, 3));
}

#[test]
fn the_report_carries_the_digest_of_the_bytes_on_disk() {
    use sha2::Digest;
    let bytes = gzip(format!("{TECHNICAL}\n{}\n", ROWS[0]).as_bytes());
    let outcome = read_bytes(TableSchema::dwellings(), &bytes).unwrap();
    assert_eq!(outcome.report.sha256(), hex::encode(sha2::Sha256::digest(&bytes)));
    assert_eq!(outcome.report.bytes(), bytes.len() as u64);
}

#[test]
fn the_blocks_do_not_depend_on_the_number_of_threads() {
    let mut text = format!("{TECHNICAL}\n");
    for row in 0..150_000 {
        let quoted = if row % 7 == 0 { "\"a;\n\"\"b\"" } else { "12 \"bis" };
        text.push_str(&format!("95018;{quoted};{};{};;\n", row % 11, row % 300));
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| read_path(TableSchema::dwellings(), file.path())).unwrap()
    };
    let (one, four) = (with(1), with(4));
    assert!(one.blocks.len() > 2, "the file must be longer than a chunk");
    assert!(one.blocks == four.blocks && one.rejections == four.rejections);
    assert_eq!(one.report, four.report);
    assert!(one.report.rejected() > 0);
    let name = TableSchema::dwellings().text("LIBCOM").unwrap();
    assert!(one.blocks.iter().all(|block| {
        (0..block.rows()).all(|row| matches!(block.text(name, row), "a;\n\"b" | "12 \"bis"))
    }));
}

#[test]
fn what_the_caller_answers_stops_the_reading() {
    #[derive(Debug, PartialEq)]
    struct Stop;
    impl From<TableError> for Stop {
        fn from(_: TableError) -> Stop {
            panic!("the file is good")
        }
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"DEPCOM\n95018\n").unwrap();
    let record = tempfile::tempdir().unwrap();
    let mut rejections = Rejections::create(record.path()).unwrap();
    let table = TableSchema::dwellings();
    let result = read::<Stop>(table, file.path(), &mut rejections, &|_| {}, &mut |_| Err(Stop));
    assert_eq!(result.unwrap_err(), Stop);
}

#[test]
fn the_open_register_lacks_what_is_restricted_and_who_is_exempt() {
    let Some(path) = shared("rpls_detail_2025_header.csv") else { return };
    let header = std::fs::read_to_string(path).unwrap();
    let fields = header.trim().split(';').map(|name| if name == "DEPCOM" { "95018" } else { "" });
    let row: Vec<_> = fields.collect();
    let text = format!("{}\n{}\n", header.trim(), row.join(";"));
    let outcome = read_bytes(TableSchema::dwellings(), text.as_bytes()).unwrap();
    assert_eq!((outcome.report.kept(), row.len()), (1, 73));
    // What is restricted, and the column that says which dwellings the open file leaves out.
    let absent = [
        "ID_RPLS",
        "SEM_EXONEREE",
        "SIRET_BAILLEUR",
        "MODE",
        "BAIL",
        "LOYERPRINC",
        "DATE_OFFRE",
        "CONTINGENT",
        "OPPOSITION",
    ];
    assert_eq!(outcome.report.absent(), absent);
}

/// Bytes that look like a file more often than bytes at random.
fn file_like() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just(b"DEPCOM;NBPIECE;BAIL\n".to_vec()),
        Just(b"95018;3;01/2020\n".to_vec()),
        Just(b"\"".to_vec()),
        Just(b";".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\xe9\0".to_vec()),
        Just("é\u{202f}1-,/".as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    (any::<bool>(), proptest::collection::vec(token, 0..40)).prop_map(|(headed, tokens)| {
        let header = if headed { b"DEPCOM;NBPIECE;BAIL\n".as_slice() } else { b"" };
        [header, &tokens.concat()].concat()
    })
}

proptest! {
    #[test]
    fn no_bytes_panic_and_every_row_is_kept_or_rejected(bytes in file_like()) {
        for bytes in [bytes.clone(), gzip(&bytes), [b"\x1f\x8b".as_slice(), &bytes].concat()] {
            if let Ok(outcome) = read_bytes(TableSchema::dwellings(), &bytes) {
                let report = &outcome.report;
                prop_assert_eq!(report.read(), report.kept() + report.rejected());
                prop_assert_eq!(report.kept(), outcome.rows() as u64);
                for block in &outcome.blocks {
                    for name in TableSchema::dwellings().names() {
                        match TableSchema::dwellings().column(name) {
                            Some(Column::Integer(column)) => {
                                prop_assert_eq!(block.integers(column).len(), block.rows());
                            }
                            Some(Column::Text(column)) => {
                                (0..block.rows()).for_each(|row| { block.text(column, row); });
                            }
                            None => prop_assert!(false, "{} has no handle", name),
                        }
                    }
                }
            }
        }
    }
}
