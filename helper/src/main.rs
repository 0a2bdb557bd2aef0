//! `deskhand-helper`: reads the command line, then runs the one call at a time that the customer wants.

#![cfg_attr(windows, windows_subsystem = "windows")]

use std::{io, process::ExitCode, time::Instant};

use anyhow::Context as _;
use deskhand_desk::DataFolder;
use deskhand_helper::{
    again,
    call::{self, Over},
    clean,
    flags::{self, Flags, NotRun},
    front::{Front, Next},
    grant_file, headless,
    language::Language,
    machine::Machine,
    memory, permissions,
    single::{self, First, Knock},
    start::{self, Field, Program, Start, today},
    view::{Stage, View},
    window,
};
use deskhand_session::Policy;
use tokio_util::sync::CancellationToken;

#[cfg(not(target_os = "macos"))]
use deskhand_helper::plain;

#[cfg(target_os = "linux")]
mod webkit;

fn main() -> ExitCode {
    #[cfg(windows)]
    deskhand_helper::console::attach();
    // Keeps the stamp in the program.
    std::hint::black_box(flags::STAMP);
    if std::env::args_os().nth(1).is_some_and(|argument| argument == flags::GUARD) {
        return match deskhand_input::let_go_when_alone() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string()),
        };
    }
    let flags = match flags::read(std::env::args_os()) {
        Ok(flags) => flags,
        Err(NotRun::Show(text)) => {
            say(&text);
            return ExitCode::SUCCESS;
        }
        Err(NotRun::Wrong(sentence)) => return fail(&sentence),
    };
    if flags.clean {
        return clean_up(&flags);
    }
    tracing_subscriber::fmt().with_env_filter(filter()).with_writer(io::stderr).init();
    match run(&flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}")),
    }
}

/// What is logged: what `DESKHAND_LOG` says, or what is usual. Never the words of the connection's driver, which names
/// addresses, as errors, for every path that leads nowhere.
fn filter() -> tracing_subscriber::EnvFilter {
    let wanted = std::env::var("DESKHAND_LOG").unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::EnvFilter::builder().parse_lossy(format!("{wanted},webrtc::peer_connection::driver=off"))
}

#[allow(clippy::print_stderr, reason = "the one sentence for whoever started the program")]
fn fail(sentence: &str) -> ExitCode {
    eprintln!("deskhand-helper: {sentence}");
    #[cfg(windows)]
    deskhand_helper::console::tell(sentence);
    ExitCode::FAILURE
}

#[allow(clippy::print_stdout, reason = "the answer to --help, --version and --clean")]
fn say(text: &str) {
    print!("{text}");
}

