//! TLS to the database server: `DB_SSLMODE` and its companions, and 2FAuth's `MYSQL_ATTR_SSL_*`. What can't be honoured
//! is a problem, so that no connection is less safe than the variables say.

use url::Url;

use super::super::tls::certificates;
use super::super::vars::Vars;

/// The words of an engine's URL.
pub(super) struct Words {
    /// The parameters for mode, authority, client certificate and its key, each with its other spellings.
    parameters: [&'static [&'static str]; 4],
    /// The values of the mode, in the order of [`MODES`].
    modes: [&'static str; 6],
}

pub(super) const POSTGRES: Words = Words {
    parameters: [
        &["sslmode", "ssl-mode"],
        &["sslrootcert", "ssl-root-cert", "ssl-ca"],
        &["sslcert", "ssl-cert"],
        &["sslkey", "ssl-key"],
    ],
    modes: MODES,
};

pub(super) const MYSQL: Words = Words {
    parameters: [&["ssl-mode", "sslmode"], &["ssl-ca", "sslca"], &["ssl-cert", "sslcert"], &["ssl-key", "sslkey"]],
    modes: ["DISABLED", "PREFERRED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"],
};

/// The values of `DB_SSLMODE`, from the weakest to the strongest.
const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
/// Positions in [`MODES`].
const REQUIRE: usize = 3;
const VERIFY_CA: usize = 4;
const VERIFY_FULL: usize = 5;

/// 2FAuth's variables for MySQL, and what they are here.
const AUTHORITY: &str = "MYSQL_ATTR_SSL_CA";
const VERIFIES: &str = "MYSQL_ATTR_SSL_VERIFY_SERVER_CERT";
/// The variables for files, in the order of [`Words::parameters`].
const FILES: [[&str; 2]; 3] =
    [["DB_SSLROOTCERT", AUTHORITY], ["DB_SSLCERT", "MYSQL_ATTR_SSL_CERT"], ["DB_SSLKEY", "MYSQL_ATTR_SSL_KEY"]];
/// Settings of PHP's MySQL client that have no counterpart.
const UNSUPPORTED: [&str; 2] = ["MYSQL_ATTR_SSL_CAPATH", "MYSQL_ATTR_SSL_CIPHER"];

/// Refuses the variables where there is no server.
pub(super) fn refuse(vars: &mut Vars) {
    let names = FILES.into_iter().flatten().chain(["DB_SSLMODE", VERIFIES]).chain(UNSUPPORTED);
    for name in names {
        if vars.text(name).is_some() {
            vars.warning(format!("{name} has no effect: SQLite has no server"));
        }
    }
}

/// Adds the settings of the variables to the URL of a server. What the URL has itself takes precedence.
pub(super) fn add(vars: &mut Vars, url: String, words: &Words) -> String {
    // The store reports a URL that can't be parsed.
    let Ok(mut url) = Url::parse(&url) else { return url };
    let is_mysql = words.modes[VERIFY_CA] == "VERIFY_CA";
    let has = |url: &Url, index: usize| url.query_pairs().any(|(name, _)| words.parameters[index].contains(&&*name));
    for name in UNSUPPORTED {
        if vars.text(name).is_some() {
            vars.problem(format!(
                "{name} is not supported: set {AUTHORITY} to a file with the authority's certificate"
            ));
        }
    }
    let files = FILES.map(|names| file(vars, names, is_mysql));
    let mode = mode(vars, files[0].is_some() || has(&url, 1), is_mysql);
    if files[1].is_some() != files[2].is_some() {
        vars.problem("DB_SSLCERT and DB_SSLKEY go together: the certificate of Sixpin at the database, and its key");
    }
    let mode = mode.map(|mode| words.modes[mode].to_owned());
    for (index, value) in std::iter::once(mode).chain(files).enumerate() {
        if let Some(value) = value.filter(|_| !has(&url, index)) {
            url.query_pairs_mut().append_pair(words.parameters[index][0], &value);
        }
    }
    url.into()
}

