//! The console's socket: shows its token, passes signals, writes and reports.

use std::sync::Arc;

use axum::extract::ws::WebSocket;
use deskhand_protocol::{
    PROTOCOL_VERSION,
    id::{SessionId, TechnicianId},
    limit::{SIGNAL, SOCKET_GREETING, VIEWED},
    relay::console_socket::{ConsoleToRelay, RelayToConsole},
};
use tokio::time::timeout;

use super::{Gone, Line, Turn, is_last, out_of_order, parse, stopping, too_large, too_late};
use crate::{
    acts::{chat, reports},
    app::App,
    door::Door,
    hub::{Outlet, frame},
    refusal::Refusal,
};

/// The messages of this version.
pub(crate) const KNOWN: [&str; 5] = ["hello", "signal", "chat", "report", "viewing"];

/// Serves one socket until it closes.
pub(crate) async fn serve(socket: WebSocket, app: Arc<App>, door: Door) {
    let mut line = Line::new(socket);
    let greeted = tokio::select! {
        refusal = stopping(&door.way.stop) => Ok(Err(refusal)),
        greeted = timeout(SOCKET_GREETING, greet(&mut line, &app)) => greeted.unwrap_or(Ok(Err(too_late()))),
    };
    let technician = match greeted {
        Ok(Ok(technician)) => technician,
        Ok(Err(refusal)) => return line.last(error(None, refusal)).await,
        Err(Gone) => return,
    };
    let mut outlet = app.hub.console_came(technician, door.way.udp);
    tracing::debug!(connection = outlet.id.0, %technician, "a console is connected");
    let last = converse(&mut line, &app, &door, technician, &mut outlet).await;
    app.hub.console_left(technician, outlet.id).await;
    if let Some(last) = last {
        line.last(last).await;
    }
}

fn error(session: Option<SessionId>, refusal: Refusal) -> String {
    frame(&RelayToConsole::Error { session, error: refusal.wire() })
}

async fn greet(line: &mut Line, app: &App) -> Result<Result<TechnicianId, Refusal>, Gone> {
    Ok(match line.read().await?.and_then(|text| parse(&text, &KNOWN)) {
        Ok(ConsoleToRelay::Hello { version, token }) if version == PROTOCOL_VERSION => {
            app.auth.technician(&token).ok_or_else(Refusal::unauthenticated)
        }
        Ok(ConsoleToRelay::Hello { .. }) => Err(Refusal::version()),
        Ok(_) => Err(out_of_order()),
        Err(refusal) => Err(refusal),
    })
}

/// Everything after the greeting. Gives a last frame if there is one to send.
async fn converse(
    line: &mut Line,
    app: &App,
    door: &Door,
    technician: TechnicianId,
    outlet: &mut Outlet,
) -> Option<String> {
    loop {
        let turn = tokio::select! {
            refusal = stopping(&door.way.stop) => return Some(error(None, refusal)),
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
