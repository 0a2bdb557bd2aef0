//! Proxies that stand before the relay: who they are, and what they say of whom they pass on.
//!
//! Decides whose address a request has. A caller can write anything into `X-Forwarded-For` and `Forwarded`; only what a
//! trusted proxy has put behind it counts. So both are read from the right: trusted proxies are passed over, and the
//! first address that is none of them is the caller's. Nothing further left is looked at.
//!
//! # Invariants
//!
//! - From a peer that is no trusted proxy, no header counts.
//! - What cannot be read, and two headers that disagree, count as the proxy's own address: whoever sends such things is
//!   held up together with all others who do.

use std::{fmt, net::IpAddr, str::FromStr, sync::Arc};

use axum::http::{HeaderMap, HeaderName, header::FORWARDED};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A network of addresses, as `203.0.113.0/24`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a proxy is named by its address or network, as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = match text.trim().split_once('/') {
            None => (text.trim(), None),
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| NotANetwork)?)),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(all);
        if bits > all {
            return Err(NotANetwork);
        }
        Ok(match (address, address.to_canonical()) {
            // An IPv4 network in the form of IPv6.
            (IpAddr::V6(_), IpAddr::V4(mapped)) if bits >= 96 => Self { address: mapped.into(), bits: bits - 96 },
            _ => Self { address, bits },
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Network {
    /// Whether an address is in it.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(u32::from(32 - self.bits)).unwrap_or(0);
                (u32::from(own) ^ u32::from(other)) & mask == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(u32::from(128 - self.bits)).unwrap_or(0);
                (u128::from(own) ^ u128::from(other)) & mask == 0
            }
            _ => false,
        }
    }
}

/// The proxies that are trusted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies(Arc<[Network]>);

impl From<Vec<Network>> for Proxies {
    fn from(networks: Vec<Network>) -> Self {
        Self(networks.into())
    }
}

/// How a request came to the first trusted proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Came {
    /// From whom.
    pub(crate) client: IpAddr,
    /// Whether by HTTPS.
    pub(crate) secure: bool,
}

impl Proxies {
    /// Whether an address is a trusted proxy's.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// What a peer that is a trusted proxy says of a request; `None` for any other peer.
    pub(crate) fn came(&self, peer: IpAddr, headers: &HeaderMap) -> Option<Came> {
        if !self.trust(peer) {
            return None;
        }
        let listed = entries(headers, &FORWARDED_FOR, Quotes::None);
        let elements = entries(headers, &FORWARDED, Quotes::Hold);
        let plain = (!listed.is_empty()).then(|| self.first(peer, listed.iter().map(|entry| address(entry))));
        let formal = (!elements.is_empty()).then(|| {
            self.first(peer, elements.iter().map(|element| value(element, "for").as_deref().and_then(address)))
        });
        let client = match (plain, formal) {
            (Some(one), Some(other)) if one != other => peer,
            (Some(one), _) | (None, Some(one)) => one,
            (None, None) => peer,
        };
        let named = entries(headers, &FORWARDED_PROTO, Quotes::None).pop();
        let formal = elements.last().and_then(|element| value(element, "proto"));
        let is_https = |scheme: &str| scheme.trim().eq_ignore_ascii_case("https");
        let secure = match (&named, &formal) {
            (None, None) => false,
            _ => named.as_deref().is_none_or(is_https) && formal.as_deref().is_none_or(is_https),
        };
        Some(Came { client: client.to_canonical(), secure })
    }

    /// The first address from the right that is no trusted proxy's. Where something cannot be read, whoever has written
    /// it is the last that is known.
    fn first(&self, peer: IpAddr, entries: impl DoubleEndedIterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut nearest = peer;
        for entry in entries.rev() {
            match entry {
                Some(proxy) if self.trust(proxy) => nearest = proxy,
                Some(client) => return client,
                None => return nearest,
            }
        }
        nearest
    }
}

/// Whether a header knows quotes, which hold what would part entries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Hold,
    None,
}

/// Everything a list header holds, in order, over all its lines. A line that is no text is one entry that says nothing.
fn entries(headers: &HeaderMap, name: &HeaderName, quotes: Quotes) -> Vec<String> {
    let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?"));
    lines.flat_map(|line| split(line, ',', quotes)).collect()
}

