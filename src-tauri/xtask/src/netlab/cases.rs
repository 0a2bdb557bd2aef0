//! The cases: what the networks are like, what happens to a call, and what must come of it.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

use super::{
    call::{LabCall, Signal},
    clock::Clock,
    ground::{Ground, LINE, SILENT},
    nat::{Nat, Wall},
    proxy,
};
use crate::{bench::figures::tidy, stage::display::Display};

/// How long a call may take to be live again.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest that pictures may stand still while nothing is wrong between the two ends.
const HICCUP: Duration = Duration::from_millis(1_500);

/// What happens to a call that is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Nothing.
    None,
    /// The customer's computer gets another address.
    HomeMoves,
    /// The technician's computer does.
    OfficeMoves,
    /// The relay is killed and started again.
    RelayRestarts,
    /// This share of packets gets lost for ten seconds, in hundredths.
    Loss(u8),
    /// Nothing passes for so many seconds.
    Silence(u64),
    /// Home's router forgets after so many seconds whom it heard, and nothing on the screen changes for five times that.
    Forgetful(u32),
    /// The customer's computer sleeps for so many seconds.
    HelperSleeps(u64),
    /// The technician's computer does.
    ConsoleSleeps(u64),
    /// The customer's wall clock is set by these hours.
    ClockJumps(i64),
}

/// What the customer's network lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Out {
    /// Everything.
    All,
    /// No UDP.
    NoUdp,
    /// Nothing but a proxy, which lets nothing through but port 443.
    Proxy,
}

/// One case.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its name in the figures.
    pub name: &'static str,
    home: Nat,
    office: Nat,
    /// What home's router lets through.
    out: Out,
    happens: Break,
    /// How the call must travel, before and after.
    path: &'static str,
    /// Whether a file is on its way meanwhile.
    file: bool,
}

const fn case(name: &'static str, home: Nat, office: Nat, happens: Break) -> Case {
    Case { name, home, office, out: Out::All, happens, path: "direct", file: false }
}

/// The same, with a file on its way.
const fn with_file(name: &'static str, home: Nat, office: Nat, happens: Break) -> Case {
    Case { file: true, ..case(name, home, office, happens) }
}

/// The same, through the relay.
const fn detour(name: &'static str, home: Nat, office: Nat, out: Out, happens: Break) -> Case {
    let path = match out {
        Out::All => "turn_udp",
        Out::NoUdp | Out::Proxy => "relay_tls",
    };
    Case { out, path, ..case(name, home, office, happens) }
}

/// All of them.
pub const CASES: [Case; 29] = [
    case("open", Nat::Open, Nat::Open, Break::None),
    case("full_cone", Nat::FullCone, Nat::Open, Break::None),
    case("address_restricted", Nat::AddressRestricted, Nat::Open, Break::None),
    case("port_restricted", Nat::PortRestricted, Nat::Open, Break::None),
    case("symmetric", Nat::Symmetric, Nat::Open, Break::None),
    case("symmetric_office", Nat::Open, Nat::Symmetric, Break::None),
    case("both_port_restricted", Nat::PortRestricted, Nat::PortRestricted, Break::None),
    case("both_full_cone", Nat::FullCone, Nat::FullCone, Break::None),
    detour("both_symmetric", Nat::Symmetric, Nat::Symmetric, Out::All, Break::None),
    detour("no_udp", Nat::PortRestricted, Nat::PortRestricted, Out::NoUdp, Break::None),
    detour("proxy_443", Nat::PortRestricted, Nat::PortRestricted, Out::Proxy, Break::None),
    detour("turn_home_moves", Nat::Symmetric, Nat::Symmetric, Out::All, Break::HomeMoves),
    detour("turn_loss30", Nat::Symmetric, Nat::Symmetric, Out::All, Break::Loss(30)),
    detour("tls_home_moves", Nat::PortRestricted, Nat::Symmetric, Out::NoUdp, Break::HomeMoves),
    detour("tls_silence10", Nat::PortRestricted, Nat::Symmetric, Out::NoUdp, Break::Silence(10)),
    case("home_moves", Nat::PortRestricted, Nat::Open, Break::HomeMoves),
    case("office_moves", Nat::Open, Nat::PortRestricted, Break::OfficeMoves),
    case("relay_restarts", Nat::PortRestricted, Nat::Open, Break::RelayRestarts),
    case("loss30", Nat::PortRestricted, Nat::Open, Break::Loss(30)),
    case("silence10", Nat::PortRestricted, Nat::Open, Break::Silence(10)),
    case("silence45", Nat::Symmetric, Nat::Open, Break::Silence(45)),
    case("forgetful_nat", Nat::Symmetric, Nat::Open, Break::Forgetful(3)),
    case("helper_sleeps", Nat::PortRestricted, Nat::Open, Break::HelperSleeps(25)),
    case("console_sleeps", Nat::PortRestricted, Nat::Open, Break::ConsoleSleeps(25)),
    case("clock_ahead", Nat::PortRestricted, Nat::Open, Break::ClockJumps(26)),
    with_file("file_home_moves", Nat::PortRestricted, Nat::Open, Break::HomeMoves),
    with_file("file_silence20", Nat::PortRestricted, Nat::Open, Break::Silence(20)),
    with_file("file_console_sleeps", Nat::PortRestricted, Nat::Open, Break::ConsoleSleeps(25)),
    case("clock_back", Nat::PortRestricted, Nat::Open, Break::ClockJumps(-48)),
];

