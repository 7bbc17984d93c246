//! `seuil serve`: the active editions over HTTP.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::SystemTime;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use accounts::{self, Access, Post, Upkeep};
use config::{BadConfig, Config};
use edition::Editions;
use rights::Timestamp;
use server::{App, CorsPolicy, DemoAccount, LegalPages, MAX_LEGAL, ProxyTrust, Settings};
use shell::{CliError, boxed, document_keys, environment, limits, usage};

/// Sert les éditions actives.
#[derive(Args)]
pub struct ServeArguments {
    /// Fichier de configuration
    #[arg(long, value_name = "CONFIG.toml")]
    config: PathBuf,
}

/// Serves until the process is told to stop.
pub fn run(arguments: &ServeArguments) -> Result<(), CliError> {
    let config = Config::read(&arguments.config)?;
    serve(&config, &arguments.config, Vec::new(), &|_| Ok(()))
}

/// The same, offering the accounts of a demonstration at sign-in. `announce` is told the URL.
pub fn serve(
    config: &Config,
    path: &Path,
    demo: Vec<DemoAccount>,
    announce: &dyn Fn(&str) -> std::io::Result<()>,
) -> Result<(), CliError> {
    log_to_stderr();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(environment)?.block_on(boxed(serve_until_told(config, path, demo, announce)))
}

async fn serve_until_told(
    config: &Config,
    path: &Path,
    demo: Vec<DemoAccount>,
    announce: &dyn Fn(&str) -> std::io::Result<()>,
) -> Result<(), CliError> {
    let missing = |section| BadConfig::Section { path: path.into(), section };
    let serve = config.serve.as_ref().ok_or_else(|| missing("serve"))?;
    if config.accounts.is_none() {
        return Err(missing("accounts").into());
    }

    let cors = CorsPolicy::new(&serve.cors)
        .map_err(|error| usage(anyhow::Error::new(error).context("serve.cors")))?;
    let editions = Editions::open(&config.resolve(&serve.editions))?;
    let database = accounts::locate(config)?;
    let access = Access::open(&database).await?;
    let upkeep = upkeep(config)?;
    let listener = TcpListener::bind(serve.listen).await.map_err(|error| {
        let told = anyhow::Error::new(error)
            .context(format!("serve.listen : impossible d'écouter sur {}", serve.listen));
        environment(told)
    })?;
    let address = listener.local_addr().map_err(environment)?;
    let public_url = serve.public_url.clone().unwrap_or_else(|| format!("http://{address}"));

    warn_of_limits(&editions);
    warn_of_keys(config);
    let stop = stop().map_err(environment)?;
    println!("écoute sur http://{address}");
    announce(&public_url).map_err(environment)?;
    let access = access.with_limits(limits(config)).with_public_url(&public_url);
    let access = access.with_document_keys(document_keys(config));
    let clock = || Timestamp::from(SystemTime::now());
    let keeping = access.clone().keep(upkeep, clock);
    let (cache_mib, legal) = (serve.cache_mib, legal_pages(config)?);
    let app = App::new(access, editions, Settings { public_url, cache_mib, legal, demo });
    server::serve(listener, app, ProxyTrust::new(&serve.trusted_proxies), cors, stop).await;
    keeping.abort();
    Ok(())
}

/// The public pages that the operator fills.
fn legal_pages(config: &Config) -> Result<LegalPages, CliError> {
    let read = |key: &str, path: &Option<PathBuf>| {
        let Some(path) = path else { return Ok(None) };
        let path = config.resolve(path);
        let at = |error: anyhow::Error| {
            usage(error.context(format!("legal.{key} : {}", path.display())))
        };
        let mut text = String::new();
        let file = std::fs::File::open(&path).map_err(|error| at(error.into()))?;
        std::io::Read::read_to_string(&mut std::io::Read::take(file, MAX_LEGAL + 1), &mut text)
            .map_err(|error| at(error.into()))?;
        if text.len() as u64 > MAX_LEGAL || text.trim().is_empty() {
            return Err(at(anyhow::anyhow!("un texte de 1 à 65536 octets")));
        }
        Ok(Some(text))
    };
    Ok(LegalPages {
        mentions_legales: read("mentions_legales", &config.legal.mentions_legales)?,
        donnees_personnelles: read("donnees_personnelles", &config.legal.donnees_personnelles)?,
        accessibilite: read("accessibilite", &config.legal.accessibilite)?,
    })
}

/// How letters leave, and how long the journal is kept.
fn upkeep(config: &Config) -> Result<Upkeep, CliError> {
    let mail = &config.mail;
    let from = mail.from.clone().unwrap_or_else(|| "seuil <ne-pas-repondre@seuil.invalid>".into());
    let post = match &mail.smtp {
        Some(url) => {
            let user = match (&mail.user, &mail.password_file) {
                (Some(user), Some(file)) => {
                    let path = config.resolve(file);
                    let text = std::fs::read_to_string(&path).map_err(|error| {
                        usage(anyhow::Error::new(error).context(format!("{}", path.display())))
                    })?;
                    Some((user.clone(), text.lines().next().unwrap_or_default().to_owned()))
                }
                _ => None,
            };
            Post::smtp(url, user, &from).ok_or_else(|| {
                usage(anyhow::anyhow!(
                    "mail.smtp : écrire smtps://hôte:465 ou smtp://hôte:587?tls=required"
                ))
            })?
        }
        None => {
            let folder = mail.outbox.clone().unwrap_or_else(|| "outbox".into());
            Post::Outbox { folder: config.resolve(&folder), from }
        }
    };
    let key = config.accounts.as_ref().map(|accounts| accounts.journal_key.clone());
    let key = key.unwrap_or_else(|| "journal.key".into());
    Ok(Upkeep { post, journal_key: config.resolve(&key) })
}

/// What the operator should know before readers come.
fn warn_of_limits(editions: &Editions) {
    let set = editions.current();
    if set.all().is_empty() {
        eprintln!("seuil : aucune édition active ; voir seuil edition activate");
    }
    for edition in set.all().iter().filter(|edition| edition.r2() != "full") {
        eprintln!(
            "seuil : l'édition {} n'applique la règle R2 qu'en partie ({}) ; son certificat dit \
             ce qui manque",
            edition.id(),
            edition.r2()
        );
    }
}

/// A file of keys that was named and is not there: documents are refused until it is.
fn warn_of_keys(config: &Config) {
    let named = config.accounts.as_ref().and_then(|accounts| accounts.documents_key.as_deref());
    if let Some(path) = named.map(|path| config.resolve(path)).filter(|path| !path.exists()) {
        eprintln!(
            "seuil : {} manque : les documents sont refusés ; voir seuil convention document \
             new-key",
            path.display()
        );
    }
}

/// Done when the process receives SIGTERM or SIGINT.
fn stop() -> std::io::Result<Pin<Box<dyn Future<Output = ()> + Send>>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(Box::pin(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }))
}

/// Warnings and errors, unless `RUST_LOG` asks for more. A second call keeps the first log.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.try_init().unwrap_or_default();
}
