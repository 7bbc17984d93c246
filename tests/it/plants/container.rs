//! What can be planted in an archive around its tiles: in the header, the metadata, the directory.

use std::collections::BTreeSet;

use serde_json::json;

use super::archive::{Entry, HEADER, METADATA, directory, number, put_directory};
use super::tiles::Planter;

impl Planter {
    /// Each field of the header.
    pub fn header(&mut self) {
        let words: [(&str, usize, usize); 13] = [
            ("clustered", 96, 1),
            ("internal_compression", 97, 1),
            ("tile_compression", 98, 1),
            ("tile_type", 99, 1),
            ("min_zoom", 100, 1),
            ("max_zoom", 101, 1),
            ("min_longitude", 102, 4),
            ("min_latitude", 106, 4),
            ("max_longitude", 110, 4),
            ("max_latitude", 114, 4),
            ("center_zoom", 118, 1),
            ("center_longitude", 119, 4),
            ("center_latitude", 123, 4),
        ];
        let offsets = [
            ("root_offset", 8, 8),
            ("metadata_offset", 24, 8),
            ("leaf_offset", 40, 8),
            ("data_offset", 56, 8),
        ];
        let counts =
            [("n_addressed_tiles", 72, 8), ("n_tile_entries", 80, 8), ("n_tile_contents", 88, 8)];
        let lengths = [
            ("root_length", 16, "gzip|répertoire racine"),
            ("metadata_length", 32, "data_offset"),
            ("leaf_length", 48, "leaf_offset"),
            ("data_length", 64, "coupée"),
        ];
        let mut covered: BTreeSet<usize> = (0..8).collect();
        self.patch("magic", &["ce n'est pas une archive"], |bytes| bytes[7] ^= 1);
        for group in [&words[..], &offsets, &counts] {
            let own = group.to_vec();
            let change = own.clone();
            self.patch("header", &[], move |bytes| {
                change.iter().for_each(|(_, at, _)| bytes[*at] ^= 1);
            });
            let plant = self.plants.last_mut().unwrap();
            for (name, at, length) in own {
                plant.expect(&[&self.file, "en-tête", &format!("« {name} »")]);
                covered.extend(at..at + length);
            }
        }
        for (name, at, found) in lengths {
            self.patch(name, &[found], move |bytes| bytes[at] = bytes[at].wrapping_add(1));
            covered.extend(at..at + 8);
        }
        assert_eq!(covered, (0..HEADER).collect(), "each byte of the header is planted");
        self.patch("after the root directory", &["suivent le répertoire racine"], |bytes| {
            bytes[METADATA - 8..METADATA].copy_from_slice(b"9 menage");
        });
        self.patch("after the end", &["suivent la fin"], |bytes| bytes.extend(b"9 menages"));
    }

    /// Each key of the metadata.
    pub fn metadata(&mut self) {
        let text = self.archive.metadata.clone();
        let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
        let layer = &whole["vector_layers"][0];
        let pointers = |of: &serde_json::Value, before: &str| -> Vec<String> {
            of.as_object().unwrap().keys().map(|key| format!("{before}/{key}")).collect()
        };
        let mut all = pointers(&whole, "");
        all.extend(pointers(layer, "/vector_layers/0"));
        let fields = pointers(&layer["fields"], "/vector_layers/0/fields");
        all.extend([fields[0].clone(), fields[fields.len() - 1].clone()]);
        for pointer in all {
            let key = pointer.rsplit('/').next().unwrap().to_owned();
            let named = format!("metadata, {key}");
            self.plant(&named, &["métadonnées", &key], move |archive| {
                let mut document: serde_json::Value =
                    serde_json::from_str(&archive.metadata).unwrap();
                *document.pointer_mut(&pointer).unwrap() = json!("9 menages");
                archive.metadata = document.to_string();
            });
        }
        self.plant("metadata, a key more", &["métadonnées", "note"], |archive| {
            let end = archive.metadata.len() - 1;
            archive.metadata.insert_str(end, ",\"note\":\"9 menages\"");
        });
        self.plant("metadata, a space more", &["métadonnées"], |archive| {
            archive.metadata.push(' ');
        });
    }

    /// Entries that overlap, that leave bytes to nobody, that come twice.
    pub fn directory(&mut self) {
        let mut lay = |name: &str, words: &str, change: fn(&mut Vec<Entry>)| {
            self.patch(name, &["répertoire|en-tête", words], move |bytes| {
                let mut entries = directory(bytes);
                change(&mut entries);
                put_directory(bytes, &entries);
            });
        };
        lay("an entry shorter than its bytes", "d'une autre", |entries| entries[0][3] -= 1);
        lay("an entry over another's bytes", "d'une autre", |entries| entries[1][2] -= 1);
        lay("an entry dropped", "n'explique", |entries| {
            entries.pop();
        });
        lay("a run over the next tile", "recouvrent|hors des zooms|n_addressed_tiles", |entries| {
            entries[0][1] += 1000
        });
        lay("one run in two", "en deux entrées", |entries| {
            let [id, run, offset, length] = entries[entries.len() - 1];
            entries.push([id + run, 1, offset, length]);
        });
        self.patch("bytes of no tile", &["qu'aucune tuile n'explique"], |bytes| {
            bytes.extend(b"9 menage");
            let length = number(bytes, 7) as u64 + 8;
            bytes[64..72].copy_from_slice(&length.to_le_bytes());
        });
    }
}