/// Those that run with every `cargo xtask test`: one network each that needs nothing, that is left, and whose relay goes.
pub const SHORT: [&str; 2] = ["home_moves", "relay_restarts"];

/// Plays one case; gives its figures.
///
/// # Errors
///
/// When anything does not come out as it must.
pub fn play(case: &Case, desk: &Display, seed: u64) -> Result<Map<String, Value>> {
    let clock = matches!(case.happens, Break::ClockJumps(_)).then(Clock::right).transpose()?;
    let mut ground = Ground::make(case.home, case.office, seed)?;
    let mut env: Vec<(&str, String)> = clock.iter().flat_map(Clock::env).collect();
    let (middle, relay) = ground.relay();
    let wall = match case.out {
        Out::All => Wall::None,
        Out::NoUdp => Wall::NoUdp,
        Out::Proxy => {
            proxy::start(middle, relay)?;
            env.push(("HTTPS_PROXY", format!("http://{relay}:{}", proxy::PORT)));
            Wall::Only(relay, proxy::PORT)
        }
    };
    ground.walls((case.home, wall), (case.office, Wall::None))?;
    let mut call = LabCall::make(&ground, desk, &env)?;
    ensure!(call.losses == 0, "the connection was lost before anything happened");
    ensure!(call.path == case.path, "it travels {}, not {}", call.path, case.path);
    let mut figures = Map::new();
    figures.insert("path".into(), json!(call.path));
    figures.insert("first_frame_ms".into(), json!(tidy(call.first_frame_ms)));
    if case.file {
        call.sends_file()?;
    }
    let recovered = happen(case.happens, &mut ground, &mut call, clock.as_ref())?;
    if case.file {
        figures.insert("file_bytes_lost".into(), json!(call.has_file()?));
    }
    call.obeys()?;
    ensure!(call.path == case.path, "it travels {} since, not {}", call.path, case.path);
    figures.insert("recover_ms".into(), json!(recovered.map(|time| tidy(time.as_secs_f64() * 1000.0))));
    figures.insert("losses".into(), json!(call.losses));
    call.end();
    Ok(figures)
}

/// Lets it happen, and tells how long after it was over the picture was back; nothing where nothing may be lost.
fn happen(what: Break, ground: &mut Ground, call: &mut LabCall, clock: Option<&Clock>) -> Result<Option<Duration>> {
    let seconds = Duration::from_secs;
    let healed = match what {
        Break::None => return Ok(None),
        Break::HomeMoves => {
            ground.home.moves()?;
            Instant::now()
        }
        Break::OfficeMoves => {
            ground.office.moves()?;
            Instant::now()
        }
        Break::RelayRestarts => {
            call.relay.kill();
            let still = call.goes_on_for(seconds(8))?;
            ensure!(still < HICCUP && call.losses == 0, "the relay's end was felt: {still:?}");
            ground.relay().0.run(|| call.relay.restart())?;
            let still = call.goes_on_for(seconds(8))?;
            ensure!(still < HICCUP && call.losses == 0, "the relay's return was felt: {still:?}");
            // Both ends must have found it again: only through it is a lost path mended.
            ground.home.moves()?;
            Instant::now()
        }
        Break::Loss(share) => {
            ground.net.set(LINE.losing(f64::from(share) / 100.0));
            call.goes_on_for(seconds(10))?;
            ensure!(call.losses == 0, "the call was given up, though most of it arrived");
            ground.net.set(LINE);
            Instant::now()
        }
        Break::Silence(time) => {
            ground.net.set(SILENT);
            let begun = Instant::now();
            call.customer_reads(ground, "cannot reach the internet", seconds(20))?;
            call.goes_on_for(seconds(time).saturating_sub(begun.elapsed()))?;
            ground.net.set(LINE);
            Instant::now()
        }
        Break::Forgetful(remembers) => {
            ground.remembers_for(remembers)?;
            let ticker = call.quiet()?;
            sleep(seconds(u64::from(remembers) * 5));
            call.goes_on_for(Duration::ZERO)?;
            ensure!(call.losses == 0, "a still screen cost the connection");
            drop(ticker);
            call.obeys()?;
            return Ok(Some(Duration::ZERO));
        }
        Break::HelperSleeps(time) => {
            call.helper_stands(Signal::Stop)?;
            call.goes_on_for(seconds(time))?;
            call.helper_stands(Signal::Continue)?;
            Instant::now()
        }
        Break::ConsoleSleeps(time) => {
            call.probe_stands(Signal::Stop)?;
            call.customer_reads(ground, "A new way to your technician", seconds(20))?;
            sleep(seconds(time));
            call.probe_stands(Signal::Continue)?;
            Instant::now()
        }
        Break::ClockJumps(hours) => {
            let Some(clock) = clock else { return Ok(None) };
            clock.set(hours * 3600)?;
            let still = call.goes_on_for(seconds(6))?;
            ensure!(still < HICCUP && call.losses == 0, "the clock's jump was felt: {still:?}");
            // Whatever is signed, granted or awaited from now on must hold too.
            ground.home.moves()?;
            Instant::now()
        }
    };
    call.recovers(healed, PATIENCE).map(Some)
}
