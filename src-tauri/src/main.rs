//! The console's program: reads its options, starts the console, opens the window.

#![cfg_attr(windows, windows_subsystem = "windows")]

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use deskhand::{
    console::Console,
    folder::{Folder, FolderError},
    instance,
    keys::SystemKeyring,
    options::{NotRun, Options},
    start::StartError,
    startup::Started,
    window,
};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let options = match Options::read(std::env::args_os()) {
        Ok(options) => options,
        Err(NotRun::Show(text)) => {
            let _ = write!(io::stdout(), "{text}");
            return ExitCode::SUCCESS;
        }
        Err(NotRun::Wrong(sentence)) => return fail(&sentence),
    };
    tracing_subscriber::fmt().with_env_filter(filter()).with_writer(io::stderr).init();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

/// What is logged: what `DESKHAND_LOG` says, or what is usual. Never the words of the connection's driver, which names
/// addresses, as errors, for every path that leads nowhere.
fn filter() -> EnvFilter {
    let wanted = std::env::var("DESKHAND_LOG").unwrap_or_else(|_| "warn".to_owned());
    EnvFilter::builder().parse_lossy(format!("{wanted},webrtc::peer_connection::driver=off"))
}

fn fail(sentence: &str) -> ExitCode {
    // There may be no standard error either; then nobody can be told.
    let _ = writeln!(io::stderr(), "deskhand: {sentence}");
    #[cfg(windows)]
    window::tell(sentence);
    ExitCode::FAILURE
}

fn run(options: &Options) -> Result<(), StartError> {
    window::check_display()?;
    let path = options.data_folder()?;
    let folder = match Folder::take(path.clone()) {
        // The window that is there shows itself and what this start was for.
        Err(FolderError::InUse { .. }) if instance::ask(&path, &options.asked()) => return Ok(()),
        taken => taken?,
    };
    #[cfg(windows)]
    deskhand_webview::prepare(folder.path())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(StartError::Threads)?;
    let console = runtime.block_on(Console::start(folder, Arc::new(SystemKeyring)))?;
    if options.link.is_some() {
        console.asked(&options.asked());
    }
    let started = Started { data: options.data.clone(), helper: options.helper.clone() };
    let result = window::run(&runtime, Arc::new(console), started);
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    result
}