/// Reads the path of a PEM file from one of two variables, the second of which is for MySQL alone.
fn file(vars: &mut Vars, names: [&str; 2], is_mysql: bool) -> Option<String> {
    let [path, of_mysql] = names.map(|name| vars.text(name));
    if of_mysql.is_some() && !is_mysql {
        vars.problem(format!("{} is for MySQL and MariaDB: set {} instead", names[1], names[0]));
    }
    let (name, path) = path.map(|path| (names[0], path)).or(of_mysql.map(|path| (names[1], path)))?;
    let is_key = names[0] == "DB_SSLKEY";
    let checked = if is_key {
        std::fs::read(&path).map(drop).map_err(|error| format!("{name}: {path} can't be read: {error}"))
    } else {
        certificates(name, &path).map(drop)
    };
    checked.map_err(|problem| vars.problem(problem)).ok()?;
    Some(path)
}

/// Returns the mode, as a position in [`MODES`].
fn mode(vars: &mut Vars, has_authority: bool, is_mysql: bool) -> Option<usize> {
    let is_own_authority = vars.text(FILES[0][0]).is_some();
    let verifies = vars.text(VERIFIES).is_some().then(|| vars.flag(VERIFIES, true));
    let given = vars.text("DB_SSLMODE").and_then(|text| {
        let mode = text.to_ascii_lowercase().replace('_', "-");
        let mode = match mode.as_str() {
            "disabled" => "disable",
            "preferred" => "prefer",
            "required" => "require",
            "verify-identity" => "verify-full",
            mode => mode,
        };
        let found = MODES.iter().position(|known| *known == mode);
        if found.is_none() {
            vars.problem(format!("DB_SSLMODE: {text:?} is none of {}", MODES.join(", ")));
        }
        found
    });
    match (given, verifies.filter(|_| is_mysql)) {
        // As libpq has it.
        (Some(REQUIRE), None) if has_authority => Some(VERIFY_CA),
        (Some(mode), None) if has_authority && mode < REQUIRE => {
            vars.problem(format!(
                "DB_SSLMODE={} doesn't use the authority that is given: set it to verify-full, or to verify-ca if the \
                 server's certificate has another name",
                MODES[mode]
            ));
            None
        }
        (Some(mode), Some(true)) if mode < VERIFY_CA => {
            vars.problem(format!("{VERIFIES}=true and DB_SSLMODE={} contradict each other", MODES[mode]));
            None
        }
        (Some(mode), _) => Some(mode),
        (None, Some(true)) => Some(VERIFY_FULL),
        (None, Some(false)) => Some(REQUIRE),
        (None, None) if is_own_authority => Some(VERIFY_FULL),
        (None, None) => has_authority.then_some(VERIFY_CA),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    /// Returns the query of the URL and the problems; `@` stands for a folder with `ca.pem` and `key.pem`.
    fn read(given: &[(&str, &str)]) -> (String, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["db.test".to_owned()]).unwrap().self_signed(&key).unwrap();
        std::fs::write(path("ca.pem"), certificate.pem()).unwrap();
        std::fs::write(path("key.pem"), key.serialize_pem()).unwrap();
        let root = folder.path().to_str().unwrap();
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), value.replace("@/", &format!("{root}/"))));
        let mut vars = Vars::new(given.collect::<BTreeMap<_, _>>());
        let database = super::super::read(&mut vars, Path::new("/data"));
        let url = match &database {
            store::Database::Postgres { url } | store::Database::Mysql { url } => Url::parse(url).unwrap(),
            store::Database::Sqlite { .. } => return (String::new(), vars.into_findings().1),
        };
        let query = percent_encoding::percent_decode_str(url.query().unwrap_or_default()).decode_utf8().unwrap();
        (query.replace(root, "@"), vars.into_findings().0)
    }

    const MARIADB: (&str, &str) = ("DB_CONNECTION", "mariadb");
    const PGSQL: (&str, &str) = ("DB_CONNECTION", "pgsql");
    const CA: (&str, &str) = (AUTHORITY, "@/ca.pem");
    const ROOT: (&str, &str) = ("DB_SSLROOTCERT", "@/ca.pem");

    #[test]
    fn the_variables_become_parameters_of_the_url() {
        let mysql = ("DB_URL", "mysql://u:p@db/x");
        let own = ("DB_URL", "mysql://u:p@db/x?ssl-mode=REQUIRED");
        for (given, expected) in [
            (&[MARIADB][..], ""),
            (&[PGSQL], ""),
            (&[MARIADB, CA], "ssl-mode=VERIFY_CA&ssl-ca=@/ca.pem"),
            (&[mysql, CA], "ssl-mode=VERIFY_CA&ssl-ca=@/ca.pem"),
            (&[own, CA], "ssl-mode=REQUIRED&ssl-ca=@/ca.pem"),
            (&[MARIADB, CA, (VERIFIES, "true")], "ssl-mode=VERIFY_IDENTITY&ssl-ca=@/ca.pem"),
            (&[MARIADB, CA, (VERIFIES, "false")], "ssl-mode=REQUIRED&ssl-ca=@/ca.pem"),
            (&[MARIADB, (VERIFIES, "true")], "ssl-mode=VERIFY_IDENTITY"),
            (&[MARIADB, ROOT], "ssl-mode=VERIFY_IDENTITY&ssl-ca=@/ca.pem"),
            (&[MARIADB, ("DB_SSLMODE", "require")], "ssl-mode=REQUIRED"),
            (&[PGSQL, ROOT], "sslmode=verify-full&sslrootcert=@/ca.pem"),
            (&[PGSQL, ROOT, ("DB_SSLMODE", "require")], "sslmode=verify-ca&sslrootcert=@/ca.pem"),
            (&[PGSQL, ROOT, ("DB_SSLMODE", "verify-ca")], "sslmode=verify-ca&sslrootcert=@/ca.pem"),
            (&[PGSQL, ("DB_SSLMODE", "disable")], "sslmode=disable"),
            (
                &[PGSQL, ("DB_SSLMODE", "require"), ("DB_SSLCERT", "@/ca.pem"), ("DB_SSLKEY", "@/key.pem")],
                "sslmode=require&sslcert=@/ca.pem&sslkey=@/key.pem",
            ),
            (
                &[MARIADB, ("MYSQL_ATTR_SSL_CERT", "@/ca.pem"), ("MYSQL_ATTR_SSL_KEY", "@/key.pem")],
                "ssl-cert=@/ca.pem&ssl-key=@/key.pem",
            ),
        ] {
            assert_eq!(read(given), (expected.to_owned(), vec![]), "{given:?}");
        }
    }

    #[test]
    fn what_would_be_less_safe_than_it_says_is_a_problem() {
        for (given, words) in [
            (&[MARIADB, (AUTHORITY, "@/none.pem")][..], "none.pem can't be read"),
            (&[MARIADB, (AUTHORITY, "@/key.pem")], "no certificate"),
            (&[PGSQL, CA], "DB_SSLROOTCERT"),
            (&[PGSQL, ROOT, ("DB_SSLMODE", "prefer")], "verify-full"),
            (&[PGSQL, ("DB_SSLMODE", "yes")], "\"yes\" is none of"),
            (&[MARIADB, ("DB_SSLMODE", "prefer"), (VERIFIES, "true")], "contradict"),
            (&[MARIADB, ("MYSQL_ATTR_SSL_CAPATH", "/etc/ssl")], "MYSQL_ATTR_SSL_CAPATH is not supported"),
            (&[MARIADB, ("MYSQL_ATTR_SSL_CIPHER", "AES")], "MYSQL_ATTR_SSL_CIPHER is not supported"),
            (&[PGSQL, ("DB_SSLCERT", "@/ca.pem")], "DB_SSLKEY"),
            // A warning.
            (&[CA], "no effect"),
        ] {
            let (_, problems) = read(given);
            assert!(problems.len() == 1 && problems[0].contains(words), "{given:?}: {problems:?}");
        }
    }
}
