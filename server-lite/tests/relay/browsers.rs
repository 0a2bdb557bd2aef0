//! Technicians who have the console in a browser: how they come in, what keeps others out, and how it ends.

use std::net::SocketAddr;

use deskhand_protocol::{
    PROTOCOL_VERSION,
    company::TechnicianInvitation,
    error::ErrorCode,
    id::TechnicianId,
    key::PublicKey,
    record::TechnicianRecord,
    relay::{
        Prover,
        account::{Account, Accounts, BrowserSessions, RecoveryCodes, TotpOffer},
        console_socket::{ConsoleToRelay, RelayToConsole},
        http::{Audit, Health},
    },
};
use deskhand_relay::{Certificate, Listen, Reach, Relay, Right, Settings};
use ed25519_dalek::SigningKey;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;
use tokio_util::sync::CancellationToken;

use crate::{
    lan::tls,
    peers::{Answer, House, Peer, Technician, bearer, fresh, get, post, prove, prove_as, public, raw, request},
};

/// A page of two files, packed as the build does it.
const PAGE: &[u8] = b"DHPAGE1\n\0\x0aindex.html\0\0\0\x04page\0\x10assets/main-1.js\0\0\0\x06script";
const PASSWORD: &str = "a horse in the rain";
const OTHER: &str = "a cow under the moon";
const ID: &str = "0190b0b0-0000-7000-8000-000000000000";

/// A browser whose page is the relay's own.
struct Browser {
    at: SocketAddr,
    key: SigningKey,
    cookie: Option<String>,
    address: String,
}

impl Browser {
    fn at(house: &House) -> Self {
        Self { at: house.at(), key: SigningKey::from_bytes(&fresh()), cookie: None, address: "198.51.100.1".to_owned() }
    }

    fn from(house: &House, address: &str) -> Self {
        Self { address: address.to_owned(), ..Self::at(house) }
    }

    /// What the browser and the page put before every request.
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            "X-Forwarded-Proto: https".to_owned(),
            format!("X-Forwarded-For: {}", self.address),
            format!("Origin: https://{}", self.at),
            "Sec-Fetch-Site: same-origin".to_owned(),
            "X-Deskhand-Console: 1".to_owned(),
            "User-Agent: Firefox 140".to_owned(),
            "Content-Type: application/json".to_owned(),
        ];
        lines.extend(self.cookie.as_ref().map(|cookie| format!("Cookie: theme=dark; {cookie}")));
        lines
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.call_with(method, path, body, |_| true, &[]).await
    }

    /// Without the lines that are not `kept`, and with `more`.
    async fn call_with(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        kept: impl Fn(&str) -> bool,
        more: &[&str],
    ) -> Answer {
        let lines = self.lines();
        let lines: Vec<&str> =
            lines.iter().map(String::as_str).filter(|line| kept(line)).chain(more.iter().copied()).collect();
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body).unwrap() };
        request(self.at, method, path, &lines, &body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &Value::Null).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, body).await
    }

    /// Keeps the cookie that an answer gives.
    fn keep(&mut self, answer: &Answer) {
        let line =
            answer.head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:")).expect("a cookie");
        for part in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(line.contains(part), "{line}");
        }
        let cookie = line.split_once(':').unwrap().1.trim().split(';').next().unwrap();
        self.cookie = Some(cookie.to_owned());
    }

    async fn make(&mut self, token: &str, login: &str, password: &str) -> Answer {
        let proof = prove_as(Prover::Browser, self.at, &self.key).await;
        let body = json!({
            "token": token, "login": login, "password": password, "name": "Ada Weber", "company": "Weber IT",
            "proof": proof,
        });
        let answer = self.post("/api/v1/account", &body).await;
        if answer.status == 200 {
            self.keep(&answer);
        }
        answer
    }

    async fn try_in(&self, login: &str, password: &str, code: Option<&str>) -> Answer {
        let proof = prove_as(Prover::Browser, self.at, &self.key).await;
        let body = json!({ "login": login, "password": password, "code": code, "proof": proof });
        self.post("/api/v1/account/sign-in", &body).await
    }

    async fn sign_in(&mut self, login: &str, password: &str, code: Option<&str>) -> Account {
        let answer = self.try_in(login, password, code).await;
        let account = answer.is(200);
        self.keep(&answer);
        account
    }

    async fn is_in(&self) -> bool {
        let answer = self.get("/api/v1/me").await;
        if answer.status == 200 {
            return true;
        }
        answer.refuses(401, ErrorCode::Unauthenticated);
        false
    }

    /// The socket, greeted.
    async fn socket(&self) -> Peer {
        let lines = self.lines();
        let kept: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.starts_with("X-Deskhand")).collect();
        let mut socket = Peer::with_lines(self.at, "/api/v1/console", &kept).await.unwrap();
        socket.send(&ConsoleToRelay::Hello { version: PROTOCOL_VERSION, token: None, marks: false }).await;
        assert_eq!(socket.next::<RelayToConsole>().await, RelayToConsole::Welcome);
        socket
    }
}

