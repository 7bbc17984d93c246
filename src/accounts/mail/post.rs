//! Where letters go: a server of mail, or a folder.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::MultiPart;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::letters::html;
use super::queue::Stored;

/// How long a server of mail may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Post {
    /// A server, with the sender's address.
    Smtp {
        /// The connection.
        transport: AsyncSmtpTransport<Tokio1Executor>,
        /// The sender.
        from: String,
    },
    /// A folder, where each letter is a file.
    Outbox {
        /// The folder.
        folder: PathBuf,
        /// The sender.
        from: String,
    },
}

/// A letter could not be sent. What the server said may quote an address: it is not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    #[error("l'adresse de l'expéditeur ou du destinataire est refusée")]
    Address,
    #[error("le serveur de messagerie refuse le message")]
    Refused,
    #[error("le serveur de messagerie ne répond pas")]
    Unreachable,
    #[error("la boîte d'envoi n'accepte pas de fichier")]
    Outbox,
}

impl Post {
    /// A server named by an URL: `smtps://host:465`, or `smtp://host:587?tls=required`; plain
    /// `smtp://` is for the loopback alone. `None` where the URL is none of these.
    pub fn smtp(url: &str, user: Option<(String, String)>, from: &str) -> Option<Post> {
        let local = ["smtp://127.0.0.1", "smtp://localhost", "smtp://[::1]"];
        let plain = url.starts_with("smtp://") && !url.contains("tls=required");
        if plain && !local.iter().any(|start| url.starts_with(start)) {
            return None;
        }
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).ok()?;
        if let Some((name, password)) = user {
            builder = builder.credentials(Credentials::new(name, password));
        }
        let transport = builder.timeout(Some(PATIENCE)).build();
        Some(Post::Smtp { transport, from: from.to_owned() })
    }

    /// Sends a letter once.
    pub(super) async fn send(&self, id: &str, letter: &Stored) -> Result<(), Unsent> {
        let from = match self {
            Post::Smtp { from, .. } | Post::Outbox { from, .. } => from,
        };
        let message = Message::builder()
            .from(from.parse().map_err(|_| Unsent::Address)?)
            .to(letter.recipient.parse().map_err(|_| Unsent::Address)?)
            .message_id(Some(format!("<{id}@seuil>")))
            .subject(letter.subject.clone())
            .multipart(MultiPart::alternative_plain_html(letter.body.clone(), html(&letter.body)))
            .map_err(|_| Unsent::Address)?;
        match self {
            Post::Smtp { transport, .. } => {
                let sent = tokio::time::timeout(PATIENCE, transport.send(message)).await;
                match sent {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) if error.is_permanent() => Err(Unsent::Refused),
                    _ => Err(Unsent::Unreachable),
                }
            }
            Post::Outbox { folder, .. } => {
                write_private(folder, id, &message.formatted()).map_err(|_| Unsent::Outbox)
            }
        }
    }
}

/// A letter may hold the secret of a link: its owner alone reads the file.
fn write_private(folder: &std::path::Path, id: &str, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    std::fs::create_dir_all(folder)?;
    let (partial, path) = (folder.join(format!(".{id}.partial")), folder.join(format!("{id}.eml")));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(partial, path)
}
