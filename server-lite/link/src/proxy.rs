//! Which HTTP proxy leads to a relay, and how its tunnel is asked for (`CONNECT`, RFC 9110 section 9.3.6).
//!
//! What is looked at, first to last:
//!
//! 1. the environment: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either case;
//! 2. the system's settings: Windows' and macOS' own, on other systems those of GNOME and its relatives (`gsettings`).
//!
//! A proxy that is named is used, and no way around it is tried: whoever set it wants so. A relay on this computer is
//! never reached by one. Settings that are a script (PAC) and SOCKS proxies are not understood and count as none.
//!
//! What passes through the proxy is TLS with the relay; the proxy sees the relay's name.

use std::{env, fmt, net::IpAddr, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use deskhand_protocol::code::RelayAddress;
use hyper_util::client::proxy::matcher::Matcher;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use url::{Host, Url};

use crate::relay::Lost;

/// The longest answer to `CONNECT`: some proxies send a page with a refusal.
const ANSWER: usize = 16 * 1024;

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    host: String,
    port: u16,
    /// User and password.
    user: Option<(String, String)>,
}

/// Prints no password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Proxy {
    /// The proxy to this relay, as the environment or the system has it now. May take some milliseconds: not to be
    /// called where nothing may wait.
    #[must_use]
    pub fn to(relay: &RelayAddress) -> Option<Self> {
        if relay.is_loopback() {
            return None;
        }
        let named = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let by_environment = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].into_iter().any(named);
        if by_environment || cfg!(any(windows, target_os = "macos")) {
            return Self::by(&Matcher::from_system(), relay);
        }
        Self::by(&desktop(&desktop_settings()?)?, relay)
    }

    fn by(matcher: &Matcher, relay: &RelayAddress) -> Option<Self> {
        let intercept = matcher.intercept(&relay.url().as_str().parse().ok()?)?;
        let uri = intercept.uri();
        if uri.scheme_str() != Some("http") {
            tracing::warn!("a proxy is set that is not an HTTP proxy; it is not used");
            return None;
        }
        let user = intercept.basic_auth().and_then(|value| {
            let decoded = STANDARD.decode(value.to_str().ok()?.strip_prefix("Basic ")?).ok()?;
            let text = String::from_utf8(decoded).ok()?;
            text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
        });
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        Some(Self { host, port: uri.port_u16().unwrap_or(80), user })
    }

    /// Where it is, for a client that speaks to proxies itself; without user and password.
    #[must_use]
    pub fn url(&self) -> String {
        match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V6(ip)) => format!("http://[{ip}]:{}", self.port),
            _ => format!("http://{}:{}", self.host, self.port),
        }
    }

    /// User and password.
    #[must_use]
    pub fn user(&self) -> Option<(&str, &str)> {
        self.user.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// A connection through it to host and port of `url`.
    pub(crate) async fn connect(&self, url: &Url) -> Result<TcpStream, Lost> {
        let port = url.port_or_known_default().ok_or(Lost::Unreachable)?;
        let host = match url.host().ok_or(Lost::Unreachable)? {
            Host::Ipv6(ip) => format!("[{ip}]"),
            host => host.to_string(),
        };
        let mut stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(|_| Lost::Proxy)?;
        let user = self.user.as_ref().map(|(user, password)| {
            format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(format!("{user}:{password}")))
        });
        let ask = format!(
            "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{}\r\n",
            user.as_deref().unwrap_or_default()
        );
        stream.write_all(ask.as_bytes()).await.map_err(|_| Lost::Proxy)?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            // Byte by byte: what follows the head is the relay's. It is a hundred bytes, once.
            let byte = stream.read_u8().await.map_err(|_| Lost::Proxy)?;
            answer.push(byte);
            if answer.len() > ANSWER {
                return Err(Lost::Proxy);
            }
        }
        if grants(&answer) { Ok(stream) } else { Err(Lost::Proxy) }
    }
}

/// Whether an answer to `CONNECT` opens the tunnel.
fn grants(answer: &[u8]) -> bool {
    let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ');
    let version = words.next().is_some_and(|word| word.starts_with(b"HTTP/1."));
    version && words.next().is_some_and(|code| code.len() == 3 && code.starts_with(b"2"))
}

