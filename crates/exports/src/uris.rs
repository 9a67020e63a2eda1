//! A text file of otpauth URIs, one per line: the form that almost every authenticator reads.

use otp::{Otpauth, ToUriError};
use zeroize::Zeroizing;

use crate::{Entry, Export, LeftOut, write_each};

/// Writes otpauth URIs, one per line. Groups and icons have no place in them.
pub fn uris(entries: &[Entry]) -> Export {
    let (lines, left_out) = write_each(entries, write_uri);
    let mut content = Zeroizing::new(String::with_capacity(lines.iter().map(|line| line.len() + 1).sum()));
    for line in lines {
        content.push_str(&line);
        content.push('\n');
    }
    Export::new(content, left_out)
}

fn write_uri(entry: &Entry) -> Result<Zeroizing<String>, LeftOut> {
    let account = &entry.account;
    let uri = Otpauth {
        service: account.service.clone(),
        account: account.name.clone(),
        secret: account.secret.clone(),
        parameters: account.parameters,
        image: None,
    };
    uri.to_portable_uri().map(Zeroizing::new).map_err(|error| match error {
        ToUriError::Account => LeftOut::Unnamed,
        ToUriError::Secret => LeftOut::Secret,
    })
}
