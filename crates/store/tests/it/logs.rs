//! The logs.

use jiff::SignedDuration;
use otp::OtpType;
use store::{NewSignIn, OtpLog, SignOut, Store};

use crate::bench::{add_account, add_user, at, may_purge, on_every_engine, otp_log};

#[test]
fn a_sign_out_goes_with_the_latest_sign_in_of_the_same_client() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let sign_in = |user_agent: Option<&str>, seconds, successful| NewSignIn {
            user: ana.id,
            ip: Some("192.0.2.1".into()),
            user_agent: user_agent.map(str::to_owned),
            login_at: at(seconds),
            successful,
            guard: "web-guard".into(),
            method: successful.then(|| "password".into()),
        };
        let sign_out = |user_agent: Option<&str>, seconds| SignOut {
            user: ana.id,
            ip: Some("192.0.2.1".into()),
            user_agent: user_agent.map(str::to_owned),
            guard: "web-guard".into(),
            logout_at: at(seconds),
        };
        let first = store.log_sign_in(sign_in(Some("Firefox"), 1, true)).await.unwrap();
        let second = store.log_sign_in(sign_in(Some("Firefox"), 2, true)).await.unwrap();
        let third = store.log_sign_in(sign_in(None, 3, false)).await.unwrap();
        let knows = async |entry: NewSignIn| store.read().await.unwrap().has_signed_in(&entry).await.unwrap();
        assert!(knows(sign_in(Some("Firefox"), 9, true)).await);
        assert!(!knows(sign_in(None, 9, true)).await, "it wasn't let in");
        assert!(!knows(NewSignIn { ip: None, ..sign_in(Some("Firefox"), 9, true) }).await);
        assert!(!knows(NewSignIn { guard: "other".into(), ..sign_in(Some("Firefox"), 9, true) }).await);
        store.log_sign_out(sign_out(Some("Firefox"), 10)).await.unwrap();
        store.log_sign_out(sign_out(None, 11)).await.unwrap();
        store.log_sign_out(sign_out(Some("Chrome"), 12)).await.unwrap();
        let mut read = store.read().await.unwrap();
        let all = read.sign_ins(ana.id, None).await.unwrap();
        let described: Vec<_> =
            all.iter().map(|entry| (entry.id, entry.login_at, entry.logout_at, entry.successful)).collect();
        let fourth = all[0].id;
        assert_eq!(
            described,
            [
                (fourth, None, Some(at(12)), false),
                (third, Some(at(3)), Some(at(11)), false),
                (second, Some(at(2)), Some(at(10)), true),
                (first, Some(at(1)), None, true),
            ]
        );
        assert_eq!((all[2].method.as_deref(), all[1].method.as_deref()), (Some("password"), None));
        assert_eq!(all[2].user_agent.as_deref(), Some("Firefox"));
        let since: Vec<_> = read.sign_ins(ana.id, Some(at(11))).await.unwrap().iter().map(|entry| entry.id).collect();
        assert_eq!(since, [fourth, third]);
        drop(read);
        let mut write = store.write().await.unwrap().by_operator();
        let may = may_purge(&mut write).await;
        assert_eq!(write.purge_sign_ins(may, at(2)).await.unwrap(), 1);
        assert_eq!(write.sign_ins(ana.id, None).await.unwrap().len(), 3);
        let fifth = write.log_sign_in(&sign_in(None, 20, true)).await.unwrap();
        write.log_sign_out(&sign_out(None, 21)).await.unwrap();
        let latest = write.sign_ins(ana.id, None).await.unwrap().remove(0);
        assert_eq!((latest.id, latest.logout_at), (fifth, Some(at(21))));
    });
}

#[test]
fn of_requests_at_once_one_is_the_visit() {
    on_every_engine(async |bench| {
        // Two copies of the program, many requests each.
        let stores = [bench.open().await, bench.open().await];
        let ana = add_user(&stores[0], "ana").await;
        for (seconds, visits) in [(1000, 1), (1900, 1), (1901, 2), (4000, 3)] {
            let mut tasks = Vec::new();
            for index in 0..20 {
                let store: Store = stores[index % 2].clone();
                let entry = NewSignIn {
                    user: ana.id,
                    ip: None,
                    user_agent: None,
                    login_at: at(seconds),
                    successful: true,
                    guard: "reverse-proxy-guard".into(),
                    method: None,
                };
                let pause = SignedDuration::from_secs(900);
                tasks.push(tokio::spawn(async move { store.log_visit(entry, pause).await.unwrap() }));
            }
            let mut are_visits = Vec::new();
            for task in tasks {
                are_visits.push(task.await.unwrap());
            }
            let logged = stores[1].read().await.unwrap().sign_ins(ana.id, None).await.unwrap().len();
            assert_eq!(logged, visits, "at {seconds}");
            let expected = usize::from(seconds != 1900);
            assert_eq!(are_visits.iter().filter(|is_visit| **is_visit).count(), expected, "at {seconds}");
        }
    });
}

#[test]
fn codes_are_logged_in_their_order() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let [id, other] = [
            add_account(&store, &ana, "one", OtpType::Totp).await,
            add_account(&store, &ana, "two", OtpType::Totp).await,
        ];
        let logs: Vec<_> =
            (0..5).map(|seconds| OtpLog { generated_at: at(seconds), ..otp_log(&ana, id, OtpType::Totp) }).collect();
        for log in &logs {
            store.log_otp(log.clone()).await.unwrap();
        }
        store.log_otp(otp_log(&ana, other, OtpType::SteamTotp)).await.unwrap();
        let mut read = store.read().await.unwrap();
        assert_eq!(read.otp_logs(id, None, None).await.unwrap(), logs);
        assert_eq!(read.otp_logs(id, Some(at(3)), None).await.unwrap(), logs[3..]);
        assert_eq!(read.otp_logs(id, None, Some(2)).await.unwrap(), logs[..2]);
        drop(read);
        let mut write = store.write().await.unwrap().by_operator();
        let may = may_purge(&mut write).await;
        assert_eq!(write.purge_otp_logs(may, at(3)).await.unwrap(), 3);
        assert_eq!(write.otp_logs(id, None, None).await.unwrap(), logs[3..]);
    });
}
