//! The journal, and the mail that survives a restart.

use std::io::{BufRead, BufReader, Write};

use super::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

on_both! {
    async fn what_an_account_did_is_one_question() {
        let house = House::with_account().await;
        house.access.sign_in(EMAIL, "pas le bon mot", START).await.unwrap();
        let cookie = house.session(START).await;
        house.access.sign_out(&cookie, START.plus(DAY)).await.unwrap();
        // START is 2027-01-15.
        let ask = async |from: &str, to: &str| {
            let of = email(EMAIL);
            let read = house.access.journal_of(Actor::Shell, &of, day(from), day(to), START);
            read.await.unwrap().into_iter().map(|entry| entry.kind).collect::<Vec<_>>()
        };
        let first = ask("2027-01-15", "2027-01-15").await;
        assert_eq!(first, ["compte.cree", "clauses.attestees", "connexion.refusee", "connexion"]);
        assert_eq!(ask("2027-01-16", "2027-01-16").await, ["deconnexion"]);
        assert!(ask("2027-01-17", "2027-02-01").await.is_empty());
        let proof = house.verify().await.unwrap();
        assert_eq!((proof.broken_at, proof.bad_heads), (None, 0));
    }

    async fn a_changed_or_missing_entry_breaks_the_chain() {
        let house = House::with_account().await;
        for second in 0..5 {
            house.session(START.plus(second)).await;
        }
        let pool = house.access.database.pool();
        sqlx::query("UPDATE journal SET detail = 'x' WHERE seq = 5").execute(pool).await.unwrap();
        assert_eq!(house.verify().await.unwrap().broken_at, Some(5));
        sqlx::query("UPDATE journal SET detail = '' WHERE seq = 5").execute(pool).await.unwrap();
        assert_eq!(house.verify().await.unwrap().broken_at, None);
        sqlx::query("DELETE FROM journal WHERE seq = 6").execute(pool).await.unwrap();
        assert_eq!(house.verify().await.unwrap().broken_at, Some(7));
    }

    async fn a_purge_leaves_a_signed_head_that_the_chain_goes_on_from() {
        let house = House::with_account().await;
        for days in 0..4 {
            house.session(START.plus(days * DAY)).await;
        }
        let key = house.folder.path().join("journal.key");
        let before = day("2027-01-17");
        let now = START.plus(4 * DAY);
        let gone = house.access.purge_journal(Actor::Shell, before, &key, now).await.unwrap();
        assert_eq!(gone, 5);
        assert_eq!(house.access.purge_journal(Actor::Shell, before, &key, now).await.unwrap(), 0);
        let proof = house.verify().await.unwrap();
        assert_eq!((proof.entries, proof.broken_at, proof.bad_heads), (3, None, 0));
        let pool = house.access.database.pool();
        sqlx::query("UPDATE journal_head SET purged_at = purged_at + 1").execute(pool).await.unwrap();
        assert_eq!(house.verify().await.unwrap().bad_heads, 1);
    }

    async fn a_letter_leaves_once_and_its_secret_with_it() {
        let house = House::with_account().await;
        house.access.ask_reset(EMAIL, START).await.unwrap();
        // Another process after a restart, and two at once.
        let elsewhere = Access::open(&house.url).await.unwrap();
        let folder = house.folder.path().join("outbox");
        let post = Post::Outbox { folder: folder.clone(), from: "seuil@agglo.fr".into() };
        let (one, two) =
            tokio::join!(house.access.send_mail(&post, START), elsewhere.send_mail(&post, START));
        assert_eq!(one.unwrap() + two.unwrap(), 1);
        let letters: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
        assert_eq!(letters.len(), 1);
        let text = std::fs::read_to_string(letters[0].as_ref().unwrap().path()).unwrap();
        assert!(text.contains("text/plain") && text.contains("text/html"));
        assert!(text.contains(&format!("To: {EMAIL}")) && text.contains("seuilt_"));
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM mail WHERE body <> ''")
            .fetch_one(house.access.database.pool())
            .await
            .unwrap();
        assert_eq!(left, 0);
    }

    async fn a_letter_that_cannot_leave_is_tried_again_later() {
        let house = House::with_account().await;
        house.access.ask_reset(EMAIL, START).await.unwrap();
        // Nobody listens on the discard port of the loopback.
        let post = Post::smtp("smtp://127.0.0.1:9", None, "seuil@agglo.fr").unwrap();
        assert_eq!(house.access.send_mail(&post, START).await.unwrap(), 0);
        let folder = house.folder.path().join("outbox");
        let outbox = Post::Outbox { folder, from: "seuil@agglo.fr".into() };
        assert_eq!(house.access.send_mail(&outbox, START.plus(30)).await.unwrap(), 0);
        assert_eq!(house.access.send_mail(&outbox, START.plus(60)).await.unwrap(), 1);
        assert!(Post::smtp("smtp://mail.example.fr:25", None, "a@b.fr").is_none(), "no clear text");
    }
}

#[tokio::test]
async fn a_backup_is_taken_while_others_write_and_opens() {
    let house = House::with_account().await;
    let key = house.token(None, 1).await;
    let copy = house.folder.path().join("copie.db");
    house.access.backup(&copy).await.unwrap();
    assert!(house.access.backup(&copy).await.is_err(), "nothing is overwritten");
    let restored = Access::open(&format!("sqlite:{}", copy.display())).await.unwrap();
    assert!(restored.identify(&token(&key), START).await.unwrap().is_some());
}

/// A mail server of the loopback that takes one letter; returns its address and what it was told.
fn mail_server() -> (String, std::thread::JoinHandle<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let told = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut told = String::new();
        let mut is_letter = false;
        stream.write_all(b"220 loopback\r\n").unwrap();
        while let Some(Ok(line)) = lines.next() {
            told += &format!("{line}\n");
            let answer: &[u8] = match line.as_str() {
                "." => b"250 taken\r\n",
                _ if is_letter => continue,
                "DATA" => b"354 go on\r\n",
                "QUIT" => b"221 bye\r\n",
                _ => b"250 well\r\n",
            };
            is_letter = line == "DATA";
            stream.write_all(answer).unwrap();
            if line == "QUIT" {
                break;
            }
        }
        told
    });
    (format!("smtp://{address}"), told)
}

#[tokio::test]
async fn a_letter_leaves_over_smtp() {
    let house = House::with_account().await;
    house.access.ask_reset(EMAIL, START).await.unwrap();
    let (url, told) = mail_server();
    let post = Post::smtp(&url, None, "seuil@agglo.fr").unwrap();
    assert_eq!(house.access.send_mail(&post, START).await.unwrap(), 1);
    drop(post);
    let told = told.join().unwrap();
    assert!(told.contains("MAIL FROM:<seuil@agglo.fr>"), "{told}");
    assert!(told.contains(&format!("RCPT TO:<{EMAIL}>")), "{told}");
    assert!(told.contains("text/html") && told.contains("text/plain"), "{told}");
}
