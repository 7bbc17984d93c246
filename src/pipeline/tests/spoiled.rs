//! A folder of inputs, each spoilt in one way: the exit code, and the first line that an operator reads.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use config::Config;
use domain::{Causes, Fault, HasFault};
use edition::active_ids;

use crate::{Built, Job, Quiet, build};

const USAGE: Result<(), Fault> = Err(Fault::Usage);
const INPUT: Result<(), Fault> = Err(Fault::Input);

/// What is done to good input, whose fault is said, and the first line; `…` stands for the folder.
type Case = (&'static str, fn(&Input), Result<(), Fault>, &'static str);

/// An input folder that goes with the test.
pub(super) struct Input(tempfile::TempDir);

impl Input {
    pub(super) fn invent() -> Input {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("in");
        let options = synth::Options {
            out,
            households: Some(2000),
            seed: synth::DEFAULT_SEED,
            points: None,
            geometry: synth::Geometry::Easy,
        };
        synth::run(&options, &mut |_, _| {}).unwrap();
        Input(folder)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("in").join(name)
    }

    pub(super) fn copy(&self) -> Input {
        let folder = tempfile::tempdir().unwrap();
        copy(&self.path(""), &folder.path().join("in"));
        Input(folder)
    }

    /// Changes a text, which is another then.
    pub(super) fn edit(&self, name: &str, change: impl Fn(&str) -> String) {
        let before = fs::read(self.path(name)).unwrap();
        self.rewrite(name, change);
        assert_ne!(before, fs::read(self.path(name)).unwrap(), "{name} is changed");
    }

    /// Changes a text; bytes beyond ASCII are kept as they are.
    pub(super) fn rewrite(&self, name: &str, change: impl Fn(&str) -> String) {
        let path = self.path(name);
        let mut bytes = fs::read(&path).unwrap();
        let is_gzip = name.ends_with(".gz");
        if is_gzip {
            let mut plain = Vec::new();
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
            bytes = plain;
        }
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let changed = change(&text);
        let mut bytes: Vec<u8> = changed.chars().map(|char| char as u8).collect();
        if is_gzip {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&bytes).unwrap();
            bytes = encoder.finish().unwrap();
        }
        fs::write(path, bytes).unwrap();
    }

    pub(super) fn config(&self, from: &str, to: &str) {
        self.edit("seuil.toml", |text| text.replacen(from, to, 1));
    }

    fn register(&self, change: impl Fn(&str) -> String) {
        self.edit("rpls/rpls_1.csv.gz", &change);
        self.edit("rpls/rpls_2.csv", &change);
    }

    pub(super) fn build(&self) -> Result<Built, (Fault, String)> {
        let config = Config::read(&self.path("seuil.toml"))
            .map_err(|error| (Fault::Usage, error.to_string()))?;
        let job =
            Job::new(config, None).map_err(|error| (error.fault(), Causes(&error).to_string()))?;
        build(&job, &Quiet).map_err(|error| (error.fault(), Causes(&error).to_string()))
    }

    /// Where something is said, the folder left out.
    fn told(&self, words: &str) -> String {
        words.replace(self.path("").to_str().unwrap(), "…/").lines().next().unwrap_or("").to_owned()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

/// A text with one column of every row made another, the header aside.
fn column(text: &str, name: &str, change: impl Fn(usize, &str) -> String) -> String {
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let place = header.split(';').position(|own| own == name).unwrap();
    let mut all = vec![header.to_owned()];
    all.extend(lines.enumerate().map(|(row, line)| {
        let mut fields: Vec<String> = line.split(';').map(str::to_owned).collect();
        fields[place] = change(row, &fields[place]);
        fields.join(";")
    }));
    all.join("\n") + "\n"
}

fn rename(text: &str, from: &str, to: &str) -> String {
    text.replacen(&format!(";{from};"), &format!(";{to};"), 1)
}

/// A ZIP archive of deflated files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        let packed = encoder.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let mut about = vec![20, 0, 0, 0, 8, 0, 0, 0, 33, 0];
        for number in [crc.sum(), packed.len() as u32, content.len() as u32] {
            about.extend(number.to_le_bytes());
        }
        about.extend((name.len() as u16).to_le_bytes());
        about.extend([0, 0]);
        directory.extend([b'P', b'K', 1, 2, 20, 0]);
        directory.extend(&about);
        directory.extend([0; 10]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&about);
        bytes.extend(name.as_bytes());
        bytes.extend(packed);
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([files.len() as u16; 2].iter().flat_map(|count| count.to_le_bytes()));
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

fn zones(features: &[(&str, [f64; 4])]) -> String {
    let feature = |(code, [west, south, east, north]): &(&str, [f64; 4])| {
        format!(
            r#"{{"type":"Feature","properties":{{"code_qp":"{code}","lib_qp":""}},"geometry":
            {{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],
            [{west},{north}],[{west},{south}]]]}}}}"#
        )
    };
    let all: Vec<String> = features.iter().map(feature).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","))
}

const CASES: &[Case] = &include!("cases.in");

