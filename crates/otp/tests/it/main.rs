//! Tests of the crate from outside: the standards' vectors, 2FAuth's behaviour, and properties.

mod any_uris;
mod codes;
mod properties;
mod rfc;
mod secrets;
mod uris;

/// Returns one line with all parts of a URI: type, service, account, secret, algorithm, digits, period, counter.
fn summary(account: &otp::Otpauth) -> String {
    let parameters = account.parameters;
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    format!(
        "{} [{}] [{}] {} {} {} {} {}",
        parameters.otp_type,
        account.service.as_deref().unwrap_or("-"),
        account.account,
        account.secret.padded(),
        parameters.algorithm,
        parameters.digits,
        number(parameters.period.map(u64::from)),
        number(parameters.counter),
    )
}
