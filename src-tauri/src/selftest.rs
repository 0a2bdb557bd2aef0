//! The self-test: tries the way to the relay that customers are given, and tells in few words what works.
//!
//! Whether the relay is reached from outside is never concluded from here: it is known only when somebody outside has
//! opened the link.

use std::time::Duration;

use deskhand_link::{
    relay::{Lost, Route},
    selftest::{Findings, try_out},
    tls::Certificate,
};
use deskhand_protocol::{UnixMillis, relay::http::Opened};
use serde::Serialize;

use crate::{
    console::Console,
    ipc::{IpcError, IpcErrorCode, RelayPlace},
    sessions::now,
};

/// What answers at the relay's port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum PortFound {
    /// The relay.
    Relay,
    /// Nobody.
    Nobody,
    /// The proxy, which does not let it through.
    Proxy,
    /// Something else.
    Other,
}

/// How the relay's certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum TlsFound {
    /// One that every system trusts.
    Trusted,
    /// The relay's own, which packages and codes vouch for.
    Own,
    /// None is needed: the relay is reached on this computer only.
    NotNeeded,
    /// Another than the one expected.
    Wrong,
    /// Nothing answered that could show one.
    Unknown,
}

/// What a self-test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct SelfTestView {
    /// The address that was tried: the first that customers are given.
    pub address: String,
    /// The proxy that was used.
    pub proxy: Option<String>,
    /// What answers there.
    pub port: PortFound,
    /// Its certificate.
    pub tls: TlsFound,
    /// Whether UDP reaches the relay.
    pub udp: bool,
    /// Milliseconds until a call through the relay stood, by UDP.
    pub by_udp_ms: Option<u32>,
    /// The same by the TLS port only.
    pub by_tls_ms: Option<u32>,
    /// How far the relay's clock is ahead of this computer's, in milliseconds; `None` when it is this computer's.
    pub clock_ms: Option<i32>,
    /// Names the links in `link_opened`.
    pub link: String,
    /// Links for somebody outside; empty while only this computer can call.
    pub links: Vec<String>,
}

/// Who has opened the link so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ReachView {
    /// When somebody outside did, the last time: the proof.
    pub outside: Option<UnixMillis>,
    /// When somebody did of whom it cannot be told, the last time.
    pub nearby: Option<UnixMillis>,
}

impl Console {
    /// Tries the way to the relay that customers are given. Takes up to half a minute when much is blocked.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] when the relay does not answer this console.
    pub async fn self_test(&self) -> Result<SelfTestView, IpcError> {
        let home = self.shared.home();
        let asked = now();
        let test = home.http.self_test().await?;
        let answered = now();
        let relay = home.package_relays().into_iter().next();
        let relay = relay.ok_or_else(|| IpcError::of(IpcErrorCode::Internal, "the relay has no address"))?;
        let route = Route::packaged(&relay);
        let found = try_out(&route, &test.helper, &test.console).await;
        let clock_ms = match home.place() {
            RelayPlace::Inside => None,
            RelayPlace::Elsewhere => Some(ahead(test.now, asked, answered)),
        };
        let links = home.public_addresses().iter().map(|address| format!("{address}/reach/{}", test.link)).collect();
        Ok(view(route.address.to_string(), found, clock_ms, test.link, links))
    }

    /// Who has opened the link of a self-test.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`], or [`IpcErrorCode::UnknownSession`] when the link is too old.
    pub async fn link_opened(&self, link: &str) -> Result<ReachView, IpcError> {
        // It becomes part of a path.
        if link.is_empty() || !link.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(IpcError::of(IpcErrorCode::BadInput, "not a link"));
        }
        let opened = self.shared.http().link_opened(link).await?;
        let last = |outside: bool| {
            let of_kind = opened.iter().filter(|opened: &&Opened| opened.outside == outside);
            of_kind.map(|opened| opened.at).max()
        };
        Ok(ReachView { outside: last(true), nearby: last(false) })
    }
}

/// How far the relay's clock is ahead: it was read somewhere between asking and answering.
fn ahead(relay: UnixMillis, asked: UnixMillis, answered: UnixMillis) -> i32 {
    let between = asked.0 + (answered.0 - asked.0) / 2;
    let ahead = relay.0.saturating_sub(between);
    i32::try_from(ahead).unwrap_or(if ahead > 0 { i32::MAX } else { i32::MIN })
}

fn view(address: String, found: Findings, clock_ms: Option<i32>, link: String, links: Vec<String>) -> SelfTestView {
    let (port, tls) = match found.met {
        Ok(Certificate::Loopback) => (PortFound::Relay, TlsFound::NotNeeded),
        Ok(Certificate::Trusted(_)) => (PortFound::Relay, TlsFound::Trusted),
        Ok(Certificate::Pinned(_) | Certificate::Provisional(_)) => (PortFound::Relay, TlsFound::Own),
        Err(Lost::Certificate) => (PortFound::Other, TlsFound::Wrong),
        Err(Lost::Proxy) => (PortFound::Proxy, TlsFound::Unknown),
        Err(Lost::NotARelay | Lost::Refused(_)) => (PortFound::Other, TlsFound::Unknown),
        Err(_) => (PortFound::Nobody, TlsFound::Unknown),
    };
    let millis = |took: Option<Duration>| took.map(|took| u32::try_from(took.as_millis()).unwrap_or(u32::MAX));
    SelfTestView {
        address,
        proxy: found.proxy,
        port,
        tls,
        udp: found.udp.is_some(),
        by_udp_ms: millis(found.by_udp),
        by_tls_ms: millis(found.by_tls),
        clock_ms,
        link,
        links,
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::key::Digest;

    use super::*;

    fn found(met: Result<Certificate, Lost>) -> SelfTestView {
        let findings = Findings { met, proxy: None, udp: None, by_udp: None, by_tls: Some(Duration::from_millis(7)) };
        view("https://help.example.org".to_owned(), findings, None, "A".to_owned(), Vec::new())
    }

    #[test]
    fn every_way_to_fail_is_told_apart() {
        let pin = Digest([1; 32]);
        for (met, port, tls) in [
            (Ok(Certificate::Loopback), PortFound::Relay, TlsFound::NotNeeded),
            (Ok(Certificate::Trusted(pin)), PortFound::Relay, TlsFound::Trusted),
            (Ok(Certificate::Pinned(pin)), PortFound::Relay, TlsFound::Own),
            (Err(Lost::Certificate), PortFound::Other, TlsFound::Wrong),
            (Err(Lost::Proxy), PortFound::Proxy, TlsFound::Unknown),
            (Err(Lost::NotARelay), PortFound::Other, TlsFound::Unknown),
            (Err(Lost::Unreachable), PortFound::Nobody, TlsFound::Unknown),
        ] {
            let view = found(met);
            assert_eq!((view.port, view.tls, view.by_tls_ms), (port, tls, Some(7)));
        }
    }

    #[test]
    fn clocks_are_compared_at_the_middle_of_the_question() {
        let at = UnixMillis;
        assert_eq!(ahead(at(5_000), at(1_000), at(1_200)), 3_900);
        assert_eq!(ahead(at(1_100), at(1_000), at(1_200)), 0);
        assert_eq!(ahead(at(i64::MAX), at(0), at(0)), i32::MAX);
    }
}