/// An owner who came by a browser.
async fn owner(house: &House) -> (Browser, Account) {
    let mut browser = Browser::at(house);
    let token = house.relay().setup_token().unwrap();
    let account = browser.make(&token, "Ada@example.org", PASSWORD).await.is(200);
    (browser, account)
}

async fn actions(browser: &Browser) -> Vec<String> {
    let audit: Audit = browser.get("/api/v1/audit?limit=500").await.is(200);
    audit.rows.iter().rev().map(|row| row.action.clone()).collect()
}

#[tokio::test]
async fn the_set_up_token_makes_an_owner_in_a_browser_once_and_he_comes_in_by_his_password() {
    let house = House::with_page(PAGE).await;
    let token = house.relay().setup_token().unwrap();
    let (mut browser, account) = owner(&house).await;
    assert!(account.owner && !account.totp && account.login.as_str() == "ada@example.org");
    assert_eq!(account.key, public(&browser.key));
    let me: TechnicianRecord = browser.get("/api/v1/me").await.is(200);
    assert_eq!((me.name.as_str(), me.id), ("Ada Weber", account.technician.id));
    Browser::at(&house).make(&token, "eve@example.org", PASSWORD).await.refuses(403, ErrorCode::SetupRefused);
    let health: Health = get(house.at(), "/api/v1/health", None).await.is(200);
    assert!(!health.needs_owner && health.console);

    let answer = browser.post("/api/v1/account/sign-out", &Value::Null).await;
    assert_eq!(answer.status, 204);
    assert!(answer.head.contains("Max-Age=0"), "{}", answer.head);
    assert!(!browser.is_in().await, "the cookie that it still has is worth nothing");
    let again = browser.sign_in(" ADA@example.org ", PASSWORD, None).await;
    assert_eq!(again.technician, account.technician);
    assert!(browser.is_in().await);
    let actions = actions(&browser).await;
    let seen: Vec<&str> = actions.iter().map(String::as_str).collect();
    assert_eq!(
        seen,
        [
            "relay.started",
            "technician.joined",
            "account.made",
            "account.code_refused",
            "account.signed_out",
            "account.signed_in"
        ]
    );
}