/// What the desktop says, if it is one that keeps such settings.
fn desktop_settings() -> Option<String> {
    env::var_os("XDG_CURRENT_DESKTOP")?;
    let output = Command::new("gsettings").args(["list-recursively", "org.gnome.system.proxy"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Reads the lines of `gsettings list-recursively`: schema, key, value.
fn desktop(settings: &str) -> Option<Matcher> {
    let value = |schema: &str, key: &str| {
        settings.lines().find_map(|line| {
            let (found, rest) = line.split_once(' ')?;
            let (name, value) = rest.split_once(' ')?;
            (found == schema && name == key).then(|| value.trim().trim_matches('\''))
        })
    };
    if value("org.gnome.system.proxy", "mode") != Some("manual") {
        return None;
    }
    let host = value("org.gnome.system.proxy.https", "host").filter(|host| !host.is_empty())?;
    let port: u16 = value("org.gnome.system.proxy.https", "port")?.parse().ok().filter(|port| *port != 0)?;
    let ignored = value("org.gnome.system.proxy", "ignore-hosts").unwrap_or_default();
    let ignored: Vec<&str> = ignored
        .trim_start_matches("@as ")
        .trim_matches(['[', ']'])
        .split(',')
        // `*.example.org` here is `.example.org` there.
        .map(|host| host.trim().trim_matches('\'').trim_start_matches('*'))
        .filter(|host| !host.is_empty())
        .collect();
    Some(Matcher::builder().https(format!("http://{host}:{port}")).no(ignored.join(",")).build())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    fn relay(text: &str) -> RelayAddress {
        text.parse().unwrap()
    }

    fn to(matcher: &Matcher, text: &str) -> Option<Proxy> {
        Proxy::by(matcher, &relay(text))
    }

    #[test]
    fn what_is_named_is_used_but_for_what_is_excepted() {
        let matcher = Matcher::builder()
            .all("http://ada:s%40crt@proxy.example.org:3128")
            .no(".inner.example.org,10.0.0.0/8")
            .build();
        let proxy = to(&matcher, "https://help.example.org").unwrap();
        assert_eq!(proxy.url(), "http://proxy.example.org:3128");
        assert_eq!(proxy.user(), Some(("ada", "s@crt")));
        assert_eq!(to(&matcher, "https://relay.inner.example.org:7470"), None);
        assert_eq!(to(&matcher, "https://10.1.2.3:7470"), None);
        assert!(to(&matcher, "https://192.0.2.3:7470").is_some());
    }

    #[test]
    fn a_relay_on_this_computer_needs_no_proxy() {
        assert_eq!(Proxy::to(&relay("http://127.0.0.1:7470")), None);
    }

    #[test]
    fn a_proxy_of_another_kind_counts_as_none() {
        let matcher = Matcher::builder().all("socks5://proxy.example.org:1080").build();
        assert_eq!(to(&matcher, "https://help.example.org"), None);
    }

    #[test]
    fn the_desktops_settings_are_read() {
        let manual = "org.gnome.system.proxy mode 'manual'\n\
            org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '*.inner.example.org']\n\
            org.gnome.system.proxy.http host 'other'\n\
            org.gnome.system.proxy.https host 'proxy.example.org'\n\
            org.gnome.system.proxy.https port 3128\n";
        let matcher = desktop(manual).unwrap();
        assert_eq!(to(&matcher, "https://help.example.org").unwrap().url(), "http://proxy.example.org:3128");
        assert_eq!(to(&matcher, "https://a.inner.example.org"), None);
        for none in [
            manual.replace("'manual'", "'none'"),
            manual.replace("'manual'", "'auto'"),
            manual.replace("3128", "0"),
            manual.replace("'proxy.example.org'", "''"),
            String::new(),
            "garbage\n\u{0}".to_owned(),
        ] {
            assert!(desktop(&none).is_none(), "{none}");
        }
    }

    #[test]
    fn only_a_two_hundred_opens_the_tunnel() {
        for good in ["HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 204 \r\n\r\n", "HTTP/1.1 200\r\n\r\n"] {
            assert!(grants(good.as_bytes()), "{good:?}");
        }
        for bad in
            ["HTTP/1.1 407 Who?\r\n\r\n", "HTTP/1.1 20 \r\n\r\n", "SSH-2.0 200\r\n\r\n", "\r\n\r\n", "", "HTTP/2 200"]
        {
            assert!(!grants(bad.as_bytes()), "{bad:?}");
        }
    }

    #[test]
    fn no_password_is_printed() {
        let proxy = Proxy { host: "proxy".to_owned(), port: 1, user: Some(("USER".to_owned(), "SECRET".to_owned())) };
        let printed = format!("{proxy:?}");
        assert!(!printed.contains("SECRET") && !printed.contains("USER"), "{printed}");
    }

    /// A proxy that answers with these bytes; gives what it was asked.
    async fn answers(answer: Vec<u8>) -> (Result<TcpStream, Lost>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Proxy { host: "127.0.0.1".to_owned(), port, user: Some(("ada".to_owned(), "pass".to_owned())) };
        let asked = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let len = stream.read(&mut asked).await.unwrap();
            let _ = stream.write_all(&answer).await;
            asked.truncate(len);
            String::from_utf8(asked).unwrap()
        };
        let url = Url::parse("https://help.example.org/").unwrap();
        tokio::join!(proxy.connect(&url), asked)
    }

    #[tokio::test]
    async fn it_asks_for_the_relay_and_leaves_the_relays_bytes_alone() {
        let (stream, asked) = answers(b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\nrelay".to_vec()).await;
        assert!(
            asked.starts_with("CONNECT help.example.org:443 HTTP/1.1\r\nHost: help.example.org:443\r\n"),
            "{asked}"
        );
        assert!(asked.contains("\r\nProxy-Authorization: Basic YWRhOnBhc3M=\r\n"), "{asked}");
        let mut rest = String::new();
        stream.unwrap().read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "relay");
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_stalls_or_babbles_is_told_apart_from_a_relay() {
        for answer in
            [b"HTTP/1.1 407 No\r\n\r\n".to_vec(), b"HTTP/1.1 200 OK\r\n".to_vec(), vec![b'x'; ANSWER + 2], Vec::new()]
        {
            assert_eq!(answers(answer).await.0.err(), Some(Lost::Proxy));
        }
    }
}
