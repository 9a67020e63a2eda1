//! What a key says about itself and its use: authenticator data (WebAuthn §6.1), and the attestation object in which a
//! new key sends them (§6.5).

use ciborium::Value;
use sha2::{Digest as _, Sha256};

use super::public_key::PublicKey;
use super::refusal::Refusal;
use crate::config::webauthn::UserVerification;

/// The longest ID of a credential (WebAuthn §6.5.1), bytes.
const ID_LENGTH: usize = 1023;
/// The names of attestation statements (WebAuthn §8). They aren't verified, since no attestation is asked for: nobody
/// vouches for what a key says about its model.
const FORMATS: [&str; 8] =
    ["none", "packed", "tpm", "android-key", "android-safetynet", "fido-u2f", "apple", "compound"];

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// Authenticator data.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8],
    flags: u8,
    /// The number of signatures that the key has counted; 0 if it doesn't count.
    pub(super) counter: u32,
    rest: &'a [u8],
}

/// The credential that a new key has made.
#[derive(Debug)]
pub(super) struct NewCredential {
    /// Its ID.
    pub(super) id: Vec<u8>,
    /// The key's model.
    pub(super) aaguid: [u8; 16],
    /// Its public key.
    pub(super) public_key: PublicKey,
}

/// The answer of a new key.
#[derive(Debug)]
pub(super) struct AttestationObject {
    /// The kind of attestation statement, one of those in the WebAuthn specification.
    pub(super) format: String,
    /// The authenticator data, as bytes.
    pub(super) authenticator_data: Vec<u8>,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads authenticator data.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let malformed = || Refusal::Unusable("its data are malformed".into());
        let (rp_id_hash, rest) = bytes.split_at_checked(32).ok_or_else(malformed)?;
        let (&flags, rest) = rest.split_first().ok_or_else(malformed)?;
        let (counter, rest) = rest.split_first_chunk::<4>().ok_or_else(malformed)?;
        let data = Self { rp_id_hash, flags, counter: u32::from_be_bytes(*counter), rest };
        let is_consistent = data.has(HAS_CREDENTIAL) || data.has(HAS_EXTENSIONS) || rest.is_empty();
        if is_consistent && (data.has(BACKUP_ELIGIBLE) || !data.has(BACKED_UP)) { Ok(data) } else { Err(malformed()) }
    }

    /// Whether the credential may be copied to other devices.
    pub(super) fn is_backup_eligible(&self) -> bool {
        self.has(BACKUP_ELIGIBLE)
    }

    /// Checks that the key was used for this domain, by somebody who was there and, if that is required, was verified.
    pub(super) fn check(&self, rp_id: &str, verification: UserVerification) -> Result<(), Refusal> {
        if *self.rp_id_hash != Sha256::digest(rp_id)[..] {
            return Err(Refusal::Unusable("it is for another domain".into()));
        }
        if !self.has(USER_PRESENT) {
            return Err(Refusal::Unusable("nobody touched the key".into()));
        }
        if verification == UserVerification::Required && !self.has(USER_VERIFIED) {
            return Err(Refusal::Unverified);
        }
        Ok(())
    }

    /// Returns the credential that was made (WebAuthn §6.5.1).
    pub(super) fn credential(&self) -> Result<NewCredential, Refusal> {
        let malformed = || Refusal::Unusable("its credential is malformed".into());
        if !self.has(HAS_CREDENTIAL) {
            return Err(malformed());
        }
        let (aaguid, rest) = self.rest.split_first_chunk::<16>().ok_or_else(malformed)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(malformed)?;
        let (id, mut rest) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(malformed)?;
        if id.is_empty() || id.len() > ID_LENGTH {
            return Err(Refusal::Unusable(format!("a credential ID has from 1 to {ID_LENGTH} bytes")));
        }
        let public_key = PublicKey::from_cose(&read_cbor(&mut rest)?)?;
        if self.has(HAS_EXTENSIONS) {
            read_cbor(&mut rest)?;
        }
        if !rest.is_empty() {
            return Err(malformed());
        }
        Ok(NewCredential { id: id.to_vec(), aaguid: *aaguid, public_key })
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl AttestationObject {
    /// Reads an attestation object.
    pub(super) fn read(mut bytes: &[u8]) -> Result<Self, Refusal> {
        let malformed = || Refusal::Unusable("its attestation is malformed".into());
        let object = read_cbor(&mut bytes)?;
        let members = object.as_map().filter(|_| bytes.is_empty()).ok_or_else(malformed)?;
        let member = |name: &str| {
            members.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value).ok_or_else(malformed)
        };
        let format = member("fmt")?.as_text().filter(|format| FORMATS.contains(format)).ok_or_else(malformed)?;
        let authenticator_data = member("authData")?.as_bytes().ok_or_else(malformed)?;
        // A statement of the form "none" is empty (WebAuthn §8.7).
        member("attStmt")?.as_map().filter(|map| format != "none" || map.is_empty()).ok_or_else(malformed)?;
        Ok(Self { format: format.to_owned(), authenticator_data: authenticator_data.clone() })
    }
}

