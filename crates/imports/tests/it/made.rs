//! Encrypted files that tests make: what no file of `tests/data` has.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt as _, KeyInit as _};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead as _, Payload};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use plist::{Dictionary, Uid, Value as Element};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// The password of all files.
pub(crate) const PASSWORD: &str = "correct horse";
/// The iterations of a master key of FreeOTP.
const ITERATIONS: u32 = 10;

/// A map of texts as Java writes it.
pub(crate) fn java_map(pairs: &[(&str, String)]) -> Vec<u8> {
    let mut stream =
        b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02".to_vec();
    stream.extend(b"F\x00\x0aloadFactorI\x00\x09thresholdxp\x3f\x40\0\0\0\0\0\x0cw\x08\0\0\0\x10");
    stream.extend(u32::try_from(pairs.len()).unwrap().to_be_bytes());
    for text in pairs.iter().flat_map(|(name, value)| [*name, value.as_str()]) {
        stream.push(b't');
        stream.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        stream.extend(text.as_bytes());
    }
    stream.push(b'x');
    stream
}

/// An encrypted key of FreeOTP 2.
fn sealed(key: &[u8], plain: &[u8], purpose: &str) -> Value {
    let nonce = [7; 12];
    let payload = Payload { msg: plain, aad: purpose.as_bytes() };
    let ciphertext = Aes256Gcm::new_from_slice(key).unwrap().encrypt(&nonce.into(), payload).unwrap();
    let signed = |bytes: &[u8]| bytes.iter().map(|byte| byte.cast_signed()).collect::<Vec<i8>>();
    let parameters = [&[0x04, 12][..], &nonce].concat();
    json!({ "mCipherText": signed(&ciphertext), "mParameters": signed(&parameters), "mToken": purpose })
}

/// The master key of a backup of FreeOTP 2, and the encrypted secret of one token.
pub(crate) fn freeotp_keys() -> (Value, String) {
    let (salt, master) = ([3_u8; 32], [9_u8; 32]);
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha512>(PASSWORD.as_bytes(), &salt, ITERATIONS, &mut key);
    let described = json!({
        "mAlgorithm": "PBKDF2withHmacSHA512",
        "mEncryptedKey": sealed(&key, &master, "AES"),
        "mIterations": ITERATIONS,
        "mSalt": salt,
    });
    (described, json!({ "key": sealed(&master, b"12345678901234567890", "HmacSHA1").to_string() }).to_string())
}

/// A database of KDBX 3 with this XML, encrypted by AES.
pub(crate) fn kdbx_3(xml: &str) -> Vec<u8> {
    let (seed, transform_seed, nonce, start) = ([1; 32], [2; 32], [3; 16], [4; 32]);
    let rounds = 10_u64;
    let mut file = b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x01\0\x03\0".to_vec();
    let cipher = b"\x31\xc1\xf2\xe6\xbf\x71\x43\x50\xbe\x58\x05\x21\x6a\xfc\x5a\xff";
    let fields: [(u8, &[u8]); 10] = [
        (2, cipher),
        (3, &[0; 4]),
        (4, &seed),
        (5, &transform_seed),
        (6, &rounds.to_le_bytes()),
        (7, &nonce),
        (8, &[5; 32]),
        (9, &start),
        (10, &2_u32.to_le_bytes()),
        (0, b"\r\n\r\n"),
    ];
    for (id, value) in fields {
        file.push(id);
        file.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        file.extend(value);
    }
    let mut content = start.to_vec();
    for (number, block) in [(0_u32, xml.as_bytes()), (1, b"")] {
        content.extend(number.to_le_bytes());
        content.extend(if block.is_empty() { [0; 32] } else { Sha256::digest(block).into() });
        content.extend(u32::try_from(block.len()).unwrap().to_le_bytes());
        content.extend(block);
    }
    let composite = Sha256::digest(Sha256::digest(PASSWORD));
    let (one, other) = composite.split_at(16);
    let mut halves = [Array::try_from(one).unwrap(), Array::try_from(other).unwrap()];
    let transform = Aes256::new_from_slice(&transform_seed).unwrap();
    (0..rounds).for_each(|_| transform.encrypt_blocks(&mut halves));
    let transformed = Sha256::digest(halves.concat());
    let key = Sha256::new().chain_update(seed).chain_update(transformed).finalize();
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&key, &nonce).unwrap();
    file.extend(cipher.encrypt_padded_vec::<Pkcs7>(&content));
    file
}

/// A property list of objects that name each other by their numbers; the first one is the root.
fn keyed(objects: Vec<Element>) -> Vec<u8> {
    let top = Dictionary::from_iter([("root".to_owned(), Element::Uid(Uid::new(0)))]);
    let archive = Dictionary::from_iter([
        ("$objects".to_owned(), Element::Array(objects)),
        ("$top".to_owned(), Element::Dictionary(top)),
    ]);
    let mut bytes = Vec::new();
    Element::Dictionary(archive).to_writer_binary(&mut bytes).unwrap();
    bytes
}

fn encrypted(key: &[u8], nonce: &[u8], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<Aes256>::new_from_slices(key, nonce).unwrap().encrypt_padded_vec::<Pkcs7>(plain)
}

/// A dictionary of an archive of objects.
pub(crate) fn dictionary<const N: usize>(fields: [(&str, Element); N]) -> Element {
    Element::Dictionary(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A list of references to objects of an archive.
pub(crate) fn references(numbers: impl IntoIterator<Item = u64>) -> Element {
    let references = numbers.into_iter().map(|number| Element::Uid(Uid::new(number))).collect();
    dictionary([("NS.objects", Element::Array(references))])
}

/// A backup of OTP Auth in the older form. `cut` bytes of the ciphertext are missing.
pub(crate) fn otp_auth(objects: Vec<Element>, cut: usize) -> Vec<u8> {
    let (salt, nonce) = (b"salt".to_vec(), b"nonce".to_vec());
    let key = Sha256::new().chain_update(&salt).chain_update(b"-").chain_update(PASSWORD).finalize();
    let mut content = encrypted(&key, &Sha1::digest(&nonce)[..16], &keyed(objects));
    content.truncate(content.len() - cut);
    let outer = dictionary([
        ("IV", Element::Data(nonce)),
        ("Salt", Element::Data(salt)),
        ("WrappedData", Element::Data(content)),
    ]);
    encrypted(&Sha256::digest("Authenticator"), &[0; 16], &keyed(vec![outer]))
}
