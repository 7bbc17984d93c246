//! What a long command says while it works: a bar on a terminal, plain lines elsewhere. Only
//! names of steps, bytes read and tiles made: no count of people (rule R6).

use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use domain::Scale;

/// The steps of one command.
pub struct Steps {
    bar: Option<ProgressBar>,
    started: Instant,
    current: Mutex<Option<(String, Instant)>>,
}

impl Steps {
    /// No step yet.
    pub fn new() -> Steps {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {prefix} {wide_msg} {elapsed}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Steps { bar, started: Instant::now(), current: Mutex::new(None) }
    }

    /// Ends the step before and begins this one.
    pub fn begin(&self, name: &str) {
        self.finish_step();
        if let Some(bar) = &self.bar {
            bar.set_prefix(name.to_owned());
            bar.set_message("");
        }
        self.replace(Some((name.to_owned(), Instant::now())));
    }

    /// Bytes read of a file.
    pub fn bytes(&self, path: &Path, bytes: u64) {
        self.say(|| {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            format!("{name} : {} Mo", bytes / 1_000_000)
        });
    }

    /// Tiles made of a zoom of a scale.
    pub fn tiles(&self, scale: Scale, zoom: u8, done: usize, tiles: usize) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{scale}, zoom {zoom} : {done}/{tiles}"));
        }
    }

    /// Rounds of the search for what to hide.
    pub fn round(&self, round: usize) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("tour {round}"));
        }
    }

    /// Ends the last step.
    pub fn end(&self) {
        self.finish_step();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        eprintln!("terminé en {:.1} s", self.started.elapsed().as_secs_f64());
    }

    fn say(&self, message: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(message());
        }
    }

    fn replace(&self, step: Option<(String, Instant)>) -> Option<(String, Instant)> {
        std::mem::replace(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner), step)
    }

    fn finish_step(&self) {
        let Some((name, since)) = self.replace(None) else { return };
        let line = format!("{name} : {:.1} s", since.elapsed().as_secs_f64());
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }
}
