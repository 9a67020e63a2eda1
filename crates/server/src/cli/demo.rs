//! The command `reset-demo`, which restores the initial data of a demo.

use authproxy::name::name_key;
use jiff::SignedDuration;
use otp::Otpauth;
use store::{AdminRule, AdminWrite, MayPurge, NewUser};
use vault::EmailSource;

use super::account::{begin, to_message};
use crate::app::App;
use crate::icons;

/// compat 3.16: the credentials of 2FAuth's demo.
const EMAIL: &str = "demo@2fauth.app";
const PASSWORD: &str = "demo";

/// The accounts of the demo user: one of each type, and of each visible variation.
const ACCOUNTS: [&str; 6] = [
    "otpauth://totp/Acme%20Mail:demo@acme.example?secret=JBSWY3DPEHPK3PXP&issuer=Acme%20Mail",
    "otpauth://totp/Acme%20Bank:12345678?secret=GEZDGNBVGY3TQOJQGEZDGNBV&issuer=Acme%20Bank&digits=8",
    "otpauth://totp/Acme%20Cloud:demo?secret=MFRGGZDFMZTWQ2LKNNWG23TPOA&issuer=Acme%20Cloud&algorithm=SHA256",
    "otpauth://totp/Acme%20Shop:demo?secret=NBSWY3DPO5XXE3DE&issuer=Acme%20Shop&period=60",
    "otpauth://hotp/Acme%20VPN:demo?secret=KRSXG5CTMVRXEZLU&issuer=Acme%20VPN&counter=1",
    "otpauth://totp/Steam:demo?secret=ONSWG4TFORZXIZLBNU&issuer=Steam",
];

/// Deletes everything, and creates the demo user with their accounts.
pub(super) async fn reset(app: &App, confirmed: bool) -> Result<(), String> {
    if !app.config.app.is_demo {
        return Err("this instance isn't a demo, nothing was deleted; IS_DEMO_APP=true makes it one".into());
    }
    if !confirmed && !is_confirmed()? {
        return Err("nothing was deleted".into());
    }
    let hash = app.passwords.hash(PASSWORD).await.map_err(|error| format!("{error:#}"))?;
    let mut write = begin(app).await?;
    empty(app, &mut write).await?;
    fill(app, &mut write, &hash).await?;
    // No picture has an owner now, however new it is.
    let later = app.clock.now() + SignedDuration::from_hours(1);
    icons::sweep(app, &mut write, MayPurge::asked_for(), later).await.map_err(|error| error.to_string())?;
    write.commit().await.map_err(to_message)
}

fn is_confirmed() -> Result<bool, String> {
    eprintln!("Everything in this instance will be deleted. Type \"demo\" to go on:");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| format!("the answer can't be read: {error}"))?;
    Ok(line.trim() == "demo")
}

async fn empty(app: &App, write: &mut AdminWrite) -> Result<(), String> {
    for (user, _) in write.users().await.map_err(to_message)? {
        write.delete_user(user.id, false, app.clock.now()).await.map_err(to_message)?;
    }
    for (name, _) in write.settings().await.map_err(to_message)? {
        write.delete_setting(&name).await.map_err(to_message)?;
    }
    write.delete_icons().await.map_err(to_message)
}

async fn fill(app: &App, write: &mut AdminWrite, hash: &str) -> Result<(), String> {
    let now = app.clock.now();
    let new = NewUser {
        name: "demo",
        name_key: &name_key("demo"),
        email: EMAIL,
        email_source: EmailSource::Local,
        password_hash: Some(hash),
        // Visitors administer nothing; the operator of the demo can create an administrator.
        admin: AdminRule::No,
        sso: None,
        proxy_subject: None,
    };
    let demo = write.create_user(&new, now).await.map_err(|error| error.to_string())?;
    for uri in ACCOUNTS {
        let parsed = Otpauth::parse(uri).map_err(|error| error.to_string())?;
        write.create_account(demo.id, &parsed.into(), uri, now).await.map_err(to_message)?;
    }
    Ok(())
}
