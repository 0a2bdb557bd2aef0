//! The helper's socket: proves its key, claims or resumes sessions, passes signals, writes and reports.

use std::sync::Arc;

use axum::extract::ws::WebSocket;
use deskhand_core::switchboard::ConnectionId;
use deskhand_protocol::{
    PROTOCOL_VERSION,
    code::Finder,
    error::ErrorCode,
    id::SessionId,
    key::{Nonce, PublicKey},
    limit::{SIGNAL, SOCKET_GREETING},
    record::{DeviceFacts, Via},
    relay::{
        Prover,
        helper_socket::{HelperToRelay, RelayToHelper},
    },
    text::Name,
};
use tokio::time::timeout;

use super::{Gone, Line, Turn, is_last, out_of_order, parse, stopping, too_large, too_late};
use crate::{
    acts::{
        chat,
        claims::{self, Caller, Leaving, Resumed},
        reports,
    },
    app::App,
    clock,
    door::Door,
    hub::{Able, Outlet, frame},
    identity,
    refusal::Refusal,
    store::{StoreError, devices},
};

/// The messages of this version.
pub(crate) const KNOWN: [&str; 8] = ["hello", "prove", "claim", "resume", "signal", "chat", "chat_marks", "report"];
/// Sessions on one connection: a helper has one; a few more are room for what is to come.
const SESSIONS: usize = 8;

/// Serves one socket until it closes.
pub(crate) async fn serve(socket: WebSocket, app: Arc<App>, door: Door) {
    let mut line = Line::new(socket);
    let greeted = tokio::select! {
        refusal = stopping(&door.way.stop) => Ok(Err(refusal)),
        greeted = timeout(SOCKET_GREETING, greet(&mut line, &app)) => greeted.unwrap_or(Ok(Err(too_late()))),
    };
    let (key, facts, marks) = match greeted {
        Ok(Ok(proven)) => proven,
        Ok(Err(refusal)) => return line.last(error(None, refusal)).await,
        Err(Gone) => return,
    };
    let mut outlet = match app.hub.helper_came(key, Able { udp: door.way.udp, marks }).await {
        Ok(outlet) => outlet,
        Err(refused) => return line.last(error(None, refused.into())).await,
    };
    let address = door.caller().to_canonical();
    let from = devices::From { address: Name::lossy(&address.to_string()), location: app.places.of(address) };
    let caller = Caller { connection: outlet.id, key, facts, from };
    tracing::debug!(connection = outlet.id.0, "a helper has proven its key");
    let last = converse(&mut line, &app, &door, &caller, &mut outlet).await;
    // A page that is closed does not come back: its key is gone with it.
    let leaving = match caller.facts.via {
        Via::Browser if line.went_away() => Leaving::ForGood,
        _ => Leaving::Perhaps,
    };
    let left = app.hub.helper_left(key, outlet.id, leaving).await;
    if let Err(error) = left {
        tracing::warn!(%error, "it could not be stored that a helper left");
    }
    if let Some(last) = last {
        line.last(last).await;
    }
}

fn error(session: Option<SessionId>, refusal: Refusal) -> String {
    frame(&RelayToHelper::Error { session, error: refusal.wire() })
}

