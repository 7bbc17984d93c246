//! The bytes of a file: decompressed by what they are, not by the name, and digested on the way.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::TableError;

/// Bytes read from the disk at a time.
const DISK: usize = 256 * 1024;

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
        }
    }
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
