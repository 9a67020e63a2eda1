//! The commands that let people in again.

use serde_json::json;
use sixpin::app::passwords::Verdict;
use sixpin::auth::session::Visit;
use sixpin::settings::Settings;
use sixpin::visitor::client::Client;
use store::{Basis, Reset, ResetKind};

use crate::harness::Instance;

const EMAIL: &str = "ana@example.org";

/// An instance with ana, who has a password and administrates it.
fn instance() -> Instance {
    let instance = Instance::new();
    let said = instance.prints(&["user", "add", "ana", EMAIL, "--password-stdin"], "the first password\n");
    assert_eq!(said, "added ana <ana@example.org>, an administrator\n");
    instance
}

#[tokio::test]
async fn a_new_password_counts_and_ends_all_sessions() {
    let instance = instance();
    let app = instance.open().await;
    let mut write = app.store.write().await.unwrap().by_operator();
    let ana = write.user_by_email(EMAIL).await.unwrap().unwrap();
    let nobody = Client { ip: None, is_https: false, user_agent: None };
    Visit::begin(&app, &mut write, ana.id, &nobody, Basis::Password).await.unwrap();
    let link = Reset { hash: [1; 32], user: Some(ana.id), created_at: app.clock.now() };
    write.set_reset(ResetKind::Password, EMAIL, &link).await.unwrap();
    write.commit().await.unwrap();

    let said = instance.prints(&["user", "password", "ANA@example.org", "--password-stdin"], "a new password\n");
    assert_eq!(said, "ana has a new password; 1 session ended\n");
    let mut read = app.store.read().await.unwrap();
    let hash = read.password_hash(ana.id).await.unwrap().unwrap();
    assert_eq!(read.sessions(ana.id).await.unwrap(), []);
    assert_eq!(read.reset(ResetKind::Password, EMAIL).await.unwrap(), None);
    drop(read);
    assert_eq!(app.passwords.verify("a new password", &hash).await.unwrap(), Verdict::Right);

    let said = instance.complains(&["user", "password", EMAIL, "--password-stdin"], "short");
    assert_eq!(said, "sixpin: the password must have at least 8 characters\n");
    let said = instance.complains(&["user", "password", "bob@example.org", "--password-stdin"], "a new password");
    assert!(said.contains("no user has the address bob@example.org"), "{said}");
}

#[tokio::test]
async fn whoever_is_kept_out_is_let_in_again() {
    let instance = instance();
    let app = instance.open().await;
    let mut write = app.store.write().await.unwrap().by_operator();
    let mut ana = write.user_by_email(EMAIL).await.unwrap().unwrap();
    ana.preferences.set("useWebauthnOnly", json!(true));
    write.set_preferences(ana.id, &ana.preferences, app.clock.now()).await.unwrap();
    write.set_disabled(ana.id, Some(app.clock.now()), app.clock.now()).await.unwrap();
    write.commit().await.unwrap();
    let said = instance.prints(&["user", "unlock", EMAIL], "");
    assert_eq!(said, "ana can use their password again\nana is enabled again\n");
    let ana = app.store.read().await.unwrap().user_by_email(EMAIL).await.unwrap().unwrap();
    assert_eq!((ana.preferences.flag("useWebauthnOnly"), ana.disabled_at), (Some(false), None));
    assert_eq!(instance.prints(&["user", "unlock", EMAIL], ""), "ana isn't locked\n");
}

#[tokio::test]
async fn a_user_is_renamed_and_stays_signed_in() {
    let instance = instance();
    instance.prints(&["user", "add", "bob", "bob@example.org"], "");
    let app = instance.open().await;
    let mut write = app.store.write().await.unwrap();
    let ana = write.user_by_email(EMAIL).await.unwrap().unwrap();
    let nobody = Client { ip: None, is_https: false, user_agent: None };
    Visit::begin(&app, &mut write, ana.id, &nobody, Basis::Password).await.unwrap();
    write.commit().await.unwrap();

    assert_eq!(instance.prints(&["user", "rename", "ANA@example.org", " Ana Ω "], ""), "ana is now named Ana Ω\n");
    let mut read = app.store.read().await.unwrap();
    let renamed = read.user_by_name("Ana Ω").await.unwrap().unwrap();
    assert_eq!((renamed.id, renamed.email.as_str(), renamed.is_admin), (ana.id, EMAIL, true));
    assert_eq!(read.sessions(ana.id).await.unwrap().len(), 1);
    assert_eq!(read.names_like(&authproxy::name::name_key("ANA ω")).await.unwrap(), ["Ana Ω"]);
    drop(read);
    for (name, words) in [
        ("bob", "there is already a user named \"bob\""),
        ("  ", "1 to 191 characters"),
        (&"x".repeat(192), "1 to 191 characters"),
        ("a\nb", "invisible characters or line breaks"),
    ] {
        let said = instance.complains(&["user", "rename", EMAIL, name], "");
        assert!(said.contains(words), "{said}");
    }
    assert!(instance.complains(&["user", "rename", "eve@example.org", "eve"], "").contains("no user has the address"));
}

