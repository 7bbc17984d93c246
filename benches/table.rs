//! How fast a register of 500,000 rows is read. `cargo bench --bench table`; the rows are
//! invented, the same each time. Prints the median of five readings.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use readers::reject::Rejections;
use readers::table::{TableError, TableSchema, read};

const ROWS: u32 = 500_000;
const READINGS: usize = 5;

/// Columns beside those of the schema, as in the open file.
const OTHERS: usize = 46;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let text = register();
    let plain = folder.path().join("register.csv");
    std::fs::write(&plain, &text)?;
    let compressed = folder.path().join("register.csv.zst");
    std::fs::write(&compressed, zstd::encode_all(text.as_bytes(), 3)?)?;
    let gzipped = folder.path().join("register.csv.gz");
    let mut encoder = flate2::write::GzEncoder::new(
        std::fs::File::create(&gzipped)?,
        flate2::Compression::default(),
    );
    std::io::Write::write_all(&mut encoder, text.as_bytes())?;
    encoder.finish()?;
    println!("{ROWS} rows, {} MB of text", text.len() / 1_000_000);
    for path in [&plain, &compressed, &gzipped] {
        let mut seconds = Vec::new();
        for _ in 0..READINGS {
            seconds.push(reading(path, folder.path())?);
        }
        seconds.sort_by(f64::total_cmp);
        let median = seconds[READINGS / 2];
        let name = path.file_name().unwrap_or_default().display();
        println!("{name}: {median:.3} s, {:.0} MB/s", text.len() as f64 / 1e6 / median);
    }
    Ok(())
}

fn reading(path: &Path, record: &Path) -> Result<f64, TableError> {
    let start = Instant::now();
    let mut rejections = Rejections::create(record)?;
    let mut rows = 0;
    let table = TableSchema::dwellings();
    let report = read::<TableError>(table, path, &mut rejections, &|_| {}, &mut |block| {
        rows += block.rows();
        Ok(())
    })?;
    assert_eq!((report.kept(), rows), (u64::from(ROWS), ROWS as usize));
    Ok(start.elapsed().as_secs_f64())
}

fn register() -> String {
    let names: Vec<_> = TableSchema::dwellings().names().collect();
    let mut text = names.join(";");
    (0..OTHERS).for_each(|other| write!(text, ";AUTRE_{other}").unwrap_or_default());
    text.push('\n');
    for row in 0..ROWS {
        // A multiplicative hash scatters the values.
        let hash = row.wrapping_mul(2_654_435_761);
        for (place, name) in names.iter().enumerate() {
            if place > 0 {
                text.push(';');
            }
            field(&mut text, name, row, hash);
        }
        (0..OTHERS).for_each(|other| text.push_str(if other % 3 == 0 { ";Cergy" } else { ";" }));
        text.push('\n');
    }
    text
}

fn field(text: &mut String, name: &str, row: u32, hash: u32) {
    let written = match name {
        "DEPCOM" => write!(text, "95{:03}", hash % 690),
        "X" => write!(text, "{}.{}", 630_000 + hash % 40_000, hash % 10),
        "Y" => write!(text, "{},{}", 6_860_000 + hash % 40_000, hash % 10),
        "EPSG" => write!(text, "2154"),
        "ID_RPLS" => write!(text, "L{row:09}"),
        "NUMVOIE" => write!(text, "{}", 1 + hash % 150),
        "TYPVOIE" => write!(text, "RUE"),
        "NOMVOIE" => write!(text, "\"DE L'ÉGLISE; BÂT {}\"", hash % 9),
        "LIBCOM" => write!(text, "Saint-Ouen-l’Aumône"),
        "PLG_IRIS2024_CODE" => write!(text, "95018{:04}", hash % 40),
        "PLG_QP24" => write!(text, "HZ"),
        "TYPECONST_CODE" => write!(text, "C"),
        "NBPIECE" => write!(text, "{}", 1 + hash % 9),
        "SURFHAB" => write!(text, "{},{}", 18 + hash % 100, hash % 100),
        "CONSTRUCT" | "LOCAT" => write!(text, "{}", 1900 + hash % 120),
        "FINAN_CODE" => write!(text, "{}", 10 + hash % 5),
        "DPEENERGIE" => write!(text, "{}", ["A", "B", "C", "D", "E", "F", ""][hash as usize % 7]),
        "MODE" | "CONTINGENT" => write!(text, "{}", 1 + hash % 5),
        "BAIL" => write!(text, "{:02}/{}", 1 + hash % 12, 1980 + hash % 44),
        "LOYERPRINC" => write!(text, "{}.{:02}", 200 + hash % 600, hash % 100),
        "OPPOSITION" => write!(text, "{}", hash % 2),
        _ => Ok(()),
    };
    written.unwrap_or_default();
}
