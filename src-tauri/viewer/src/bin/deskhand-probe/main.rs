//! `deskhand-probe`: the technician's end without a window, for measuring and scripting.
//!
//! It joins a relay, makes a session (or takes one that waits), asks the customer, watches, types, ends, and writes
//! what it measured. What happens on the way is told as one line of JSON each on the standard output; with `--orders`
//! it does what it is told on the standard input.

mod eye;
#[allow(dead_code, reason = "xtask reads single rows")]
mod framebuffer;
mod number;
mod options;
mod orders;
mod report;
mod run;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use deskhand_protocol::usage;

use crate::options::Options;

fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) if !error.use_stderr() => {
            let _ = write!(io::stdout(), "{error}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "deskhand-probe: {}", usage::sentence("deskhand-probe", &error.to_string()));
            return ExitCode::FAILURE;
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("DESKHAND_LOG").unwrap_or_else(|_| "warn".into()))
        .with_writer(io::stderr)
        .init();
    let done =
        tokio::runtime::Runtime::new().map_err(anyhow::Error::from).and_then(|rt| rt.block_on(run::run(options)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "deskhand-probe: {error:#}");
            ExitCode::FAILURE
        }
    }
}