fn split(text: &str, at: char, quotes: Quotes) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        if c == at && !quoted {
            parts.push(std::mem::take(&mut part));
            continue;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted && quotes == Quotes::Hold,
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    parts
}

/// A parameter of an element of `Forwarded` (RFC 7239, 4), without its quotes. One that is there twice says nothing.
fn value(element: &str, name: &str) -> Option<String> {
    let pairs = split(element, ';', Quotes::Hold);
    let mut found = pairs.iter().filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    });
    found.next().filter(|_| found.next().is_none())
}

/// An address as proxies write it: with a port or without, IPv6 in brackets or not, with a zone or without.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = match text.strip_prefix('[') {
        Some(rest) => {
            let (inside, port) = rest.split_once(']')?;
            is_port(port).then_some(inside)?
        }
        None => match text.split_once(':') {
            // One colon: IPv4 with a port. More: IPv6 without brackets, which can have none.
            Some((host, port)) if !port.contains(':') => is_port(&format!(":{port}")).then_some(host)?,
            _ => text,
        },
    };
    let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
    let address: IpAddr = bare.parse().ok()?;
    let address = address.to_canonical();
    let broadcast = matches!(address, IpAddr::V4(ip) if ip.is_broadcast());
    (!address.is_unspecified() && !address.is_multicast() && !broadcast).then_some(address)
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxies(networks: &[&str]) -> Proxies {
        networks.iter().map(|network| network.parse().unwrap()).collect::<Vec<Network>>().into()
    }

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        map
    }

    fn client(lines: &[(&str, &str)]) -> IpAddr {
        let trusted = proxies(&["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"]);
        trusted.came(ip("127.0.0.1"), &headers(lines)).unwrap().client
    }

    #[test]
    fn networks_are_read_and_hold_their_addresses() {
        for (network, inside, outside) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("192.0.2.0/24", "::ffff:192.0.2.255", "192.0.3.0"),
            ("0.0.0.0/0", "203.0.113.7", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("::ffff:10.0.0.0/104", "10.255.0.1", "11.0.0.1"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.holds(ip(inside)) && !network.holds(ip(outside)), "{network}");
        }
        for wrong in ["", "proxy", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/-1", "192.0.2/24"] {
            assert_eq!(wrong.parse::<Network>(), Err(NotANetwork), "{wrong}");
        }
    }

    #[test]
    fn a_header_of_anybody_else_counts_nothing() {
        let lines = headers(&[("x-forwarded-for", "198.51.100.7"), ("x-forwarded-proto", "https")]);
        assert_eq!(proxies(&["10.0.0.0/8"]).came(ip("192.0.2.1"), &lines), None);
        assert_eq!(Proxies::default().came(ip("127.0.0.1"), &lines), None);
    }

    #[test]
    fn the_caller_is_the_first_from_the_right_that_is_no_proxy() {
        let forwarded = |value| client(&[("x-forwarded-for", value)]);
        assert_eq!(forwarded("198.51.100.7"), ip("198.51.100.7"));
        assert_eq!(
            forwarded("203.0.113.1, 198.51.100.7, 10.1.2.3"),
            ip("198.51.100.7"),
            "what he wrote is left of him"
        );
        assert_eq!(forwarded("198.51.100.7:4711 , 10.1.2.3:80"), ip("198.51.100.7"));
        assert_eq!(forwarded("2001:db8:2::1"), ip("2001:db8:2::1"));
        assert_eq!(forwarded("[2001:db8:2::1]:443, 2001:db8:1::5"), ip("2001:db8:2::1"));
        assert_eq!(forwarded("::ffff:198.51.100.7"), ip("198.51.100.7"));
        assert_eq!(forwarded("fe80::1%eth0"), ip("fe80::1"));
        assert_eq!(forwarded("8.8.8.8, 192.168.7.7"), ip("192.168.7.7"), "a neighbour could have written the rest");
        assert_eq!(forwarded("10.1.1.1, 10.2.2.2"), ip("10.1.1.1"), "a proxy itself");
        assert_eq!(client(&[]), ip("127.0.0.1"));
        let lines =
            [("x-forwarded-for", "203.0.113.1"), ("x-forwarded-for", "198.51.100.7"), ("x-forwarded-for", "10.0.0.1")];
        assert_eq!(client(&lines), ip("198.51.100.7"), "lines are one list");
    }

    #[test]
    fn the_formal_header_says_the_same() {
        let formal = |value| client(&[("forwarded", value)]);
        assert_eq!(formal("for=198.51.100.7"), ip("198.51.100.7"));
        assert_eq!(formal("For=\"[2001:db8:2::1]:4711\";proto=https, for=10.0.0.1"), ip("2001:db8:2::1"));
        assert_eq!(formal("for=203.0.113.1, proto=http;by=10.0.0.1;for=\"198.51.100.7:80\""), ip("198.51.100.7"));
        assert_eq!(formal("for=\"203.0.113.1, for=198.51.100.9\", for=10.0.0.1"), ip("10.0.0.1"), "commas in quotes");
        assert_eq!(formal("for=unknown, for=10.0.0.1"), ip("10.0.0.1"));
        assert_eq!(formal("for=_hidden"), ip("127.0.0.1"));
        assert_eq!(formal("for=198.51.100.7;for=198.51.100.8"), ip("127.0.0.1"), "twice says nothing");
        let both = |plain, formal| client(&[("x-forwarded-for", plain), ("forwarded", formal)]);
        assert_eq!(both("198.51.100.7", "for=198.51.100.7"), ip("198.51.100.7"));
        assert_eq!(both("198.51.100.7", "for=198.51.100.8"), ip("127.0.0.1"), "one of them is the caller's own");
    }

    #[test]
    fn what_cannot_be_read_counts_as_whoever_passed_it_on() {
        for garbage in [
            "",
            " ",
            ",",
            "x",
            "198.51.100.7.9",
            "198.51.100.7:http",
            "[2001:db8:2::1",
            "[2001:db8:2::1]x",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "198.51.100.7 203.0.113.1",
            "198.51.100.7/24",
            "<script>",
            "a\t",
        ] {
            assert_eq!(client(&[("x-forwarded-for", garbage)]), ip("127.0.0.1"), "{garbage:?}");
            let behind = format!("198.51.100.7, {garbage}, 10.0.0.1");
            assert_eq!(client(&[("x-forwarded-for", &behind)]), ip("10.0.0.1"), "{garbage:?}");
        }
        let mut map = headers(&[]);
        map.append(FORWARDED_FOR, HeaderValue::from_bytes(b"198.51.100.7\xff").unwrap());
        assert_eq!(proxies(&["127.0.0.1"]).came(ip("127.0.0.1"), &map).unwrap().client, ip("127.0.0.1"));
    }

    #[test]
    fn https_is_what_the_nearest_proxy_says_and_both_headers_must() {
        let secure =
            |lines: &[(&str, &str)]| proxies(&["127.0.0.1"]).came(ip("127.0.0.1"), &headers(lines)).unwrap().secure;
        assert!(secure(&[("x-forwarded-proto", "HTTPS")]));
        assert!(secure(&[("forwarded", "for=1.2.3.4;proto=https")]));
        assert!(!secure(&[]));
        assert!(!secure(&[("x-forwarded-proto", "https, http")]), "the last one is the proxy's");
        assert!(!secure(&[("x-forwarded-proto", "https"), ("forwarded", "for=1.2.3.4;proto=http")]));
        assert!(!secure(&[("x-forwarded-proto", "httpsx")]));
    }

    proptest! {
        #[test]
        fn whatever_a_caller_writes_he_is_who_the_proxy_says(text in "[ -~]{0,80}") {
            // A proxy appends the address it was called from.
            let line = if text.is_empty() { "198.51.100.7".to_owned() } else { format!("{text}, 198.51.100.7") };
            prop_assert_eq!(client(&[("x-forwarded-for", &line)]), ip("198.51.100.7"));
        }

        #[test]
        fn no_header_makes_it_panic(plain in "\\PC{0,60}", formal in "[for=\";,:\\[\\]\\\\0-9. ]{0,60}") {
            let mut map = HeaderMap::new();
            map.append(FORWARDED_FOR, HeaderValue::from_bytes(plain.as_bytes()).unwrap());
            map.append(FORWARDED, HeaderValue::from_bytes(formal.as_bytes()).unwrap());
            let _ = proxies(&["127.0.0.1"]).came(ip("127.0.0.1"), &map);
        }
    }
}
