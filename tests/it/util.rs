//! The program as a black box: commands that run, a server on a free port, requests as people
//! make them.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::Duration;

/// The longest a server may take to say where it listens.
const START: Duration = Duration::from_secs(30);

/// The program.
pub fn seuil() -> Command {
    Command::new(env!("CARGO_BIN_EXE_seuil"))
}

/// Runs a command of the program; panics with its messages unless it ends with 0.
pub fn run<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(arguments: I) -> Output {
    let output = seuil().args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "exit {:?}: {stderr}", output.status.code());
    output
}

/// Runs a command that must fail; returns its exit code and its messages.
pub fn fail<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(arguments: I) -> (i32, String) {
    let output = seuil().args(arguments).output().unwrap();
    assert!(!output.status.success(), "the command should have failed");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("panicked"), "a panic is not an error message: {stderr}");
    (output.status.code().unwrap(), stderr)
}

/// Saves an answer as the auditor reads them: `<account>/<path of the URL>`.
pub fn save(folder: &Path, account: &str, path: &str, body: &[u8]) {
    let place = folder.join(account).join(path.trim_start_matches('/'));
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(place, body).unwrap();
}

/// The folder of real input beside the project, or `None` where it is absent, which is said.
pub fn shared() -> Option<PathBuf> {
    shared::shared("")
}

/// Whether a program of the machine answers; says so when it does not.
pub fn has(program: &str, argument: &str) -> bool {
    let found = Command::new(program)
        .arg(argument)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !found {
        assert!(std::env::var_os("CI").is_none(), "{program} must be installed where CI runs");
        shared::skipped(&format!("{program} absent de cette machine"));
    }
    found
}

/// A running `seuil serve`, stopped when dropped.
pub struct Server {
    child: Child,
    pub url: String,
    /// Read to the end, so that the server can always write.
    log: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Server {
    /// Starts a server from a configuration that listens on port 0.
    pub fn start(config: &Path) -> Server {
        Server::start_with(config, &[])
    }

    /// The same with more of an environment.
    pub fn start_with(config: &Path, environment: &[(&str, &str)]) -> Server {
        let mut child = seuil()
            .args(["serve", "--config"])
            .arg(config)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, log) = mpsc::channel();
        let stdout: Box<dyn Read + Send> = Box::new(child.stdout.take().unwrap());
        let stderr: Box<dyn Read + Send> = Box::new(child.stderr.take().unwrap());
        for stream in [stdout, stderr] {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let mut seen = Vec::new();
        let url = loop {
            let line = log.recv_timeout(START).unwrap_or_else(|_| panic!("no address: {seen:?}"));
            if let Some(at) = line.find("http://") {
                break line[at..].split_whitespace().next().unwrap().to_owned();
            }
            seen.push(line);
        };
        Server { child, url, log, seen }
    }

    /// Stops it, and gives everything that it wrote.
    pub fn stop(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let mut lines = std::mem::take(&mut self.seen);
        lines.extend(self.log.iter());
        lines.join("\n")
    }

    /// Asks for a path, as the bearer of a token or as nobody.
    pub fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let mut request = agent().get(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        Answer::read(request.call().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a server answered.
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn read(mut response: ureq::http::Response<ureq::Body>) -> Answer {
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn agent() -> &'static ureq::Agent {
    static AGENT: OnceLock<ureq::Agent> = OnceLock::new();
    AGENT.get_or_init(stranger)
}

/// One who asks for the first time: without the cookies that others were given.
pub fn stranger() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}