#[test]
fn spoilt_input_stops_with_its_exit_code_and_a_first_line_that_helps() {
    let good = Input::invent();
    let mut wrong = Vec::new();
    for (name, spoil, fault, first) in CASES {
        let bad = good.copy();
        spoil(&bad);
        let (found, said) = match bad.build() {
            Ok(_) => (Ok(()), String::new()),
            Err((fault, said)) => (Err(fault), bad.told(&said)),
        };
        if found != *fault || said != *first {
            wrong.push(format!("{name}\n  due   {fault:?} {first}\n  found {found:?} {said}"));
        }
        let left = fs::read_dir(bad.path("editions")).map_or(0, Iterator::count);
        if left > 0 && fault.is_err() {
            wrong.push(format!("{name}: something is left among the editions"));
        }
    }
    assert!(CASES.len() >= 40, "{}", CASES.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the operator reads at the end of a build that is done.
fn summary(spoil: impl Fn(&Input)) -> (String, bool) {
    let input = Input::invent();
    spoil(&input);
    let built = input.build().unwrap_or_else(|(_, said)| panic!("{said}"));
    let active = active_ids(&input.path("editions")).unwrap();
    assert_eq!(active.len(), usize::from(built.activated));
    (built.summary.to_string(), built.activated)
}

#[test]
fn good_input_is_activated_where_the_configuration_says_so_and_has_no_alert() {
    let (said, activated) = summary(|_| {});
    assert!(activated && !said.contains("ALERTE"), "{said}");
    for words in ["logements : ", "appariés", "sans réponse : ", "réponse : 8", "zones : adresse "]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let (said, activated) = summary(|at| at.config("activate = true\n", ""));
    assert!(!activated && said.contains("seuil edition activate"), "{said}");
}

#[test]
fn an_alert_is_said_first_and_keeps_the_edition_from_being_activated() {
    type Spoil = fn(&Input);
    let cases: [(Spoil, &str); 4] = [
        (
            |at| at.register(|text| rename(text, "LOYERPRINC", "PRIX")),
            "ALERTE logements : la colonne LOYERPRINC manque à tous les fichiers",
        ),
        (
            |at| at.edit("rpls/rpls_2.csv", |text| rename(text, "LOYERPRINC", "PRIX")),
            "rpls_2.csv : la colonne LOYERPRINC y manque, d'autres fichiers l'ont",
        ),
        (
            |at| at.register(|text| column(text, "X", |_, _| String::new())),
            "ALERTE logements : aucun n'a de coordonnées",
        ),
        (
            |at| {
                at.register(|text| {
                    column(text, "PLG_IRIS2024_CODE", |row, own| {
                        if row % 3 == 0 && !own.is_empty() {
                            "850229999".into()
                        } else {
                            own.into()
                        }
                    })
                })
            },
            "ont un code iris que les contours n'ont pas",
        ),
    ];
    for (spoil, words) in cases {
        let (said, activated) = summary(spoil);
        assert!(!activated, "{said}");
        let alert = said.lines().nth(1).unwrap();
        assert!(alert.starts_with("ALERTE ") && alert.contains(words), "{words}: {said}");
        assert!(said.contains("pas activée, à cause des alertes"), "{said}");
    }
}

#[test]
fn a_scale_whose_zones_are_all_elsewhere_is_absent() {
    let far = one_qpv(2.3, 48.8);
    let (said, _) = summary(|at| fs::write(at.path("qpv.geojson"), &far).unwrap());
    let zones = said.lines().find(|line| line.starts_with("zones : ")).unwrap();
    assert!(zones.contains("iris ") && !zones.contains("qpv "), "{said}");
}

/// A QPV of a thousandth of a degree.
fn one_qpv(lon: f64, lat: f64) -> String {
    let (east, north) = (lon + 0.001, lat + 0.001);
    format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":\
         {{\"code_qp\":\"QN09599M\",\"lib_qp\":\"Ailleurs\"}},\"geometry\":{{\"type\":\"Polygon\",\
         \"coordinates\":[[[{lon},{lat}],[{east},{lat}],[{east},{north}],[{lon},{north}],[{lon},{lat}]]]}}}}]}}"
    )
}

#[test]
fn what_moved_since_the_edition_before_is_an_alert() {
    let input = Input::invent();
    input.build().unwrap_or_else(|(_, said)| panic!("{said}"));
    fs::rename(input.path("editions"), input.path("before")).unwrap();
    input.config("[build]", "[build]\nprevious = { edition = \"before/2024r1\" }");
    let built = input.build().unwrap_or_else(|(_, said)| panic!("{said}"));
    assert!(built.activated, "{}", built.summary);
    fs::remove_dir_all(input.path("editions")).unwrap();
    // Every other dwelling of the plain file goes, and the households of it.
    input.edit("rpls/rpls_2.csv", |text| {
        let lines = text.lines().enumerate().filter(|(line, _)| *line == 0 || line % 2 == 1);
        lines.map(|(_, line)| line.to_owned() + "\n").collect()
    });
    // Their households are refused: this once, so many may be.
    input.config("[build]", "[build]\nmax_rejected_percent = 50.0");
    let built = input.build().unwrap_or_else(|(_, said)| panic!("{said}"));
    let said = built.summary.to_string();
    assert!(!built.activated && said.contains("ont gagné ou perdu plus de 30 %"), "{said}");
}
