//! `cargo xtask …`: everything a developer or a CI machine runs. See the library for what each command does.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use xtask::bench::Programs;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds, shows and checks Deskhand.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a real support call on real screens and leaves screenshots.
    Demo {
        /// Never use this machine's display, even if there is one.
        #[arg(long)]
        headless: bool,
        /// Where to write what was measured.
        #[arg(long)]
        json: Option<PathBuf>,
        /// Where to put the screenshots.
        #[arg(long, default_value = "target/demo")]
        out: PathBuf,
    },
    /// Runs every check: format, lints, Rust tests, page checks and tests, end-to-end tests.
    Test,
    /// Installs the system packages that building and testing need.
    Setup,
    /// Builds the pages and all programs.
    Build {
        /// For whom; for this machine's own tests and demos if nobody is named.
        #[command(subcommand)]
        to: Option<Build>,
    },
    /// Checks the types of what is built for Windows only.
    CheckWindows,
    /// Checks the types of what is built for a Mac only.
    CheckMacos,
    /// Plays a call with the Windows helper under Wine.
    Wine {
        /// Where to put screenshots.
        #[arg(long, default_value = "target/wine")]
        out: PathBuf,
        /// Where to write how far it got.
        #[arg(long)]
        json: Option<PathBuf>,
        /// The helper to play, in place of the one that is built for it: the one that is shipped, say.
        #[arg(long, value_name = "FILE")]
        exe: Option<PathBuf>,
        /// Plays the programs as they are, without building them first.
        #[arg(long)]
        built: bool,
    },
    /// Writes the page's types from the Rust sources.
    Codegen {
        /// Only says whether they are up to date.
        #[arg(long)]
        check: bool,
    },
    /// Measures on the real programs.
    Bench {
        /// Which: `picture`, `hands`, `files`, `helper` or `console`.
        name: String,
        /// Where to write the figures.
        #[arg(long)]
        json: Option<PathBuf>,
        /// Only these scenes or parts, with commas between; all but `long` if none is named.
        #[arg(long = "scene", value_delimiter = ',')]
        scenes: Vec<String>,
        /// How often each scene is played.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
        repetitions: u32,
        /// Measures the programs as they are, without building them first.
        #[arg(long)]
        built: bool,
    },
    /// Takes a picture of every screen: light, dark, narrow, and in its languages.
    Screenshots {
        /// Where to put them, and the page that lists them.
        #[arg(long, default_value = "target/screenshots")]
        out: PathBuf,
        /// Only of these, with commas between.
        #[arg(long = "part", value_enum, value_delimiter = ',')]
        parts: Vec<xtask::screenshots::Part>,
        /// Takes them of the programs as they are, without building them first.
        #[arg(long)]
        built: bool,
    },
    /// Runs the hostile suites against the real programs.
    Attack {
        /// Where to write what was tried and what came of it.
        #[arg(long)]
        json: Option<PathBuf>,
        /// Only this suite: stranger, relay, helper or technician.
        #[arg(long)]
        suite: Option<String>,
    },
    /// Plays calls in networks of every kind, and breaks them.
    Netlab {
        /// Where to write the figures.
        #[arg(long)]
        json: Option<PathBuf>,
        /// Only these cases, with commas between.
        #[arg(long = "case", value_delimiter = ',')]
        cases: Vec<String>,
        /// Plays the programs as they are, without building them first.
        #[arg(long)]
        built: bool,
    },
    /// Throws changed bytes at every decoder of bytes from someone else, and keeps those of a new shape.
    Fuzz {
        /// For how long, all decoders together.
        #[arg(long, default_value_t = 10.0)]
        minutes: f64,
        /// Only this decoder: a folder of `server-lite/fuzz/corpus`.
        #[arg(long)]
        target: Option<String>,
    },
    /// A window whose block changes its colour at each key; used by `demo` on the customer's display.
    #[command(hide = true)]
    FlipWindow,
}

/// What is shipped.
#[derive(Debug, Subcommand)]
enum Build {
    /// What is shipped for Linux: the helper's tarball, the console's Debian package, the relay.
    Linux {
        /// Where to put them.
        #[arg(long, default_value = xtask::linux::OUT)]
        out: PathBuf,
    },
    /// The programs for Windows, from Linux.
    Windows {
        /// Signs each program: this command gets its path as the last word.
        #[arg(long, value_name = "COMMAND")]
        sign: Option<String>,
        /// Where to put them.
        #[arg(long, default_value = xtask::windows::OUT)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo { headless, json, out } => xtask::demo::run(
            if headless { xtask::demo::Screen::Virtual } else { xtask::demo::Screen::OwnIfAny },
            json.as_deref(),
            &out,
        ),
        Command::Test => xtask::checks::run(),
        Command::Setup => xtask::system::ensure_packages(),
        Command::Build { to: Some(Build::Windows { sign, out }) } => xtask::windows::build(sign.as_deref(), &out),
        Command::Build { to: Some(Build::Linux { out }) } => xtask::linux::build(&out),
        Command::CheckWindows => xtask::build::pages().and_then(|()| xtask::windows::check()),
        Command::CheckMacos => xtask::build::pages().and_then(|()| xtask::macos::check()),
        Command::Wine { out, json, exe, built } => {
            let programs = if built { Programs::AsTheyAre } else { Programs::Fresh };
            xtask::windows::wine::run(&out, json.as_deref(), exe.as_deref(), programs)
        }
        Command::Build { to: None } => xtask::system::ensure_packages().and_then(|()| xtask::build::everything()),
        Command::Codegen { check } => {
            let mode = if check { xtask::codegen::Mode::Check } else { xtask::codegen::Mode::Write };
            xtask::system::ensure_packages()
                .and_then(|()| xtask::system::ensure_nextest())
                .and_then(|()| xtask::codegen::run(mode))
        }
        Command::Bench { name, json, scenes, repetitions, built } => {
            let programs = if built { Programs::AsTheyAre } else { Programs::Fresh };
            xtask::bench::run(&name, json.as_deref(), &scenes, repetitions, programs)
        }
        Command::Screenshots { out, parts, built } => {
            let programs = if built { Programs::AsTheyAre } else { Programs::Fresh };
            xtask::screenshots::run(&out, &parts, programs)
        }
        Command::Attack { json, suite } => xtask::attack::run(json.as_deref(), suite.as_deref()),
        Command::Netlab { json, cases, built } => {
            let programs = if built { Programs::AsTheyAre } else { Programs::Fresh };
            xtask::netlab::run(json.as_deref(), &cases, programs)
        }
        Command::Fuzz { minutes, target } => xtask::fuzz::run(minutes, target.as_deref()),
        Command::FlipWindow => xtask::stage::flip::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            xtask::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
