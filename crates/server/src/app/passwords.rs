//! Passwords: argon2id, and bcrypt hashes taken over from 2FAuth.

use std::sync::Arc;

use anyhow::anyhow;
use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::{Semaphore, SemaphorePermit};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::turns::Turns;
use crate::error::{Error, Result};
use crate::random::FillRandom;

/// Returns the maximum number of simultaneous hashes. Each takes some 20 MB and 30 ms of a core, and half of the cores
/// are left to other requests.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2).clamp(1, 2)
}

/// Maximum number of passwords that wait to be hashed: some two seconds of work. Without it, a flood of tries would
/// keep everyone waiting.
const WAITING: usize = 64;

/// Hashes and verifies passwords, off the async workers.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Turns,
    /// Places of those who have a turn, and of those who wait for one.
    places: Arc<Semaphore>,
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
        Self { turns: Turns::new(at_once()), places: Arc::new(Semaphore::new(at_once() + WAITING)), random }
    }

    /// The hash of a password, in PHC form. Of its Unicode form NFC: keyboards of different systems type the same letter
    /// in different forms.
    ///
    /// # Errors
    /// 503 when too many others wait, and when the library or the runtime fails.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let _place = self.take_place()?;
        let password = Zeroizing::new(password.nfc().collect::<String>());
        let mut salt = [0; Salt::RECOMMENDED_LENGTH];
        (self.random)(&mut salt);
        let hashed = self.turns.run(move || {
            let hash: PasswordHash = Argon2::default()
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map_err(|error| anyhow!("a password can't be hashed: {error}"))?;
            anyhow::Ok(hash.to_string())
        });
        Ok(hashed.await??)
    }

    /// Compares a password with a stored hash, in the form NFC and, for older hashes, as it was typed. An empty or unreadable hash matches no password, and takes as long.
    ///
    /// # Errors
    /// 503 when too many others wait, and when the runtime fails.
    pub async fn verify(&self, password: &str, hash: &str) -> Result<Verdict> {
        let _place = self.take_place()?;
        let typed = Zeroizing::new(password.to_owned());
        let composed = Zeroizing::new(password.nfc().collect::<String>());
        let hash = if hash.is_empty() { DUMMY_HASH.to_owned() } else { hash.to_owned() };
        let verdict = self.turns.run(move || match compare(&composed, &hash) {
            Verdict::Wrong if *typed != *composed => match compare(&typed, &hash) {
                Verdict::Right => Verdict::RightButOld,
                verdict => verdict,
            },
            verdict => verdict,
        });
        Ok(verdict.await?)
    }

    fn take_place(&self) -> Result<SemaphorePermit<'_>> {
        self.places.try_acquire().map_err(|_| Error::Busy)
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
    use std::task::{Context, Poll, Waker};

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
    async fn a_letter_has_one_form() {
        let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
        for typed in [composed, decomposed] {
            let hash = passwords().hash(typed).await.unwrap();
            for again in [composed, decomposed] {
                assert_eq!(passwords().verify(again, &hash).await.unwrap(), Verdict::Right);
            }
        }
        let old = bcrypt::hash(decomposed, 4).unwrap();
        assert_eq!(passwords().verify(decomposed, &old).await.unwrap(), Verdict::RightButOld);
    }

    #[tokio::test]
    async fn a_flood_is_refused_instead_of_waiting() {
        let passwords = passwords();
        let mut tries: Vec<_> =
            (0..at_once() + WAITING + 3).map(|_| Box::pin(passwords.verify("guess", "$2y$"))).collect();
        // Each is polled once and the runtime gets no turn in between: no place comes back before all have asked for one.
        let mut context = Context::from_waker(Waker::noop());
        let polls: Vec<_> = tries.iter_mut().map(|verdict| verdict.as_mut().poll(&mut context)).collect();
        let refused = polls.iter().filter(|poll| matches!(poll, Poll::Ready(Err(Error::Busy))));
        assert_eq!(refused.count(), 3);
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
