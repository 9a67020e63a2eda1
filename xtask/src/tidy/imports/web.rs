//! Imports of the web app's TypeScript and Svelte files.

use anyhow::Result;
use regex::Regex;

use super::{Import, Sources};

/// Where the web app's modules are.
const FOLDER: &str = "ui/src/";
/// What an import leaves out of the name of a file.
const ENDINGS: [&str; 4] = ["", ".ts", ".svelte", "/index.ts"];

/// Returns the imports between the files of the web app. A module that is loaded later (`import('./x')`) counts too.
pub(super) fn imports(sources: &Sources) -> Result<Vec<Import>> {
    let statement =
        Regex::new(r#"(?m)^\s*(?:import|export)\b[^'"`;=]*?['"](\.[^'"]+)['"]|\bimport\(\s*['"](\.[^'"]+)['"]"#)?;
    let mut imports = Vec::new();
    for (from, text) in sources.iter().filter(|(path, _)| path.starts_with(FOLDER)) {
        for found in statement.captures_iter(text) {
            let Some(module) = found.get(1).or_else(|| found.get(2)) else { continue };
            let target = absolute(from, module.as_str());
            let line = text[..module.start()].lines().count();
            let mut files = ENDINGS.iter().map(|ending| format!("{target}{ending}"));
            let to = files.find(|file| sources.contains_key(file));
            imports.extend(to.map(|to| Import { from: from.clone(), line, named: to.clone(), to }));
        }
    }
    Ok(imports)
}

/// Returns the path of a module that `from` imports as `relative`.
fn absolute(from: &str, relative: &str) -> String {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." => drop(path.pop()),
            name => path.push(name),
        }
    }
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::{read, sources};

    /// Returns the imports as `from:line to`, without the folder.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let imports = read(&sources(files)).unwrap();
        let short = |path: &str| path.strip_prefix("ui/src/").unwrap().to_owned();
        imports.iter().map(|import| format!("{}:{} {}", short(&import.from), import.line, short(&import.to))).collect()
    }

    #[test]
    fn every_form_of_import_is_found() {
        let page = "<script lang=\"ts\">\n  import Row from '../parts/Row.svelte';\n  import {\n    a,\n    type B,\n  } from '../lib/a';\n  \
                    import type { S } from \"../lib/session.svelte\";\n</script>\n";
        let main =
            "import './app.css';\nexport { b } from './lib/b';\nconst later = () => import('./pages/Page.svelte');\n";
        let files = [
            ("ui/src/lib/a.ts", ""),
            ("ui/src/lib/b.ts", "export const b = 'x'; // from './a'\n"),
            ("ui/src/lib/session.svelte.ts", "import { mount } from 'svelte';\n"),
            ("ui/src/main.ts", main),
            ("ui/src/pages/Page.svelte", page),
            ("ui/src/parts/Row.svelte", ""),
        ];
        assert_eq!(
            found(&files),
            [
                "main.ts:2 lib/b.ts",
                "main.ts:3 pages/Page.svelte",
                "pages/Page.svelte:2 parts/Row.svelte",
                "pages/Page.svelte:6 lib/a.ts",
                "pages/Page.svelte:7 lib/session.svelte.ts",
            ]
        );
    }
}
