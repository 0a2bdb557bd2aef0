//! A call on a computer where nobody sits: no webview, no question; but the bar, wherever a display is shown.

use anyhow::Context as _;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::{
    bar,
    call::{self, Over},
    front::Front,
    machine::Machine,
    start::Call,
    window::Wires,
};

/// Runs one call to its end. Must be called on the main thread.
///
/// # Errors
///
/// When there is no display, or the call could not be made.
pub fn run(
    runtime: &Runtime,
    begin: Call,
    machine: Machine,
    mut front: Front,
    wires: Wires,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    #[cfg(target_os = "linux")]
    gtk::init().context("no display for the bar; start it in a desktop session, or name its DISPLAY")?;
    let calls = runtime.spawn(async move { call::run(begin, machine, &mut front, &stop).await });
    // Ends when the call has ended and dropped its side.
    #[cfg(windows)]
    drop(bar::start(wires.bar, wires.language.subscribe(), wires.actions, None)?.join());
    #[cfg(target_os = "macos")]
    crate::mac::serve_until(runtime, bar::follow(wires.bar, wires.language.subscribe(), wires.actions, None))?;
    #[cfg(target_os = "linux")]
    gtk::glib::MainContext::default().block_on(bar::follow(wires.bar, wires.language.subscribe(), wires.actions, None));
    match runtime.block_on(calls).context("the call broke")?? {
        Over::Field(Some(problem)) => anyhow::bail!("{}", problem.sentence()),
        Over::Field(None) | Over::Ended(_) | Over::Stopped => Ok(()),
    }
}