fn run(flags: &Flags) -> anyhow::Result<()> {
    // On Wayland a window can neither stay on top nor be looked at by its own program: the bar needs an X server, which
    // such desktops have for older programs.
    #[cfg(target_os = "linux")]
    if std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty()) {
        gtk::gdk::set_allowed_backends("x11,*");
    }
    let policy = if flags.headless {
        Policy::GrantFile(grant_file::read(&flags.grant, grant_file::access, today(), Instant::now())?)
    } else {
        Policy::Customer
    };
    let folder = DataFolder::open(flags.data.as_deref())?;
    let found = start::find(&flags.call, flags.package.as_deref(), &Program::running());
    let _only = match single::take(&folder, || knock(flags, &folder, &found))
        .with_context(|| format!("the data folder {} cannot be used", folder.path().display()))?
    {
        Ok(only) => only,
        Err(first) => return is_second(flags, first),
    };
    let machine = Machine::of_this_computer(flags.data.as_deref(), policy)?;
    // Whoever starts the program: what was left for after a restart works once.
    let kept = again::take(&machine.folder).filter(|_| flags.after_restart);
    let begin = kept.map_or(found, |call| Start::Call(Box::new(call)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let stop = CancellationToken::new();
    runtime.spawn(stop_on_signals(stop.clone()));
    let (mut front, wires) = Front::new(View::new(Stage::Calling));
    front.asking.knows(memory::desk(&machine.folder));
    let answers = wires.answers();
    let answers = if flags.headless { answers.without_window() } else { answers };
    let door = single::open(&machine.folder, answers)
        .inspect_err(|error| tracing::warn!(%error, "a second start will not be heard"));
    if flags.headless {
        let begin = match begin {
            Start::Call(call) => *call,
            Start::Field(Field { problem: Some(problem), .. }) => anyhow::bail!("{}", problem.sentence()),
            Start::Field(_) => {
                anyhow::bail!("--headless needs a call: an address and code, a link or a support file")
            }
        };
        return headless::run(&runtime, begin, machine, front, wires, stop);
    }
    let data = machine.folder.path().to_owned();
    #[cfg(windows)]
    let has_webview = deskhand_webview::prepare(&data);
    #[cfg(target_os = "linux")]
    let has_webview = webkit::load();
    let calls = runtime.spawn(window_calls(begin, machine, front, stop.clone()));
    runtime.spawn(permissions::watch(wires.actions.downgrade()));
    // A Mac has always a webview.
    #[cfg(target_os = "macos")]
    let opened = window::run(wires, &data);
    #[cfg(not(target_os = "macos"))]
    let opened = match has_webview {
        Ok(()) => window::run(wires, &data),
        Err(why) => {
            tracing::info!(%why, "the plain window is shown");
            plain::run(wires)
        }
    };
    // Whoever is started from now on begins anew.
    drop(door);
    stop.cancel();
    runtime.block_on(calls).context("the call broke")??;
    opened
}

/// One call after the other, as long as the window stands.
async fn window_calls(begin: Start, machine: Machine, mut front: Front, stop: CancellationToken) -> anyhow::Result<()> {
    let mut next = begin;
    loop {
        let call = match next {
            Start::Call(call) => *call,
            Start::Field(field) => match front.ask_for_a_call(field, &stop).await {
                Some(call) => call,
                None => return Ok(()),
            },
        };
        next = match call::run(call, machine.clone(), &mut front, &stop).await? {
            Over::Field(problem) => match front.take_next() {
                Some(call) => Start::Call(Box::new(call)),
                None => Start::Field(problem.into()),
            },
            Over::Stopped => return Ok(()),
            Over::Ended(_) => match front.after_the_end(&stop).await {
                Next::Start(start) => start,
                Next::Stop => return Ok(()),
                Next::Forget => {
                    let cleaned = clean::clean(Some(machine.folder.path()))?;
                    front.has_forgotten(&cleaned, &stop).await;
                    return Ok(());
                }
            },
        };
    }
}

/// Asks the one that runs already to take over what this one was started for.
fn knock(flags: &Flags, folder: &DataFolder, found: &Start) -> io::Result<First> {
    // Nobody sits there to see the window; and the one of before the restart is about to end.
    if flags.headless || flags.after_restart {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let first = Knock::of(found).knock(folder)?;
    // Windows lets the one do it that was started last.
    #[cfg(windows)]
    if first == First::Shown {
        plain::to_the_front();
    }
    Ok(first)
}

/// The first one goes on; this one says so and ends.
fn is_second(flags: &Flags, first: First) -> anyhow::Result<()> {
    if first == First::Shown {
        tracing::info!("{}", first.sentence());
        return Ok(());
    }
    #[cfg(not(windows))]
    if !flags.headless {
        window::tell(Language::of_the_system().dialog().running);
    }
    #[cfg(windows)]
    let _ = (flags, Language::of_the_system().dialog().running);
    anyhow::bail!("{}", first.sentence())
}

/// `--clean`: names what it removes and what it cannot, and fails if there is any such thing.
fn clean_up(flags: &Flags) -> ExitCode {
    let cleaned = DataFolder::place(flags.data.as_deref()).map_err(anyhow::Error::from).and_then(|folder| {
        if single::runs(&folder).unwrap_or(false) {
            anyhow::bail!("it is running; end it first");
        }
        Ok(clean::clean(flags.data.as_deref())?)
    });
    match cleaned {
        Ok(cleaned) => {
            cleaned.lines().iter().for_each(|line| say(&format!("{line}\n")));
            if cleaned.left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => fail(&format!("{error:#}")),
    }
}

/// The system asks the program to end.
async fn stop_on_signals(stop: CancellationToken) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        else {
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
    stop.cancel();
}
