//! `contract/openapi.yaml` against the router, in both directions, and against every answer of every test.

mod schema;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use crate::answer::Answer;
use crate::operations::operations;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../../../contract/openapi.yaml")).unwrap());

/// Fails when an answer isn't one that the contract describes for its operation. Addresses without an operation are
/// passed over.
#[track_caller]
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    let Some((template, operation)) = operation(method, path) else { return };
    if let Err(problem) = conforms(operation, answer) {
        panic!("{method} {template} isn't answered as contract/openapi.yaml says: {problem}\n{answer:?}");
    }
}

/// The operation that an address belongs to: of several templates that match, the one with the fewest parameters.
fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let matching = paths.iter().filter(|(template, _)| matches(template, path));
    let (template, operations) = matching.min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template, operations.get(method.to_ascii_lowercase())?))
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(part, given)| part.starts_with('{') && !given.is_empty() || part == given)
}

fn conforms(operation: &'static Value, answer: &Answer) -> Result<(), String> {
    let responses = &operation["responses"];
    let response = responses.get(answer.status.to_string()).unwrap_or(&responses["default"]);
    let response = resolved(response);
    let Some(content) = response.get("content") else {
        return if answer.body.is_empty() { Ok(()) } else { Err("there should be no body".into()) };
    };
    let kind = answer.header("content-type");
    let kind = kind.split(';').next().unwrap_or_default();
    let (class, _) = kind.split_once('/').unwrap_or_default();
    let candidates = [kind.to_owned(), format!("{class}/*"), "*/*".to_owned()];
    let described = candidates.iter().find_map(|kind| content.get(kind)).ok_or(format!("{kind:?} is unexpected"))?;
    let Some(schema) = described.get("schema") else { return Ok(()) };
    let body = if kind == "application/json" { answer.json() } else { answer.text().into() };
    schema::check(&DOCUMENT, schema, &body)
}

/// What a `$ref` stands for.
fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref") {
        Some(reference) => schema::referenced(&DOCUMENT, reference.as_str().unwrap()),
        None => value,
    }
}

/// Each operation of the document with its name, as in `GET /api/v1/user`, and its path's own part of the document.
fn described() -> impl Iterator<Item = (String, &'static Value, &'static Value)> {
    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    DOCUMENT["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter().filter(|(name, _)| METHODS.contains(&name.as_str()));
        operations.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), item, operation))
    })
}

#[test]
fn every_operation_is_described_and_nothing_else() {
    let described: BTreeSet<String> = described().map(|(name, ..)| name).collect();
    // A path of any depth is a plain parameter here.
    let routed: BTreeSet<String> = operations().iter().map(|operation| operation.replace("{*", "{")).collect();
    let undescribed: Vec<_> = routed.difference(&described).collect();
    let gone: Vec<_> = described.difference(&routed).collect();
    assert_eq!((undescribed, gone), (vec![], vec![]), "operations without a description, and without a route");
}

// What 2FAuth's clients use stays as it is. docs/adding.md says where an operation of ours goes.
#[test]
fn the_api_of_2fauth_gains_no_operation() {
    let operations = operations();
    let count = operations.iter().filter(|operation| operation.contains(" /api/v1/")).count();
    assert_eq!(count, 63, "new operations belong to /api/v2");
}

#[test]
fn every_description_is_whole() {
    let tags: Vec<&Value> = DOCUMENT["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for (name, item, operation) in described() {
        assert!(operation["summary"].is_string(), "{name} has no summary");
        assert!(
            operation["tags"].as_array().is_some_and(|own| own.iter().all(|tag| tags.contains(&tag))),
            "{name}'s tags"
        );
        assert!(operation["responses"]["default"].is_object(), "{name} says nothing of errors");
        let parameters = [item, operation].map(|part| part.get("parameters").and_then(Value::as_array));
        let parameters: Vec<&Value> = parameters.into_iter().flatten().flatten().map(resolved).collect();
        let in_path: BTreeSet<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let in_template = name.split('{').skip(1).map(|part| part.split_once('}').unwrap().0).collect();
        assert_eq!(in_path, in_template, "{name}'s parameters");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let mut references = BTreeSet::new();
    let mut rest = vec![&*DOCUMENT];
    while let Some(value) = rest.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    schema::referenced(&DOCUMENT, reference);
                    references.insert(reference.clone());
                }
                rest.extend(fields.values());
            }
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
    for kind in ["parameters", "requestBodies", "responses", "schemas"] {
        for name in DOCUMENT["components"][kind].as_object().unwrap().keys() {
            assert!(references.contains(&format!("#/components/{kind}/{name}")), "nobody uses {kind}/{name}");
        }
    }
}
