//! The command line.

mod account;
mod checkup;
mod demo;
mod doctor;
mod export;
mod import;
mod password;
mod picture;
mod rekey;
mod serve;
mod terminal;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::clock::Clock;
use crate::config::vars::Vars;
use crate::config::{AuthProxyConfig, Config, LogFormat};
use crate::random::system_random;

/// Sixpin stores two-factor accounts and shows their one-time codes. Without a command it starts the server.
#[derive(Parser)]
#[command(name = "sixpin", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the web app and the API (the default).
    Serve,
    /// Manage users.
    #[command(subcommand)]
    User(account::UserCommand),
    /// Manage personal access tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Check the configuration, and print its effective values and its problems.
    CheckConfig,
    /// Diagnose problems of a set-up.
    #[command(subcommand)]
    Doctor(DoctorCommand),
    /// Check that the running instance answers; exit status 1 if not.
    Healthcheck,
    /// Import accounts from exports of other applications, encrypted or not, and from pictures of QR codes.
    Import(import::ImportArguments),
    /// Write a user's accounts, with their secrets, to a file that other applications read.
    Export(export::ExportArguments),
    /// Replace the key with which all secret values are encrypted, and encrypt them anew. Stop the server before.
    Rekey,
    /// Print the text of each QR code in pictures, one per line.
    Qr {
        /// PNG, JPEG, GIF, BMP, TIFF or WebP pictures. A text that is split over several QR codes needs all of them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the contract of the API: an `OpenAPI` document in YAML.
    Openapi,
    /// Delete everything in a demo (`IS_DEMO_APP`), and create its user, demo@2fauth.app with the password "demo".
    ResetDemo {
        /// Don't ask for confirmation.
        #[arg(long)]
        no_confirm: bool,
    },
}

#[derive(Subcommand)]
enum DoctorCommand {
    /// Check sign-in by a reverse proxy: the effective configuration, known risks, and with --url attempts to get
    /// around the proxy. Exit status 1 if a stranger could sign in, or no user can.
    Proxy(Box<doctor::ProxyArguments>),
    /// Read everything in the database, and name what is damaged. Exit status 1 if something is.
    Database,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Create a token, and print nothing else on standard output.
    Create {
        /// The e-mail address of its owner.
        email: String,
        /// The name of the token.
        name: String,
        /// Lifetime, in days.
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
}

/// Runs the program.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().command.unwrap_or(Command::Serve) {
        Command::Serve => configure().and_then(|config| in_runtime(serve::serve(config))),
        Command::User(command) => with_app(async |app| account::run_user_command(&app, command).await),
        Command::Token(TokenCommand::Create { email, name, days }) => {
            with_app(async move |app| account::create_token(&app, &email, &name, days).await)
        }
        Command::CheckConfig => configure().map(|config| {
            println!("{config}");
            for warning in &config.warnings {
                eprintln!("warning: {}", terminal::printable_lines(warning));
            }
            let fault = config.auth_proxy.as_ref().and_then(AuthProxyConfig::fault);
            if let Some(fault) = fault {
                eprintln!("error: {}", terminal::printable_lines(fault));
            }
        }),
        Command::Doctor(DoctorCommand::Proxy(arguments)) => {
            configure().and_then(|config| in_runtime(async move { doctor::proxy(&config, &arguments).await }))
        }
        Command::Doctor(DoctorCommand::Database) => with_app(async |app| checkup::database(&app).await),
        Command::Healthcheck => configure().and_then(|config| serve::healthcheck(&config)),
        Command::Import(arguments) if arguments.dry_run => import::dry_run(&arguments),
        Command::Import(arguments) => with_app(async move |app| import::import(&app, &arguments).await),
        Command::Export(arguments) => with_app(async move |app| export::export(&app, &arguments).await),
        Command::Rekey => configure().and_then(|config| {
            rekey::refuse_while_serving(&config)?;
            with_app_of(config, async |app| rekey::rekey(&app).await)
        }),
        Command::Qr { files } => picture::print_texts(&files),
        Command::ResetDemo { no_confirm } => with_app(async move |app| demo::reset(&app, no_confirm).await),
        Command::Openapi => {
            std::io::stdout().write_all(crate::api::CONTRACT.as_bytes()).map_err(|error| error.to_string())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sixpin: {}", terminal::printable_lines(&error));
            ExitCode::FAILURE
        }
    }
}

/// Reads the configuration, and starts logging as it says.
fn configure() -> Result<Config, String> {
    let config = Config::read(Vars::from_environment()).map_err(|problems| problems.to_string())?;
    start_logging(&config);
    Ok(config)
}

/// Runs a command on the instance's data.
fn with_app(command: impl AsyncFnOnce(App) -> Result<(), String>) -> Result<(), String> {
    with_app_of(configure()?, command)
}

fn with_app_of(config: Config, command: impl AsyncFnOnce(App) -> Result<(), String>) -> Result<(), String> {
    in_runtime(async move { command(App::open(config, Clock::system(), system_random).await?).await })
}

/// Maximum time that work on threads of its own may take at the end: what a request waited for was cut off before.
const LAST_WORK: Duration = Duration::from_secs(1);
/// Idle time after which a thread for blocking work ends.
const IDLE_THREAD: Duration = Duration::from_secs(2);

fn in_runtime(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    // A thread that hashed a password keeps 20 MB until it ends.
    let runtime = runtime.enable_all().thread_keep_alive(IDLE_THREAD).build();
    let runtime = runtime.map_err(|error| format!("the program can't start: {error}"))?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_timeout(LAST_WORK);
    outcome
}

fn start_logging(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log.filter);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A line that can't be written, since its reader is gone or the disk is full, is dropped: the complaint would go to
    // standard error as well, where it fails and ends the request.
    let lines = lines.log_internal_errors(false);
    // Only a second call can fail, and there is none outside tests.
    let _ = match config.log.format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}