/// Hello, challenge, proof. Who it is, and whether it understands marks.
async fn greet(line: &mut Line, app: &App) -> Result<Result<(PublicKey, DeviceFacts, bool), Refusal>, Gone> {
    let hello = match line.read().await?.and_then(|text| parse(&text, &KNOWN)) {
        Ok(HelperToRelay::Hello { version, key, nonce, marks }) if version == PROTOCOL_VERSION => (key, nonce, marks),
        Ok(HelperToRelay::Hello { .. }) => return Ok(Err(Refusal::version())),
        Ok(_) => return Ok(Err(out_of_order())),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (key, own_nonce, marks) = hello;
    let relay = app.auth.relay();
    let nonce = match clock::random() {
        Ok(nonce) => Nonce(nonce),
        Err(error) => return Ok(Err(error.into())),
    };
    line.send(frame(&RelayToHelper::Challenge { version: PROTOCOL_VERSION, relay, nonce })).await?;
    match line.read().await?.and_then(|text| parse(&text, &KNOWN)) {
        Ok(HelperToRelay::Prove { signature, facts }) => {
            let proven = identity::proves(Prover::Helper, &relay, &key, (&nonce, &own_nonce), &signature);
            Ok(if proven { Ok((key, facts, marks)) } else { Err(Refusal::unauthenticated()) })
        }
        Ok(_) => Ok(Err(out_of_order())),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Everything after the greeting. Gives a last frame if there is one to send.
async fn converse(
    line: &mut Line,
    app: &Arc<App>,
    door: &Door,
    caller: &Caller,
    outlet: &mut Outlet,
) -> Option<String> {
    loop {
        let turn = tokio::select! {
            refusal = stopping(&door.way.stop) => return Some(error(None, refusal)),
            turn = line.turn(outlet) => turn.ok()?,
        };
        let taken = match turn {
            Ok(Turn::Nothing) => continue,
            Ok(Turn::Text(text)) => take(line, app, door, caller, &text).await,
            Err(refusal) => Err((None, refusal)),
        };
        match taken {
            Ok(None) => {}
            Ok(Some(answer)) => line.send(frame(&answer)).await.ok()?,
            Err((session, refusal)) if is_last(refusal) => return Some(error(session, refusal)),
            Err((session, refusal)) => line.send(error(session, refusal)).await.ok()?,
        }
    }
}

type Taken = Result<Option<RelayToHelper>, (Option<SessionId>, Refusal)>;

async fn take(line: &mut Line, app: &Arc<App>, door: &Door, caller: &Caller, text: &str) -> Taken {
    let whole = |refusal| (None, refusal);
    match parse(text, &KNOWN).map_err(whole)? {
        HelperToRelay::Hello { .. } | HelperToRelay::Prove { .. } => Err(whole(out_of_order())),
        HelperToRelay::Claim { finder } => {
            line.count_record().map_err(whole)?;
            claim(app, door, caller, &finder).await.map_err(whole)
        }
        HelperToRelay::Resume { session } => {
            let about = |refusal| (Some(session), refusal);
            line.count_record().map_err(about)?;
            room(app, caller.connection, session).map_err(about)?;
            let asking = caller.clone();
            let resumed = app.store.write(move |change| claims::resume(change, &asking, session)).await;
            match resumed.map_err(about)? {
                Resumed::TakenUp => {
                    find_place(app, door, caller, session);
                    Ok(None)
                }
                Resumed::Over(reason) => Ok(Some(RelayToHelper::Ended { session, reason })),
            }
        }
        HelperToRelay::Signal { session, signal } => {
            let about = |refusal| (Some(session), refusal);
            if signal.len() > SIGNAL {
                return Err(about(too_large()));
            }
            app.hub.signal_to_console(caller.connection, session, signal).map_err(about)?;
            Ok(None)
        }
        HelperToRelay::Chat { session, id, text } => {
            let about = |refusal| (Some(session), refusal);
            line.count_record().map_err(about)?;
            taken_up(app, caller.connection, session).map_err(about)?;
            let stored = app.store.write(move |change| chat::by_customer(change, session, (id, text))).await;
            Ok(stored.map_err(about)?.map(|message| RelayToHelper::Chat { message }))
        }
        HelperToRelay::ChatMarks { session, marks } => {
            let about = |refusal| (Some(session), refusal);
            taken_up(app, caller.connection, session).map_err(about)?;
            // Not counted as a record: what is written is bounded by the messages that the other end may write.
            app.store.write(move |change| chat::taken_in_by_customer(change, session, marks)).await.map_err(about)?;
            Ok(None)
        }
        HelperToRelay::Report { session, report } => {
            let about = |refusal| (Some(session), refusal);
            line.count_record().map_err(about)?;
            taken_up(app, caller.connection, session).map_err(about)?;
            app.store.write(move |change| reports::by_helper(change, session, &report)).await.map_err(about)?;
            Ok(None)
        }
    }
}

/// A wrong code is counted before it is looked up; a right one is given back.
async fn claim(
    app: &Arc<App>,
    door: &Door,
    caller: &Caller,
    finder: &Finder,
) -> Result<Option<RelayToHelper>, Refusal> {
    let (address, spoken) = (door.caller(), finder.is_spoken());
    app.codes.with(|limiter, now| if spoken { limiter.take(address, now) } else { limiter.take_own(address, now) })?;
    if app.hub.taken_up(caller.connection) >= SESSIONS {
        return Err(FULL);
    }
    let (asking, digest) = (caller.clone(), finder.digest());
    match app.store.write(move |change| claims::claim(change, &asking, &digest)).await {
        Ok(session) => {
            find_place(app, door, caller, session);
            app.codes.with(
                |limiter, now| {
                    if spoken { limiter.give_back(address, now) } else { limiter.give_back_own(address, now) }
                },
            );
            Ok(None)
        }
        Err(refusal) => {
            if refusal.code == ErrorCode::InvalidCode {
                let noted: Result<(), StoreError> =
                    app.store.write(move |change| claims::refused(change, address)).await;
                noted?;
            }
            Err(refusal)
        }
    }
}

/// Asks a provider where the helper is, if that is not known and the owner has chosen one. Nobody waits for it.
fn find_place(app: &Arc<App>, door: &Door, caller: &Caller, session: SessionId) {
    if caller.from.location.is_some() || !app.places.asks() {
        return;
    }
    let (app, caller, stop) = (Arc::clone(app), caller.clone(), door.way.stop.clone());
    app.tasks.clone().spawn(async move {
        let (key, address) = (caller.key, caller.from.address.clone());
        let unplaced = app.store.read(move |db| devices::is_unplaced(db, &key, &address)).await;
        let Ok(ip) = caller.from.address.as_str().parse() else { return };
        if !matches!(unplaced, Ok(true)) {
            return;
        }
        let Some(Some(place)) = stop.run_until_cancelled(app.places.ask(ip)).await else { return };
        let placed: Result<(), Refusal> =
            app.store.write(move |change| claims::placed(change, &caller, session, &place)).await;
        if let Err(refusal) = placed {
            tracing::debug!(detail = refusal.detail, "a place came too late");
        }
    });
}

const FULL: Refusal = Refusal::new(ErrorCode::Conflict, "this connection has enough sessions");

fn room(app: &App, connection: ConnectionId, session: SessionId) -> Result<(), Refusal> {
    if app.hub.taken_up(connection) < SESSIONS || app.hub.has_taken_up(connection, session) {
        Ok(())
    } else {
        Err(FULL)
    }
}

fn taken_up(app: &App, connection: ConnectionId, session: SessionId) -> Result<(), Refusal> {
    if app.hub.has_taken_up(connection, session) { Ok(()) } else { Err(Refusal::not_found()) }
}
