//! `deskhand-relay`: the relay as a program of its own.

use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use data_encoding::HEXLOWER_PERMISSIVE;
use deskhand_protocol::{relay::setup::SetupToken, usage};
use deskhand_relay::{Acme, Certificate, Listen, Network, Relay, Settings, StartError};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// The console's page. Only this program carries it: the desktop console, which has a relay inside, has it already.
const CONSOLE: &[u8] = include_bytes!("../../ui/dist-browser/console.bundle");

/// The Deskhand relay: introduces helpers to consoles and keeps the record.
#[derive(Debug, Parser)]
#[command(name = "deskhand-relay", version)]
struct Flags {
    #[command(subcommand)]
    task: Option<Task>,
    /// Where everything is kept; made if it is not there.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// Address and port to listen on. Plain HTTP on loopback, TLS everywhere else.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7470")]
    listen: SocketAddr,
    /// A certificate chain in PEM; without it the relay uses its own, which its clients pin.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Gets a certificate for this name from an authority and renews it; may be given several times. Port 443 of the
    /// name must lead to this relay. By this you agree to the authority's terms of service.
    #[arg(long = "acme", value_name = "HOST", conflicts_with = "tls_cert")]
    acme: Vec<String>,
    /// An address at which the authority can reach you, as admin@example.org.
    #[arg(long, value_name = "MAIL", requires = "acme")]
    acme_contact: Option<String>,
    /// The authority's ACME directory.
    #[arg(
        long,
        value_name = "URL",
        requires = "acme",
        default_value = "https://acme-v02.api.letsencrypt.org/directory"
    )]
    acme_directory: String,
    /// Certificates in PEM by which the authority is known, where this system does not know it.
    #[arg(long, value_name = "FILE", requires = "acme")]
    acme_roots: Option<PathBuf>,
    /// A name under which clients call this relay, as help.example.org; may be given several times.
    #[arg(long = "name", value_name = "HOST")]
    names: Vec<String>,
    /// A proxy before this relay, by its address or network, as 192.0.2.7 or 10.0.0.0/8; may be given several times. It is
    /// believed when it says in `X-Forwarded-For` or `Forwarded` who calls; name every proxy on the way.
    #[arg(long = "trusted-proxy", value_name = "NET")]
    proxies: Vec<Network>,
    /// Certificates in PEM by which a provider of locations and the release notes are known, where this system does not
    /// know them.
    #[arg(long, value_name = "FILE")]
    fetch_roots: Option<PathBuf>,
    /// Serves no console to browsers. Without this they get it at `/console/`, over TLS.
    #[arg(long)]
    no_browser_console: bool,
    /// Prints a code, good once, with which the owner makes a sign-in for his browser, or another password for the one he
    /// has.
    #[arg(long, conflicts_with = "no_browser_console")]
    owner_code: bool,
    /// How long a session may miss both ends before it is closed as interrupted.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    reconnect_grace: u64,
    /// Check the database and the audit log of a relay that is not running, and exit.
    #[arg(long)]
    check: bool,
}

/// What else it can do than serve.
#[derive(Debug, Subcommand)]
enum Task {
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditTask),
}

#[derive(Debug, Subcommand)]
enum AuditTask {
    /// Walk along the chain of the audit log and see that no row was changed or taken out. The relay may run meanwhile.
    Verify {
        /// The head that an earlier run has printed, in hexadecimal digits: it must still be in the log.
        #[arg(long, value_name = "HASH", value_parser = hash)]
        head: Option<[u8; 32]>,
    },
}

fn hash(text: &str) -> Result<[u8; 32], &'static str> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or("a hash has 64 hexadecimal digits")
}

fn main() -> ExitCode {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) if !error.use_stderr() => {
            let _ = write!(io::stdout(), "{error}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(&usage::sentence("deskhand-relay", &error.to_string())),
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("DESKHAND_LOG").unwrap_or_else(|_| EnvFilter::new("warn")))
        .with_writer(io::stderr)
        .init();
    match run(flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}")),
    }
}

fn fail(sentence: &str) -> ExitCode {
    // There may be no standard error either; then nobody can be told.
    let _ = writeln!(io::stderr(), "deskhand-relay: {sentence}");
    ExitCode::FAILURE
}

fn run(flags: Flags) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the system gives no threads; close other programs")?;
    runtime.block_on(serve(flags))
}

fn data_dir(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(given) = given {
        return Ok(given);
    }
    match directories::ProjectDirs::from("", "", "deskhand-relay") {
        Some(own) => Ok(own.data_dir().to_path_buf()),
        None => bail!("there is no home folder; name a data folder with --data"),
    }
}

async fn serve(flags: Flags) -> anyhow::Result<()> {
    let data = data_dir(flags.data)?;
    if let Some(Task::Audit(AuditTask::Verify { head })) = flags.task {
        let found = Relay::verify_audit(&data, head)?;
        let head = HEXLOWER_PERMISSIVE.encode(&found.head);
        return writeln!(io::stdout(), "The audit log is whole: {} rows, head {head}", found.rows)
            .context("standard output is closed");
    }
    if flags.check {
        Relay::check(&data).await?;
        return writeln!(io::stdout(), "The database and its audit log are whole.")
            .context("standard output is closed");
    }
    let mut settings = Settings::new(data);
    let bound =
        TcpListener::bind(flags.listen).map_err(|source| StartError::Listen { address: flags.listen, source })?;
    let files = flags.tls_cert.zip(flags.tls_key).map(|(chain, key)| Certificate::Files { chain, key });
    let acme = (!flags.acme.is_empty()).then(|| {
        Certificate::Acme(Acme {
            names: flags.acme,
            contact: flags.acme_contact.map(|contact| format!("mailto:{contact}")),
            directory: flags.acme_directory,
            roots: flags.acme_roots,
        })
    });
    settings.listen = match files.or(acme) {
        Some(certificate) => Listen::Tls(bound, certificate),
        None if flags.listen.ip().is_loopback() => Listen::Plain(bound),
        None => Listen::Tls(bound, Certificate::Own),
    };
    settings.names = flags.names;
    settings.proxies = flags.proxies;
    settings.fetch_roots = flags.fetch_roots;
    settings.console = (!flags.no_browser_console).then_some(CONSOLE);
    settings.reconnect_grace = Duration::from_secs(flags.reconnect_grace);

    let shutdown = CancellationToken::new();
    let own_certificate = matches!(settings.listen, Listen::Tls(_, Certificate::Own));
    let relay = Relay::start(settings, shutdown.clone()).await?;
    let token = relay.setup_token().map(|token| SetupToken {
        token,
        // No authority vouches for it, so that the token has to.
        pin: own_certificate.then(|| relay.certificate_pin()),
    });
    let code = if flags.owner_code { relay.owner_code().await } else { None };
    say(&relay, token.as_ref(), code.as_deref()).context("standard output is closed")?;
    stop_signal().await.context("the system gives no signals")?;
    relay.shutdown().await;
    Ok(())
}

fn say(relay: &Relay, token: Option<&SetupToken>, code: Option<&str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Deskhand relay {} at {}", env!("CARGO_PKG_VERSION"), relay.local_address())?;
    if let Some(token) = token {
        writeln!(out, "Set-up token, good once, for the console that becomes the owner: {token}")?;
    }
    if let Some(code) = code {
        writeln!(out, "Code, good once within a day, for the owner's sign-in at /console/: {code}")?;
    }
    out.flush()
}

#[cfg(unix)]
async fn stop_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
