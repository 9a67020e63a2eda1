//! What was acknowledged is there after a crash.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use otp::OtpType;
use store::{Database, Store};

use crate::bench::{
    add_account, add_user, checked, generate_otp, keys, load_seen, on_every_engine, on_sqlite, otp_log, random,
    runtime, variable_value,
};

const DATABASE: &str = "SIXPIN_TEST_CRASHING_DATABASE";

/// How many claims are acknowledged before the process is killed.
const ACKNOWLEDGED: usize = 40;

#[test]
fn acknowledged_claims_survive_a_kill() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "one", OtpType::Hotp).await;
        drop(store);
        let address = match &bench.database {
            Database::Sqlite { path } => path.display().to_string(),
            Database::Postgres { url } | Database::Mysql { url } => url.clone(),
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::claims_until_killed", "--nocapture"])
            .env(DATABASE, address)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let claimed = |line: String| line.strip_prefix("claimed ").map(|counter| counter.parse::<u64>().unwrap());
        let counters: Vec<u64> = lines.by_ref().map(Result::unwrap).filter_map(claimed).take(ACKNOWLEDGED).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(counters.len() >= ACKNOWLEDGED);
        let store = bench.open().await;
        let next = load_seen(&store, ana.id, id).await.account.parameters.counter.unwrap();
        assert!(counters.iter().all(|counter| *counter < next));
        let logs = store.read().await.unwrap().otp_logs(id, None, None).await.unwrap();
        assert_eq!(logs.len() as u64, next, "each claim has its log");
    });
}

/// The other side of the test above; by itself it does nothing.
#[test]
fn claims_until_killed() {
    let Some(address) = variable_value(DATABASE) else { return };
    let database = match address.split_once("://").map(|(scheme, _)| scheme) {
        Some("mysql") => Database::Mysql { url: address },
        Some(_) => Database::Postgres { url: address },
        None => Database::Sqlite { path: address.into() },
    };
    runtime().block_on(async {
        let store = Store::open(&database, &keys(0), random).await.unwrap();
        let ana = store.read().await.unwrap().user_by_name("ana").await.unwrap().unwrap();
        let seen =
            store.read().await.unwrap().visible_accounts(ana.id, vault::SharingPolicy::default(), None).await.unwrap();
        let id = seen[0].account.id;
        let right = generate_otp(&store, ana.id, id).await;
        loop {
            let claim = || store.claim_counter(&right, checked(&ana), otp_log(&ana, id, OtpType::Hotp));
            let (first, second, third) = tokio::join!(claim(), claim(), claim());
            for counter in [first, second, third] {
                println!("\nclaimed {}", counter.unwrap());
            }
        }
    });
}

#[test]
fn a_copy_of_the_files_of_a_running_store_has_everything_acknowledged() {
    on_sqlite(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "one", OtpType::Hotp).await;
        let right = generate_otp(&store, ana.id, id).await;
        for _ in 0..10 {
            store.claim_counter(&right, checked(&ana), otp_log(&ana, id, OtpType::Hotp)).await.unwrap();
        }
        let copy = tempfile::tempdir().unwrap();
        for file in ["sixpin.sqlite", "sixpin.sqlite-wal"] {
            std::fs::copy(bench.folder.path().join(file), copy.path().join(file)).unwrap();
        }
        let database = Database::Sqlite { path: copy.path().join("sixpin.sqlite") };
        let copy = Store::open(&database, &keys(0), random).await.unwrap();
        assert_eq!(load_seen(&copy, ana.id, id).await.account.parameters.counter, Some(10));
    });
}
