//! What is logged, and how.

use super::vars::Vars;

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Level and form of the log, which goes to standard error.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// `LOG_LEVEL`: a level or a `tracing` filter; 2FAuth's levels are understood.
    pub filter: String,
    /// `LOG_FORMAT`: `text` or `json`.
    pub format: LogFormat,
}

impl LogConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let level = vars.text("LOG_LEVEL").unwrap_or_else(|| "info".into()).to_ascii_lowercase();
        let filter = match level.as_str() {
            "notice" => "info".into(),
            "warning" => "warn".into(),
            "critical" | "alert" | "emergency" => "error".into(),
            _ => level,
        };
        if filter.parse::<tracing_subscriber::EnvFilter>().is_err() {
            vars.problem(format!("LOG_LEVEL: {filter:?} is not a level: use error, warning, info, debug or trace"));
        }
        let format = match vars.text("LOG_FORMAT").unwrap_or_else(|| "text".into()).as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => {
                vars.problem(format!("LOG_FORMAT: {other:?} is neither text nor json"));
                LogFormat::Text
            }
        };
        Self { filter, format }
    }
}
