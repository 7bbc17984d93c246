//! The bytes of a file: decompressed by what they are, not by the name, and digested on the way.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use sha2::{Digest, Sha256};
use zip::{CompressionMethod, ZipArchive};

use super::TableError;

/// Bytes read from the disk at a time.
const DISK: usize = 256 * 1024;
/// Entries of a ZIP archive that are looked at.
const MAX_ENTRIES: usize = 1_000;

/// A file being read.
pub(super) struct Source {
    path: PathBuf,
    reader: Reader,
}

type Disk = BufReader<Digesting>;

enum Reader {
    Plain(Disk),
    Gzip(Box<MultiGzDecoder<Disk>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, Disk>>),
    /// The one file of a ZIP archive.
    Zip(Box<DeflateDecoder<BufReader<io::Take<File>>>>),
}

impl Source {
    /// Opens a file and looks at its first bytes. Gzip members that follow one another are one
    /// stream.
    pub(super) fn open(path: &Path) -> Result<Source, TableError> {
        let cannot = |source| TableError::Read { path: path.into(), source };
        let file = File::open(path).map_err(cannot)?;
        let digesting = Digesting { file, digest: Sha256::new(), bytes: 0 };
        let mut disk = BufReader::with_capacity(DISK, digesting);
        let magic = disk.fill_buf().map_err(cannot)?;
        let reader = if magic.starts_with(&[0x1f, 0x8b]) {
            Reader::Gzip(Box::new(MultiGzDecoder::new(disk)))
        } else if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            let decoder = zstd::stream::read::Decoder::with_buffer(disk).map_err(cannot)?;
            Reader::Zstd(Box::new(decoder))
        } else if magic.starts_with(b"PK\x03\x04") {
            Reader::Zip(Box::new(only_entry(path)?))
        } else if magic.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err(TableError::Workbook { path: path.into() });
        } else {
            Reader::Plain(disk)
        };
        Ok(Source { path: path.into(), reader })
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the file read so far, as they are on disk.
    pub(super) fn bytes(&self) -> u64 {
        match &self.reader {
            Reader::Plain(disk) => disk.get_ref().bytes,
            Reader::Gzip(decoder) => decoder.get_ref().get_ref().bytes,
            Reader::Zstd(decoder) => decoder.get_ref().get_ref().bytes,
            Reader::Zip(decoder) => decoder.total_in(),
        }
    }

    /// Appends decompressed bytes until `buffer` holds `length`; fewer only at the end.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, length: usize) -> Result<(), TableError> {
        let wanted = length.saturating_sub(buffer.len());
        // One allocation: the end of the stream is found by reading into spare room.
        buffer.reserve(wanted + 64);
        let wanted = wanted as u64;
        let result = match &mut self.reader {
            Reader::Plain(disk) => disk.take(wanted).read_to_end(buffer),
            Reader::Gzip(decoder) => decoder.take(wanted).read_to_end(buffer),
            Reader::Zstd(decoder) => decoder.take(wanted).read_to_end(buffer),
            Reader::Zip(decoder) => decoder.take(wanted).read_to_end(buffer),
        };
        result.map(|_| ()).map_err(|source| self.fault(source))
    }

    /// The SHA-256 of the whole file, in lower-case hexadecimal, and its length in bytes.
    pub(super) fn finish(self) -> Result<(String, u64), TableError> {
        let path = self.path;
        let mut disk = match self.reader {
            Reader::Plain(disk) => disk,
            Reader::Gzip(decoder) => decoder.into_inner(),
            Reader::Zstd(decoder) => decoder.finish(),
            // What was read is a part of the archive: it is digested from its start.
            Reader::Zip(_) => {
                let file = File::open(&path)
                    .map_err(|source| TableError::Read { path: path.clone(), source })?;
                BufReader::with_capacity(DISK, Digesting { file, digest: Sha256::new(), bytes: 0 })
            }
        };
        io::copy(&mut disk, &mut io::sink()).map_err(|source| TableError::Read { path, source })?;
        let Digesting { digest, bytes, .. } = disk.into_inner();
        Ok((hex::encode(digest.finalize()), bytes))
    }

    fn fault(&self, source: io::Error) -> TableError {
        let path = self.path.clone();
        match self.reader {
            Reader::Plain(_) => TableError::Read { path, source },
            Reader::Gzip(_) => TableError::Compressed { path, format: "gzip", source },
            Reader::Zstd(_) => TableError::Compressed { path, format: "zstd", source },
            Reader::Zip(_) => TableError::Compressed { path, format: "zip", source },
        }
    }
}

/// The only file of a ZIP archive, deflated.
fn only_entry(path: &Path) -> Result<DeflateDecoder<BufReader<io::Take<File>>>, TableError> {
    let cannot = |source| TableError::Read { path: path.into(), source };
    let broken = |source: zip::result::ZipError| TableError::Compressed {
        path: path.into(),
        format: "zip",
        source: source.into(),
    };
    let mut archive = ZipArchive::new(File::open(path).map_err(cannot)?).map_err(broken)?;
    let mut found = None;
    for place in 0..archive.len().min(MAX_ENTRIES) {
        let entry = archive.by_index_raw(place).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        if name == "[Content_Types].xml" || name == "mimetype" {
            return Err(TableError::Workbook { path: path.into() });
        }
        // What systems add beside the file that was meant.
        if entry.is_dir() || name.starts_with("__MACOSX/") {
            continue;
        }
        let is_plain = entry.compression() == CompressionMethod::DEFLATE && !entry.encrypted();
        let place = entry.data_start().filter(|_| is_plain);
        if found.replace((place, entry.compressed_size())).is_some() {
            return Err(TableError::Archive { path: path.into() });
        }
    }
    let Some((Some(start), length)) = found else {
        return Err(TableError::Archive { path: path.into() });
    };
    let mut file = File::open(path).map_err(cannot)?;
    file.seek(io::SeekFrom::Start(start)).map_err(cannot)?;
    Ok(DeflateDecoder::new(BufReader::with_capacity(DISK, file.take(length))))
}

/// A file that digests what is read from it.
struct Digesting {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl Read for Digesting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.digest.update(&buffer[..length]);
        self.bytes += length as u64;
        Ok(length)
    }
}