#[tokio::test]
async fn passwords_are_allowed_again() {
    let instance = instance();
    let app = instance.open().await;
    let mut write = app.store.write().await.unwrap().by_operator();
    write.set_setting("useSsoOnly", &json!(true)).await.unwrap();
    write.commit().await.unwrap();
    let said = instance.prints(&["user", "unlock", EMAIL], "");
    assert!(said.contains("sixpin user allow-passwords"), "{said}");
    assert_eq!(instance.prints(&["user", "allow-passwords"], ""), "all users may sign in by password again\n");
    let settings = Settings::load(&mut app.store.read().await.unwrap()).await.unwrap();
    assert!(!settings.is_on("useSsoOnly"));
    assert_eq!(instance.prints(&["user", "allow-passwords"], ""), "all users may already sign in by password\n");
}

#[tokio::test]
async fn identifiers_of_an_auth_proxy_are_forgotten() {
    let instance = instance();
    assert_eq!(instance.prints(&["user", "unbind", EMAIL], ""), "no identifier of the auth proxy is stored\n");
    let app = instance.open().await;
    let now = app.clock.now();
    for of in [&["user", "unbind", EMAIL][..], &["user", "unbind", "--all"]] {
        let mut write = app.store.write().await.unwrap().by_operator();
        let ana = write.user_by_email(EMAIL).await.unwrap().unwrap();
        write.set_proxy_subject(ana.id, "issuer subject", now).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(instance.prints(of, ""), "the auth proxy's next identity with the name ana is bound to this user\n");
        assert!(!app.store.read().await.unwrap().has_proxy_subject(ana.id).await.unwrap());
    }
    assert!(instance.complains(&["user", "unbind", "bob@example.org"], "").contains("no user has the address"));
}

#[tokio::test]
async fn somebody_becomes_an_administrator() {
    let instance = instance();
    instance.prints(&["user", "add", "bob", "bob@example.org"], "");
    assert_eq!(instance.prints(&["user", "promote", "bob@example.org"], ""), "bob is an administrator\n");
    let list = instance.prints(&["user", "list"], "");
    assert!(list.lines().all(|line| line.ends_with("administrator")), "{list}");
}

#[test]
fn names_that_look_alike_are_refused() {
    let instance = instance();
    for name in ["Ana", "АNА", "\u{430}na"] {
        let said = instance.complains(&["user", "add", name, "other@example.org"], "");
        assert!(said.contains("looks like \"ana\""), "{said}");
    }
    assert!(instance.complains(&["user", "add", "ana", "other@example.org"], "").contains("already a user named"));
    instance.prints(&["user", "add", "bob", "bob@example.org"], "");
    assert!(instance.complains(&["user", "rename", "bob@example.org", "Ana"], "").contains("looks like"));
    instance.prints(&["user", "rename", EMAIL, "Ana"], "");
}

#[tokio::test]
async fn no_name_controls_the_terminal() {
    let instance = instance();
    let app = instance.open().await;
    let now = app.clock.now();
    let mut write = app.store.write().await.unwrap().by_operator();
    let ana = write.user_by_email(EMAIL).await.unwrap().unwrap();
    let name = "a\u{1b}[2J\u{202e}\nb";
    write.set_name_and_email(ana.id, name, name, EMAIL, vault::EmailSource::Local, now).await.unwrap();
    write.set_proxy_subject(ana.id, "subject", now).await.unwrap();
    write.commit().await.unwrap();
    for arguments in [
        &["user", "list"][..],
        &["user", "promote", EMAIL],
        &["user", "unbind", EMAIL],
        &["user", "unlock", EMAIL],
        &["user", "rename", EMAIL, "ana"],
    ] {
        let said = instance.prints(arguments, "");
        assert!(said.contains("a\\u{1b}[2J\\u{202e}\\u{a}b") && said.lines().count() == 1, "{said:?}");
    }
}

#[tokio::test]
async fn a_rule_that_cant_be_used_is_named_at_the_start_and_by_the_doctor() {
    let instance = instance();
    assert!(!instance.says_at_start().contains("restrictRule"));
    let app = instance.open().await;
    let mut write = app.store.write().await.unwrap().by_operator();
    write.set_setting("restrictRule", &json!("(ana")).await.unwrap();
    write.commit().await.unwrap();
    let said = instance.says_at_start();
    assert!(said.contains("restrictRule") && said.contains("can't be used"), "{said}");
    let said = instance.prints(&["doctor", "database"], "");
    assert!(said.contains("note: the setting restrictRule") && said.contains("Everything can be read."), "{said}");
}
