//! Builds the web app of `ui/` with npm, into this crate's build folder.

#![expect(clippy::disallowed_methods, reason = "Cargo talks to build scripts through environment variables")]

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// The inputs of the build, relative to `ui/`.
const SOURCES: [&str; 9] = [
    "build",
    "index.html",
    "package-lock.json",
    "package.json",
    "public",
    "src",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];

/// The variable with the folder of a built web app, for machines without npm.
const PREBUILT: &str = "SIXPIN_UI_DIST";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}\n");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let app = read_folder("CARGO_MANIFEST_DIR")?.join("../../ui");
    let dist = read_folder("OUT_DIR")?.join("dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={PREBUILT}");
    if let Some(prebuilt) = env::var_os(PREBUILT) {
        return copy_prebuilt(Path::new(&prebuilt), &dist);
    }
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", app.join(source).display());
    }
    install(&app)?;
    let dist = dist.to_str().ok_or("The target folder's path must be valid UTF-8 to build the web app.")?;
    run_npm(&app, &["run", "build", "--", "--emptyOutDir", "--outDir", dist])
}

/// Reads a folder from one of Cargo's variables.
fn read_folder(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("{variable} is not set; run this through Cargo."))
}

/// Installs the packages of the lock file unless they are installed.
fn install(app: &Path) -> Result<(), String> {
    let lock = File::create(app.join(".build.lock")).map_err(|error| describe("lock", app, &error))?;
    lock.lock().map_err(|error| describe("lock", app, &error))?;
    let wanted = app.join("package-lock.json");
    let installed = app.join("node_modules/.installed-lock.json");
    let wanted_bytes = fs::read(&wanted).map_err(|error| describe("read", &wanted, &error))?;
    if fs::read(&installed).is_ok_and(|bytes| bytes == wanted_bytes) {
        return Ok(());
    }
    run_npm(app, &["ci", "--ignore-scripts"])?;
    fs::write(&installed, wanted_bytes).map_err(|error| describe("write", &installed, &error))
}

fn run_npm(app: &Path, arguments: &[&str]) -> Result<(), String> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let command = arguments.join(" ");
    let output = Command::new(program).args(arguments).current_dir(app).output().map_err(|error| {
        format!(
            "The web app is built with npm, which could not be started ({error}).\n\
                 Install Node.js 20.19 or later, or set {PREBUILT} to a folder that holds the app already built."
        )
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "`npm {command}` failed in {}:\n{}{}",
        app.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

fn copy_prebuilt(from: &Path, to: &Path) -> Result<(), String> {
    println!("cargo::rerun-if-changed={}", from.display());
    if !from.join("index.html").is_file() {
        return Err(format!("{PREBUILT} names {}, which holds no index.html.", from.display()));
    }
    if to.exists() {
        fs::remove_dir_all(to).map_err(|error| describe("empty", to, &error))?;
    }
    copy(from, to)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| describe("create", to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| describe("read", from, &error))? {
        let source = entry.map_err(|error| describe("read", from, &error))?.path();
        let Some(name) = source.file_name() else { continue };
        let target = to.join(name);
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(|error| describe("copy", &source, &error))?;
        }
    }
    Ok(())
}

fn describe(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("Can't {what} {}: {error}", path.display())
}