/// Reads one CBOR item off the front.
fn read_cbor(bytes: &mut &[u8]) -> Result<Value, Refusal> {
    ciborium::from_reader(bytes).map_err(|_| Refusal::Unusable("its CBOR is malformed".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(flags: u8, rest: &[u8]) -> Vec<u8> {
        [&Sha256::digest("example.org")[..], &[flags], &7_u32.to_be_bytes(), rest].concat()
    }

    #[test]
    fn the_parts_are_read() {
        let bytes = data(USER_PRESENT | BACKUP_ELIGIBLE | BACKED_UP, &[]);
        let read = AuthenticatorData::read(&bytes).unwrap();
        assert_eq!((read.counter, read.is_backup_eligible()), (7, true));
        assert!(read.check("example.org", UserVerification::Preferred).is_ok());
        assert!(matches!(read.check("example.org", UserVerification::Required), Err(Refusal::Unverified)));
        assert!(read.check("example.com", UserVerification::Preferred).is_err());
        assert!(read.credential().is_err());
    }

    #[test]
    fn what_contradicts_itself_is_malformed() {
        assert!(AuthenticatorData::read(&data(USER_PRESENT | BACKED_UP, &[])).is_err(), "backed up but not eligible");
        assert!(AuthenticatorData::read(&data(USER_PRESENT, &[0])).is_err(), "something after the end");
        assert!(AuthenticatorData::read(&data(USER_PRESENT, &[])[..36]).is_err(), "cut");
    }

    #[test]
    fn a_credential_ends_where_its_data_end() {
        let too_long = [&[0; 16][..], &2000_u16.to_be_bytes(), &[1; 2000]].concat();
        for rest in [&[0; 16][..], &[0; 18], &[&[0; 17][..], &[4, 1, 2, 3, 4]].concat(), &too_long] {
            let bytes = data(USER_PRESENT | HAS_CREDENTIAL, rest);
            assert!(AuthenticatorData::read(&bytes).unwrap().credential().is_err(), "{rest:?}");
        }
    }

    #[test]
    fn an_attestation_object_is_one_whole_map() {
        // {"fmt": "none", "attStmt": {}, "authData": h''}
        let good = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x40";
        assert_eq!(AttestationObject::read(good).unwrap().format, "none");
        assert!(AttestationObject::read(&[&good[..], &[0]].concat()).is_err(), "something after the end");
        for cut in 0..good.len() {
            assert!(AttestationObject::read(&good[..cut]).is_err(), "{cut}");
        }
        let statement = b"\xa3\x63fmt\x64none\x67attStmt\xa1\x00\x00\x68authData\x40";
        assert!(AttestationObject::read(statement).is_err(), "none has no statement");
        assert!(AttestationObject::read(b"\xa3\x63fmt\x64some\x67attStmt\xa0\x68authData\x40").is_err());
        // Nested and announced lengths of any size.
        assert!(AttestationObject::read(&[0x81; 5000]).is_err());
        assert!(AttestationObject::read(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
        assert!(AttestationObject::read(b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff").is_err());
    }
}
