//! An edition on its way: a hidden directory that is renamed once everything in it is on disk, and
//! removed if anything fails before.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::PublishError;

/// Bytes read at a time for a digest.
const BLOCK: usize = 1 << 16;

/// A directory `.{id}.partial-{process}` beside the final one.
pub(super) struct Staging {
    at: PathBuf,
    target: PathBuf,
    out: PathBuf,
    id: String,
    /// Locked as long as this build lives: what the next build finds unlocked is a leftover.
    lock: Option<File>,
}

impl Staging {
    /// Opens the directory of the edition `id` of `out`, which is made if need be, and removes
    /// what killed builds left there.
    pub(super) fn open(out: &Path, id: &str) -> Result<Staging, PublishError> {
        fs::create_dir_all(out).map_err(at(out))?;
        let target = out.join(id);
        let _turn = take_turn(out)?;
        refuse_existing(&target, id)?;
        remove_leftovers(out).map_err(at(out))?;
        let path = out.join(format!(".{id}{PARTIAL}{}", std::process::id()));
        fs::create_dir(&path).map_err(at(&path))?;
        let mut staging = Staging { at: path, target, out: out.into(), id: id.into(), lock: None };
        staging.lock = Some(open_locked(&staging.at)?);
        Ok(staging)
    }

    /// Makes a file, has it filled, and brings it to the disk. Returns its name and its SHA-256
    /// with what `fill` says.
    pub(super) fn store<T>(
        &self,
        name: &str,
        fill: impl FnOnce(&File, &Path) -> Result<T, PublishError>,
    ) -> Result<((String, String), T), PublishError> {
        let path = self.at.join(name);
        let file = File::create_new(&path).map_err(at(&path))?;
        let said = fill(&file, &path)?;
        file.sync_all().map_err(at(&path))?;
        let digest = digest(&path).map_err(at(&path))?;
        Ok(((name.to_owned(), digest), said))
    }

    /// Gives the directory its final name.
    pub(super) fn finish(self) -> Result<PathBuf, PublishError> {
        File::open(&self.at).and_then(|directory| directory.sync_all()).map_err(at(&self.at))?;
        let _turn = take_turn(&self.out)?;
        refuse_existing(&self.target, &self.id)?;
        fs::rename(&self.at, &self.target).map_err(at(&self.target))?;
        File::open(&self.out).and_then(|out| out.sync_all()).map_err(at(&self.out))?;
        Ok(self.target.clone())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After `finish` the path is gone and there is nothing to remove. If the removal fails,
        // the next build tries again.
        let _ = fs::remove_dir_all(&self.at);
    }
}

/// What the name of an unfinished edition holds.
const PARTIAL: &str = ".partial-";

/// An error about that path.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> PublishError + '_ {
    move |source| PublishError::Io { path: path.into(), source }
}

/// Waits until no other build opens or ends an edition in `out`.
fn take_turn(out: &Path) -> Result<File, PublishError> {
    let directory = File::open(out).map_err(at(out))?;
    directory.lock().map_err(at(out))?;
    Ok(directory)
}

fn open_locked(path: &Path) -> Result<File, PublishError> {
    let directory = File::open(path).map_err(at(path))?;
    directory.lock().map_err(at(path))?;
    Ok(directory)
}

fn refuse_existing(target: &Path, id: &str) -> Result<(), PublishError> {
    match target.symlink_metadata() {
        Ok(_) => Err(PublishError::Exists { id: id.into(), path: target.into() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at(target)(error)),
    }
}

fn remove_leftovers(out: &Path) -> io::Result<()> {
    for entry in fs::read_dir(out)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with('.') && name.contains(PARTIAL) && entry.file_type()?.is_dir()) {
            continue;
        }
        match remove_unlocked(&entry.path()) {
            // A build that failed removed it in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

fn remove_unlocked(path: &Path) -> io::Result<()> {
    match File::open(path)?.try_lock() {
        Ok(()) => fs::remove_dir_all(path),
        // Its build is at work.
        Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK];
    let mut hash = Sha256::new();
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&block[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(out: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn an_edition_appears_only_when_it_is_finished() {
        let out = tempfile::tempdir().unwrap();
        let staging = Staging::open(out.path(), "2024r1").unwrap();
        let stored = staging
            .store("a.txt", |mut file, path| file.write_all(b"abc").map_err(at(path)))
            .unwrap();
        // The test vector of FIPS 180-2.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(stored, (("a.txt".into(), expected.into()), ()));
        assert!(!out.path().join("2024r1").exists());
        staging.finish().unwrap();
        assert_eq!(names(out.path()), ["2024r1"]);
        assert!(matches!(Staging::open(out.path(), "2024r1"), Err(PublishError::Exists { .. })));
    }

    #[test]
    fn an_abandoned_build_leaves_nothing() {
        let out = tempfile::tempdir().unwrap();
        drop(Staging::open(out.path(), "2024r1").unwrap());
        assert!(names(out.path()).is_empty());
    }

    #[test]
    fn the_leftover_of_a_killed_build_goes_and_a_living_one_stays() {
        let out = tempfile::tempdir().unwrap();
        let dead = out.path().join(".2023r1.partial-1");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("commune.fgb"), "x").unwrap();
        let living = Staging::open(out.path(), "2024r1").unwrap();
        let other = Staging::open(out.path(), "2024r2").unwrap();
        assert!(!dead.exists() && living.at.exists() && other.at.exists());
        living.finish().unwrap();
        other.finish().unwrap();
        assert_eq!(names(out.path()), ["2024r1", "2024r2"]);
    }
}
