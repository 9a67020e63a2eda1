//! Passwords: argon2id, and bcrypt hashes taken over from 2FAuth.

use anyhow::anyhow;
use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use zeroize::Zeroizing;

use super::turns::Turns;
use crate::random::FillRandom;

/// Returns the maximum number of simultaneous hashes. Each takes some 20 MB and 30 ms of a core, and half of the cores
/// are left to other requests.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2).clamp(1, 2)
}

/// Hashes and verifies passwords, off the async workers.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Turns,
    random: FillRandom,
}

/// The result of comparing a password with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not this password.
    Wrong,
    /// This password.
    Right,
    /// This password, but its hash deserves to be made anew with today's algorithm.
    RightButOld,
}

impl Passwords {
    /// Salts come from `random`.
    pub fn new(random: FillRandom) -> Self {
        Self { turns: Turns::new(at_once()), random }
    }

    /// The hash of a password, in PHC form.
    ///
    /// # Errors
    /// Only when the library or the runtime fails.
    pub async fn hash(&self, password: &str) -> anyhow::Result<String> {
        let password = Zeroizing::new(password.to_owned());
        let mut salt = [0; Salt::RECOMMENDED_LENGTH];
        (self.random)(&mut salt);
        let hashed = self.turns.run(move || {
            let hash: PasswordHash = Argon2::default()
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map_err(|error| anyhow!("a password can't be hashed: {error}"))?;
            anyhow::Ok(hash.to_string())
        });
        hashed.await?
    }

    /// Compares a password with a stored hash. An empty or unreadable hash matches no password, and takes as long.
    ///
    /// # Errors
    /// Only when the runtime fails.
    pub async fn verify(&self, password: &str, hash: &str) -> anyhow::Result<Verdict> {
        let password = Zeroizing::new(password.to_owned());
        let hash = if hash.is_empty() { DUMMY_HASH.to_owned() } else { hash.to_owned() };
        self.turns.run(move || compare(&password, &hash)).await
    }
}

/// A hash without a known password. A password is compared with it if there is no other, so that the answer takes as
/// long.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn compare(password: &str, hash: &str) -> Verdict {
    if hash.starts_with("$2") {
        return match bcrypt::verify(password, hash) {
            Ok(true) => Verdict::RightButOld,
            Ok(false) | Err(_) => Verdict::Wrong,
        };
    }
    let Ok(parsed) = PasswordHash::new(hash) else { return Verdict::Wrong };
    if Argon2::default().verify_password(password.as_bytes(), &parsed).is_err() {
        return Verdict::Wrong;
    }
    let today = "$argon2id$v=19$m=19456,t=2,p=1$";
    if hash.starts_with(today) { Verdict::Right } else { Verdict::RightButOld }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(|bytes| bytes.fill(7))
    }

    #[tokio::test]
    async fn a_hash_matches_its_password_alone() {
        let hash = passwords().hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords().verify("correct horse", &hash).await.unwrap(), Verdict::Right);
        assert_eq!(passwords().verify("Correct horse", &hash).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn bcrypt_of_an_adopted_database_is_right_but_old() {
        let hash = bcrypt::hash("secret", 4).unwrap().replacen("$2b$", "$2y$", 1);
        assert_eq!(passwords().verify("secret", &hash).await.unwrap(), Verdict::RightButOld);
        assert_eq!(passwords().verify("Secret", &hash).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn no_hash_and_nonsense_match_nothing() {
        for hash in ["", "!", "$2y$", "$argon2id$", "plain"] {
            assert_eq!(passwords().verify(hash, hash).await.unwrap(), Verdict::Wrong, "{hash}");
        }
        assert!(PasswordHash::new(DUMMY_HASH).is_ok());
    }
}
