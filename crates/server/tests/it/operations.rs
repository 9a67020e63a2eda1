//! Every operation that the router has, read from the sources that build it: axum doesn't tell.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The sources that build routes, and what stands before their paths. The router's own (`routes.rs`) has only the
/// addresses that are left over.
const SOURCES: [(&str, &str); 5] =
    [("api.rs", "/api/v1"), ("api/v2.rs", "/api/v2"), ("web.rs", ""), ("web/files.rs", ""), ("routes.rs", "")];
/// The addresses that are left over: the page, and unknown endpoints.
const LEFT_OVER: [&str; 3] = ["GET /", "GET /{*path}", "GET /{*rest}"];

/// The operations, each as its method and its path, as in `GET /api/v1/groups/{id}`.
pub(crate) fn operations() -> BTreeSet<String> {
    let sources = SOURCES.iter().flat_map(|(file, prefix)| {
        let text = fs::read_to_string(source_folder().join(file)).unwrap();
        routes(&text).map(|(path, methods)| (format!("{prefix}{path}"), methods)).collect::<Vec<_>>()
    });
    let operations =
        sources.flat_map(|(path, methods)| methods.into_iter().map(move |method| format!("{method} {path}")));
    operations.filter(|operation| !LEFT_OVER.contains(&operation.as_str())).collect()
}

/// The paths of a source's routes with their methods.
fn routes(source: &str) -> impl Iterator<Item = (String, Vec<String>)> {
    let method = Regex::new(r"\b(get|post|put|patch|delete)\(").unwrap();
    source.split(".route(").skip(1).filter_map(move |rest| {
        // A path that isn't written out belongs to no operation: such a route only says that it is elsewhere.
        let call = rest[..end_of_call(rest)].trim_start().strip_prefix('"')?;
        let (path, handlers) = call.split_once('"')?;
        let methods = method.captures_iter(handlers).map(|found| found[1].to_uppercase()).collect();
        Some((path.to_owned(), methods))
    })
}

/// Where the parenthesis that is open at the beginning is closed.
fn end_of_call(text: &str) -> usize {
    let mut open = 1;
    let end = text.char_indices().find(|(_, sign)| {
        match sign {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        open == 0
    });
    end.unwrap().0
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn no_other_source_builds_routes() {
    let mut folders = vec![source_folder()];
    let mut builders = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("tests.rs") && fs::read_to_string(&path).unwrap().contains(".route(") {
                builders.insert(path.strip_prefix(source_folder()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(builders, SOURCES.iter().map(|(file, _)| (*file).to_owned()).collect());
}

#[test]
fn routes_are_found_however_they_are_laid_out() {
    let source = r#"
        .route("/a", get(list).post(create))
        .route(
            "/b/{id}",
            put(async || text()).delete(bulk::delete),
        )"#;
    let found: Vec<_> = routes(source).map(|(path, methods)| format!("{path} {}", methods.join(" "))).collect();
    assert_eq!(found, ["/a GET POST", "/b/{id} PUT DELETE"]);
}
