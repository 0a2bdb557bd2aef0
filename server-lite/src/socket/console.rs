//! The console's socket: shows its token or came with a browser's cookie, passes signals, writes and reports.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::WebSocket;
use deskhand_protocol::{
    PROTOCOL_VERSION,
    id::{SessionId, TechnicianId},
    limit::{SIGNAL, SOCKET_GREETING, VIEWED},
    relay::console_socket::{ConsoleToRelay, RelayToConsole},
};
use tokio::time::{MissedTickBehavior, interval_at, timeout};

use super::{Gone, Line, Turn, is_last, out_of_order, parse, stopping, too_large, too_late};
use crate::{
    account::{self, Signed, live::Open},
    acts::{chat, reports},
    app::App,
    clock,
    door::Door,
    hub::{Able, Outlet, frame},
    refusal::Refusal,
    store::browsers,
};

/// How often it is looked whether the time of a browser's session has come.
const LOOK: Duration = Duration::from_secs(60);

/// The messages of this version.
pub(crate) const KNOWN: [&str; 6] = ["hello", "signal", "chat", "chat_marks", "report", "viewing"];

/// Serves one socket until it closes.
pub(crate) async fn serve(socket: WebSocket, app: Arc<App>, door: Door, signed: Option<Signed>) {
    let mut line = Line::new(socket);
    let open = signed.and_then(|signed| Some((signed, app.accounts.as_ref()?.live.open(signed.session))));
    let greeted = tokio::select! {
        refusal = stopping(&door.way.stop) => Ok(Err(refusal)),
        greeted = timeout(SOCKET_GREETING, greet(&mut line, &app, signed)) => greeted.unwrap_or(Ok(Err(too_late()))),
    };
    let (technician, open, marks) = match greeted {
        Ok(Ok((By::Token(technician), marks))) => (technician, None, marks),
        Ok(Ok((By::Cookie(technician), marks))) => (technician, open, marks),
        Ok(Err(refusal)) => return line.last(error(None, refusal)).await,
        Err(Gone) => return,
    };
    let mut outlet = app.hub.console_came(technician, Able { udp: door.way.udp, marks });
    tracing::debug!(connection = outlet.id.0, %technician, "a console is connected");
    let last = converse(&mut line, &app, &door, (technician, open.as_ref()), &mut outlet).await;
    app.hub.console_left(technician, outlet.id).await;
    if let Some((signed, _)) = &open {
        // From now on it is idle.
        note_use(&app, *signed).await;
    }
    if let Some(last) = last {
        line.last(last).await;
    }
}

fn error(session: Option<SessionId>, refusal: Refusal) -> String {
    frame(&RelayToConsole::Error { session, error: refusal.wire() })
}

/// By what a console is known.
enum By {
    Token(TechnicianId),
    Cookie(TechnicianId),
}

/// Who it is, and whether it understands marks.
async fn greet(line: &mut Line, app: &App, signed: Option<Signed>) -> Result<Result<(By, bool), Refusal>, Gone> {
    Ok(match line.read().await?.and_then(|text| parse(&text, &KNOWN)) {
        Ok(ConsoleToRelay::Hello { version, token: Some(token), marks }) if version == PROTOCOL_VERSION => {
            let technician = app.auth.technician(&token).ok_or_else(Refusal::unauthenticated);
            technician.map(|technician| (By::Token(technician), marks))
        }
        Ok(ConsoleToRelay::Hello { version, token: None, marks }) if version == PROTOCOL_VERSION => match signed {
            // It may have been ended while this socket opened.
            Some(signed) if lives(app, signed).await => Ok((By::Cookie(signed.technician), marks)),
            _ => Err(Refusal::unauthenticated()),
        },
        Ok(ConsoleToRelay::Hello { .. }) => Err(Refusal::version()),
        Ok(_) => Err(out_of_order()),
        Err(refusal) => Err(refusal),
    })
}

/// Whether a browser's session is still good.
async fn lives(app: &App, signed: Signed) -> bool {
    let lives = app.store.read(move |db| browsers::lives(db, signed.session, clock::wall())).await;
    lives.unwrap_or_else(|error| {
        tracing::warn!(%error, "it could not be read whether a session is still good");
        false
    })
}

async fn note_use(app: &App, signed: Signed) {
    if let Err(error) = account::note_use(app, signed.session).await {
        tracing::warn!(%error, "it could not be noted that a session is used");
    }
}

/// Waits until a browser's session is over: it was ended, or its time has come. Meanwhile it counts as used.
async fn session_over(app: &App, open: Option<&(Signed, Open)>) -> Refusal {
    let Some((signed, open)) = open else { return std::future::pending().await };
    let mut looks = interval_at((Instant::now() + LOOK).into(), LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = open.ended.cancelled() => return Refusal::unauthenticated(),
            _ = looks.tick() => {
                if !lives(app, *signed).await {
                    return Refusal::unauthenticated();
                }
                note_use(app, *signed).await;
            }
        }
    }
}

/// Everything after the greeting. Gives a last frame if there is one to send.
async fn converse(
    line: &mut Line,
    app: &App,
    door: &Door,
    (technician, open): (TechnicianId, Option<&(Signed, Open)>),
    outlet: &mut Outlet,
) -> Option<String> {
    let mut over = std::pin::pin!(session_over(app, open));
    loop {
        let turn = tokio::select! {
            refusal = stopping(&door.way.stop) => return Some(error(None, refusal)),
            refusal = over.as_mut() => return Some(error(None, refusal)),
            turn = line.turn(outlet) => turn.ok()?,
        };
        let taken = match turn {
            Ok(Turn::Nothing) => continue,
            Ok(Turn::Text(text)) => take(line, app, technician, &text).await,
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

type Taken = Result<Option<RelayToConsole>, (Option<SessionId>, Refusal)>;

async fn take(line: &mut Line, app: &App, technician: TechnicianId, text: &str) -> Taken {
    let message = parse(text, &KNOWN).map_err(|refusal| (None, refusal))?;
    match message {
        ConsoleToRelay::Hello { .. } => Err((None, out_of_order())),
        ConsoleToRelay::Signal { session, signal } => {
            let about = |refusal| (Some(session), refusal);
            if signal.len() > SIGNAL {
                return Err(about(too_large()));
            }
            app.hub.signal_to_helper(technician, session, signal).map_err(about)?;
            Ok(None)
        }
        ConsoleToRelay::Chat { session, id, text } => {
            let about = |refusal| (Some(session), refusal);
            line.count_record().map_err(about)?;
            let stored =
                app.store.write(move |change| chat::by_technician(change, technician, session, (id, text))).await;
            Ok(stored.map_err(about)?.map(|message| RelayToConsole::Chat { message }))
        }
        ConsoleToRelay::ChatMarks { session, marks } => {
            // Not counted as a record: what is written is bounded by the messages that the other end may write.
            let noted =
                app.store.write(move |change| chat::taken_in_by_technician(change, technician, session, marks)).await;
            noted.map_err(|refusal| (Some(session), refusal))?;
            Ok(None)
        }
        ConsoleToRelay::Report { session, report } => {
            let about = |refusal| (Some(session), refusal);
            line.count_record().map_err(about)?;
            let stored = app.store.write(move |change| reports::by_console(change, technician, session, &report)).await;
            stored.map_err(about)?;
            Ok(None)
        }
        ConsoleToRelay::Viewing { sessions } => {
            if sessions.len() > VIEWED {
                return Err((None, Refusal::malformed("that is more than anybody looks at")));
            }
            app.hub.views(technician, &sessions).await;
            Ok(None)
        }
    }
}