#[tokio::test]
async fn whoever_guesses_learns_neither_which_names_there_are_nor_a_password() {
    let house = House::with_page(PAGE).await;
    let (signed_in, _) = owner(&house).await;
    let guesser = Browser::from(&house, "203.0.113.9");
    let wrong = guesser.try_in("ada@example.org", "not her password", None).await;
    wrong.refuses(401, ErrorCode::Unauthenticated);
    let unknown = guesser.try_in("nobody@example.org", "not her password", None).await;
    assert_eq!((wrong.status, wrong.text()), (unknown.status, unknown.text()), "one answer");

    for name in ["ada@example.org", "nobody@example.org", "not even a name"] {
        let mut last = 0;
        for turn in 0..6 {
            let guesser = Browser::from(&house, &format!("203.0.113.{turn}"));
            last = guesser.try_in(name, "not her password", None).await.status;
        }
        assert_eq!(last, 429, "{name} is locked, wherever it is tried from");
        let locked = Browser::from(&house, "203.0.113.77").try_in(name, PASSWORD, None).await;
        locked.refuses(429, ErrorCode::TooMany);
        let head = locked.head.to_ascii_lowercase();
        let wait: u64 = head.split_once("retry-after: ").unwrap().1.split("\r\n").next().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    assert!(signed_in.is_in().await, "who is in stays in");
    let accounts: Accounts = signed_in.get("/api/v1/company/accounts").await.is(200);
    assert!(accounts.accounts[0].locked_until.is_some());
    let refused = actions(&signed_in).await.iter().filter(|action| *action == "account.refused").count();
    assert_eq!(refused, 6, "two rows for each name: when it began, and when it was locked");
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_many_after_one_another() {
    let house = House::with_page(PAGE).await;
    owner(&house).await;
    let guess = async |turn: u8| {
        let guesser = Browser::from(&house, &format!("203.0.113.{turn}"));
        guesser.try_in("ada@example.org", "not her password", None).await.status
    };
    let guesses: Vec<u16> = futures_util::future::join_all((0..12).map(guess)).await;
    assert_eq!(guesses.iter().filter(|status| **status == 401).count(), 5, "{guesses:?}");
    assert_eq!(guesses.iter().filter(|status| **status == 429).count(), 7, "{guesses:?}");
}

#[tokio::test]
async fn one_address_is_slowed_whichever_names_it_tries() {
    let house = House::with_page(PAGE).await;
    let guesser = Browser::from(&house, "203.0.113.9");
    let mut limited = false;
    for turn in 0..24 {
        let status = guesser.try_in(&format!("name-{turn}"), PASSWORD, None).await.status;
        assert!(status == 401 || status == 429, "{status}");
        limited |= status == 429;
    }
    assert!(limited);
}

/// What an app shows: RFC 6238 with what every app takes for granted.
fn shown_by_app(secret: &str, later: u64) -> String {
    let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut mac = Hmac::<Sha1>::new_from_slice(&secret).unwrap();
    mac.update(&(now / 30 + later).to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let at = usize::from(mac[19] & 15);
    let number = u32::from_be_bytes(mac[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[tokio::test]
async fn with_a_second_factor_a_code_is_asked_for_and_taken_once() {
    let house = House::with_page(PAGE).await;
    let (mut browser, _) = owner(&house).await;
    let login = "ada@example.org";
    browser.post("/api/v1/account/totp", &json!({ "password": OTHER })).await.refuses(403, ErrorCode::Forbidden);
    let offer: TotpOffer = browser.post("/api/v1/account/totp", &json!({ "password": PASSWORD })).await.is(200);
    assert!(offer.uri.contains(&offer.secret));
    // Before it is confirmed nothing is asked for.
    browser.sign_in(login, PASSWORD, None).await;
    let wrong = browser.post("/api/v1/account/totp/confirm", &json!({ "code": "abc" })).await;
    wrong.refuses(403, ErrorCode::Forbidden);
    let first = shown_by_app(&offer.secret, 0);
    let papers: RecoveryCodes = browser.post("/api/v1/account/totp/confirm", &json!({ "code": first })).await.is(200);
    assert_eq!(papers.codes.len(), 10);

    browser.try_in(login, PASSWORD, None).await.refuses(401, ErrorCode::SecondFactor);
    browser.try_in(login, OTHER, None).await.refuses(401, ErrorCode::Unauthenticated);
    browser.try_in(login, PASSWORD, Some(&first)).await.refuses(401, ErrorCode::Unauthenticated);
    let next = shown_by_app(&offer.secret, 1);
    let account = browser.sign_in(login, PASSWORD, Some(&next)).await;
    assert!(account.totp && account.recovery_left == 10);
    browser.try_in(login, PASSWORD, Some(&next)).await.refuses(401, ErrorCode::Unauthenticated);

    let paper = papers.codes[3].to_lowercase();
    let account = browser.sign_in(login, PASSWORD, Some(&paper)).await;
    assert_eq!(account.recovery_left, 9);
    browser.try_in(login, PASSWORD, Some(&paper)).await.refuses(401, ErrorCode::Unauthenticated);

    let drop = |code: Option<String>| json!({ "password": PASSWORD, "code": code });
    let path = "/api/v1/account/totp/disable";
    browser.post(path, &drop(None)).await.refuses(401, ErrorCode::SecondFactor);
    let account: Account = browser.post(path, &drop(Some(papers.codes[4].clone()))).await.is(200);
    assert!(!account.totp && account.recovery_left == 0);
    browser.sign_in(login, PASSWORD, None).await;
    let actions = actions(&browser).await;
    for action in ["account.totp_on", "account.recovery_used", "account.totp_off"] {
        assert!(actions.iter().any(|one| one == action), "{action}");
    }
}

#[tokio::test]
async fn a_cookie_counts_for_the_relays_own_page_only() {
    let house = House::with_page(PAGE).await;
    let (browser, _) = owner(&house).await;
    let without = |name: &'static str| move |line: &str| !line.starts_with(name);
    let all = |_: &str| true;
    for method in ["GET", "POST"] {
        let path = if method == "GET" { "/api/v1/me" } else { "/api/v1/statistics" };
        let body = if method == "GET" { Value::Null } else { json!({ "filter": {}, "edges": [1, 2] }) };
        assert_eq!(browser.call(method, path, &body).await.status, 200);
        let refused = async |kept: &dyn Fn(&str) -> bool, more: &[&str]| {
            browser.call_with(method, path, &body, kept, more).await.refuses(403, ErrorCode::Forbidden);
        };
        refused(&without("X-Deskhand-Console"), &[]).await;
        refused(&without("X-Deskhand-Console"), &["X-Deskhand-Console: 0"]).await;
        refused(&without("Sec-Fetch-Site"), &["Sec-Fetch-Site: cross-site"]).await;
        refused(&without("Sec-Fetch-Site"), &["Sec-Fetch-Site: same-site"]).await;
        refused(&without("Sec-Fetch-Site"), &["Sec-Fetch-Site: none"]).await;
        refused(&without("Origin"), &["Origin: https://evil.example"]).await;
        refused(&without("Origin"), &["Origin: null"]).await;
        refused(&without("X-Forwarded-Proto"), &[]).await;
        let one = browser.cookie.clone().unwrap();
        let two = [format!("Cookie: {one}")];
        let answer = browser.call_with(method, path, &body, all, &[two[0].as_str()]).await;
        answer.refuses(401, ErrorCode::Unauthenticated);
        // A token is looked at alone, so that neither helps the other.
        let answer = browser.call_with(method, path, &body, all, &["Authorization: Bearer forged"]).await;
        answer.refuses(401, ErrorCode::Unauthenticated);
    }
    let neither = |line: &str| !line.starts_with("Origin") && !line.starts_with("Sec-Fetch");
    let body = json!({ "filter": {}, "edges": [1, 2] });
    let answer = browser.call_with("POST", "/api/v1/statistics", &body, neither, &[]).await;
    answer.refuses(403, ErrorCode::Forbidden);

    // Signing in by another's page is refused as well: it would put somebody else into his browser.
    let proof = prove_as(Prover::Browser, house.at(), &browser.key).await;
    let body = json!({ "login": "ada@example.org", "password": PASSWORD, "proof": proof });
    for name in ["X-Deskhand-Console", "X-Forwarded-Proto"] {
        let answer = browser.call_with("POST", "/api/v1/account/sign-in", &body, without(name), &[]).await;
        answer.refuses(403, ErrorCode::Forbidden);
    }

    // A socket has no header of the page's own, but always its origin.
    let lines = browser.lines();
    for (name, instead) in [
        ("Origin", None),
        ("Origin", Some("Origin: https://evil.example")),
        ("Sec-Fetch-Site", Some("Sec-Fetch-Site: cross-site")),
        ("X-Forwarded-Proto", None),
    ] {
        let kept = lines.iter().map(String::as_str).filter(|line| !line.starts_with(name));
        let lines: Vec<&str> = kept.chain(instead).collect();
        assert_eq!(
            Peer::with_lines(house.at(), "/api/v1/console", &lines).await.err(),
            Some(403),
            "{name} {instead:?}"
        );
    }
    let mut socket = Peer::connect(house.at(), "/api/v1/console").await;
    socket.send(&ConsoleToRelay::Hello { version: PROTOCOL_VERSION, token: None, marks: false }).await;
    assert_eq!(socket.closed_with().await, Some(ErrorCode::Unauthenticated), "without a cookie and without a token");
    browser.socket().await;
}

#[tokio::test]
async fn a_session_that_is_ended_opens_nothing_and_its_socket_closes() {
    let house = House::with_page(PAGE).await;
    let (here, account) = owner(&house).await;
    let mut there = Browser::from(&house, "203.0.113.5");
    let other = there.sign_in("ada@example.org", PASSWORD, None).await;
    let mut socket = there.socket().await;
    let list: BrowserSessions = here.get("/api/v1/account/sessions").await.is(200);
    let seen: Vec<_> = list.sessions.iter().map(|one| (one.id, one.here, one.connected, one.from.as_str())).collect();
    assert_eq!(seen, [(other.session, false, true, "203.0.113.5"), (account.session, true, false, "198.51.100.1")]);
    assert_eq!(list.sessions[0].browser.as_str(), "Firefox 140");

    let path = format!("/api/v1/account/sessions/{}/revoke", other.session);
    let list: BrowserSessions = here.post(&path, &Value::Null).await.is(200);
    assert_eq!(list.sessions.len(), 1);
    assert_eq!(socket.closed_with().await, Some(ErrorCode::Unauthenticated));
    assert!(!there.is_in().await && here.is_in().await);
    here.post(&path, &Value::Null).await.refuses(404, ErrorCode::NotFound);

    // Another password ends all but this one, whose cookie is another from then on.
    there.sign_in("ada@example.org", PASSWORD, None).await;
    let mut socket = there.socket().await;
    let mut here = here;
    let old = here.cookie.clone();
    let body = |password: &str, new: &str| json!({ "password": password, "new": new });
    let path = "/api/v1/account/password";
    here.post(path, &body(OTHER, PASSWORD)).await.refuses(403, ErrorCode::Forbidden);
    here.post(path, &body(PASSWORD, "short")).await.refuses(400, ErrorCode::WeakPassword);
    let changed = here.post(path, &body(PASSWORD, OTHER)).await;
    assert_eq!(changed.is::<Account>(200).session, account.session);
    here.keep(&changed);
    assert_eq!(socket.closed_with().await, Some(ErrorCode::Unauthenticated));
    assert!(here.is_in().await && !there.is_in().await);
    let stolen = Browser { cookie: old, ..Browser::at(&house) };
    assert!(!stolen.is_in().await);
    there.try_in("ada@example.org", PASSWORD, None).await.refuses(401, ErrorCode::Unauthenticated);
    there.sign_in("ada@example.org", OTHER, None).await;
}

#[tokio::test]
async fn the_owner_ends_a_technicians_browsers_and_gives_him_a_way_back() {
    let house = House::with_page(PAGE).await;
    let (owner, _) = owner(&house).await;
    let invitation: TechnicianInvitation = owner.post("/api/v1/company/invitations", &Value::Null).await.is(200);
    let mut ben = Browser::from(&house, "203.0.113.5");
    // The invitation is good once, and not spent on what is refused anyway.
    ben.make(&invitation.token, "ada@example.org", PASSWORD).await.refuses(409, ErrorCode::Conflict);
    ben.make(&invitation.token, "ben@example.org", "ben@example.org!").await.refuses(400, ErrorCode::WeakPassword);
    let account: Account = ben.make(&invitation.token, "ben@example.org", PASSWORD).await.is(200);
    assert!(!account.owner);
    Browser::at(&house)
        .make(&invitation.token, "eve@example.org", PASSWORD)
        .await
        .refuses(403, ErrorCode::SetupRefused);

    let mut socket = ben.socket().await;
    let end = format!("/api/v1/company/people/{}/sign-out", account.technician.id);
    ben.post(&end, &Value::Null).await.refuses(403, ErrorCode::Forbidden);
    let all: Accounts = owner.post(&end, &Value::Null).await.is(200);
    let sessions: Vec<_> = all.accounts.iter().map(|one| (one.login.as_str(), one.sessions.len())).collect();
    assert_eq!(sessions, [("ada@example.org", 1), ("ben@example.org", 0)]);
    assert_eq!(socket.closed_with().await, Some(ErrorCode::Unauthenticated));
    assert!(!ben.is_in().await && owner.is_in().await);

    ben.sign_in("ben@example.org", PASSWORD, None).await;
    let path = |id: TechnicianId| format!("/api/v1/company/people/{id}/browser");
    ben.post(&path(account.technician.id), &Value::Null).await.refuses(403, ErrorCode::Forbidden);
    let code: TechnicianInvitation = owner.post(&path(account.technician.id), &Value::Null).await.is(200);
    owner.post(&path(ID.parse().unwrap()), &Value::Null).await.refuses(404, ErrorCode::NotFound);
    let mut anew = Browser::from(&house, "203.0.113.6");
    let back: Account = anew.make(&code.token, "benjamin@example.org", OTHER).await.is(200);
    assert_eq!(back.technician.id, account.technician.id);
    assert!(!ben.is_in().await, "whoever was in by the old password is out");
    ben.try_in("ben@example.org", PASSWORD, None).await.refuses(401, ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn a_desktops_technician_gets_a_sign_in_by_a_code_of_his_own() {
    let mut house = House::with_page(PAGE).await;
    let owner = house.owner().await;
    let path = format!("/api/v1/company/people/{}/browser", owner.record.id);
    let code: TechnicianInvitation = request(house.at(), "POST", &path, &[&bearer(&owner.token)], b"").await.is(200);
    // It makes no second desktop console.
    let proof = prove(house.at(), &SigningKey::from_bytes(&fresh())).await;
    let set_up = json!({ "token": code.token, "name": "Eve", "company": "", "proof": proof });
    post(house.at(), "/api/v1/setup", None, &set_up).await.refuses(403, ErrorCode::SetupRefused);
    let mut browser = Browser::at(&house);
    let account: Account = browser.make(&code.token, "ada@example.org", PASSWORD).await.is(200);
    assert_eq!(account.technician, owner.record, "he stays who he is, with the key of his desktop");
    assert_ne!(account.key, account.technician.key);

    let printed = house.relay().owner_code().await.unwrap();
    let again: Account = Browser::at(&house).make(&printed, "ada@example.org", OTHER).await.is(200);
    assert_eq!(again.technician.id, owner.record.id);

    // Browsers that are signed in stay so when the relay starts again.
    let mut browser = Browser::at(&house);
    browser.sign_in("ada@example.org", OTHER, None).await;
    house.stop().await;
    house.start().await;
    browser.at = house.at();
    assert!(browser.is_in().await);
    let mut socket = browser.socket().await;
    house.stop().await;
    assert_eq!(socket.closed_with().await, Some(ErrorCode::ShuttingDown));
}

#[tokio::test]
async fn a_browsers_key_makes_no_desktop_console_and_the_other_way_round() {
    let house = House::with_page(PAGE).await;
    let (browser, _) = owner(&house).await;
    for prover in [Prover::Console, Prover::Browser, Prover::Helper] {
        let proof = prove_as(prover, house.at(), &browser.key).await;
        post(house.at(), "/api/v1/auth/prove", None, &proof).await.refuses(401, ErrorCode::Unauthenticated);
    }
    for prover in [Prover::Console, Prover::Helper] {
        let proof = prove_as(prover, house.at(), &browser.key).await;
        let body = json!({ "login": "ada@example.org", "password": PASSWORD, "proof": proof });
        let answer = browser.post("/api/v1/account/sign-in", &body).await;
        answer.refuses(401, ErrorCode::Unauthenticated);
    }
    // Nor does a browser take another technician's key.
    let invitation: TechnicianInvitation = browser.post("/api/v1/company/invitations", &Value::Null).await.is(200);
    let mut other = Browser { key: SigningKey::from_bytes(&browser.key.to_bytes()), ..Browser::at(&house) };
    other.make(&invitation.token, "eve@example.org", PASSWORD).await.refuses(403, ErrorCode::SetupRefused);
    // And the company's key is nothing for a browser, even the owner's.
    let body = json!({ "key": PublicKey([3; 32]), "replaces": null });
    browser.post("/api/v1/company", &body).await.refuses(403, ErrorCode::Forbidden);
}

#[tokio::test]
async fn a_bad_sign_in_body_is_told_so_and_loses_nothing() {
    let house = House::with_page(PAGE).await;
    let (browser, _) = owner(&house).await;
    let nonsense = [json!({}), json!([]), json!({ "login": 1 }), json!({ "password": null, "login": "x" })];
    for path in ["/api/v1/account", "/api/v1/account/sign-in", "/api/v1/account/password", "/api/v1/account/totp"] {
        for body in &nonsense {
            browser.post(path, body).await.refuses(400, ErrorCode::Malformed);
        }
        let huge = json!({ "login": "x".repeat(70_000) });
        browser.post(path, &huge).await.refuses(413, ErrorCode::TooLarge);
    }
    let odd = Browser::from(&house, "203.0.113.5");
    for login in ["", "\u{202e}", &"x".repeat(5_000), "ada@example.org\0"] {
        odd.try_in(login, PASSWORD, None).await.refuses(401, ErrorCode::Unauthenticated);
    }
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn the_routes_for_browsers_say_who_may_call_them() {
    let house = House::with_page(PAGE).await;
    let bare = House::new().await;
    let more: Vec<_> = house.relay().routes().iter().filter(|one| !bare.relay().routes().contains(one)).collect();
    let said: Vec<_> = more.iter().map(|one| (one.method.as_str(), one.path, one.right)).collect();
    assert_eq!(
        said,
        [
            ("GET", "/console", Right::Anyone),
            ("GET", "/console/", Right::Anyone),
            ("GET", "/console/{*file}", Right::Anyone),
            ("POST", "/api/v1/account", Right::BrowserCode),
            ("POST", "/api/v1/account/sign-in", Right::Password),
            ("GET", "/api/v1/account", Right::Browser),
            ("POST", "/api/v1/account/sign-out", Right::Browser),
            ("GET", "/api/v1/account/sessions", Right::Browser),
            ("POST", "/api/v1/account/sessions/{id}/revoke", Right::Browser),
            ("POST", "/api/v1/account/password", Right::Browser),
            ("POST", "/api/v1/account/totp", Right::Browser),
            ("POST", "/api/v1/account/totp/confirm", Right::Browser),
            ("POST", "/api/v1/account/totp/disable", Right::Browser),
            ("GET", "/api/v1/company/accounts", Right::Owner),
            ("POST", "/api/v1/company/people/{id}/sign-out", Right::Owner),
            ("POST", "/api/v1/company/people/{id}/browser", Right::Technician),
        ]
    );
    assert!(more.iter().all(|one| one.reach == Reach::Inside), "not through the local network's listener");
    let desktop: Technician = house.owner().await;
    let forged = format!("Cookie: __Host-deskhand={}", "A".repeat(43));
    let nobody = Browser { cookie: Some(forged[8..].to_owned()), ..Browser::at(&house) };
    for entry in more {
        let path = entry.path.replace("{id}", ID);
        if matches!(entry.right, Right::Browser | Right::Owner | Right::Technician) {
            let answer = nobody.call(entry.method.as_str(), &path, &Value::Null).await;
            answer.refuses(401, ErrorCode::Unauthenticated);
        }
        if entry.right == Right::Browser {
            let answer = request(house.at(), entry.method.as_str(), &path, &[&bearer(&desktop.token)], b"").await;
            answer.refuses(401, ErrorCode::Unauthenticated);
        }
    }
    // And every route of technicians is a browser's too, but for what is done with the company's key.
    let code = house.relay().owner_code().await.unwrap();
    let mut browser = Browser::at(&house);
    assert_eq!(browser.make(&code, "ada@example.org", PASSWORD).await.status, 200);
    for entry in house.relay().routes() {
        let path = entry.path.replace("{id}", ID).replace("{link}", "AAAA");
        let is_for_him = matches!(entry.right, Right::Technician | Right::Owner);
        if is_for_him || entry.right == Right::OwnerAtDesk {
            let status = browser.call(entry.method.as_str(), &path, &Value::Null).await.status;
            assert_eq!(status != 401 && status != 403, is_for_him, "{} {path}: {status}", entry.method);
        }
    }
}

#[tokio::test]
async fn the_page_is_served_over_tls_and_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let bound = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = bound.local_addr().unwrap();
    let mut settings = Settings::new(dir.path());
    settings.listen = Listen::Tls(bound, Certificate::Own);
    settings.console = Some(PAGE);
    let relay = Relay::start(settings, CancellationToken::new()).await.unwrap();
    let host = format!("Host: {at}");
    let fetch = async |path: &str| raw(tls(at).await.0, "GET", path, &[&host], b"").await;
    let index = fetch("/console/").await;
    assert_eq!((index.status, index.text().as_str()), (200, "page"));
    let head = index.head.to_ascii_lowercase();
    for line in [
        "content-type: text/html; charset=utf-8",
        "content-encoding: gzip",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "content-security-policy: default-src 'none'; script-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(head.contains(line), "{line}: {head}");
    }
    let script = fetch("/console/assets/main-1.js").await;
    assert_eq!((script.status, script.text().as_str()), (200, "script"));
    assert!(script.head.contains("immutable") && script.head.contains("text/javascript"), "{}", script.head);
    let led = fetch("/console").await;
    assert_eq!(led.status, 308);
    assert!(led.head.to_ascii_lowercase().contains("location: /console/"), "{}", led.head);
    for path in [
        "/console/index.html",
        "/console/assets/",
        "/console/../console/index.html",
        "/console/assets/x.js",
        "/console/%2e%2e/relay.db",
    ] {
        fetch(path).await.refuses(404, ErrorCode::NotFound);
    }
    relay.shutdown().await;

    // Not over plain HTTP, nor where it is switched off.
    let house = House::with_page(PAGE).await;
    let (bare, plain) = (House::new().await, ["/console", "/console/", "/console/assets/main-1.js"]);
    for path in plain {
        get(house.at(), path, None).await.refuses(404, ErrorCode::NotFound);
        get(bare.at(), path, None).await.refuses(404, ErrorCode::NotFound);
    }
    let health: Health = get(bare.at(), "/api/v1/health", None).await.is(200);
    assert!(!health.console);
    for body in [&b"{}"[..], b""] {
        let answer = request(bare.at(), "POST", "/api/v1/account/sign-in", &[], body).await;
        answer.refuses(404, ErrorCode::NotFound);
    }
}
