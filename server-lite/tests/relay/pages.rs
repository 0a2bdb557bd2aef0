//! The customer's pages over TLS: every state, the program, requests for help, and the brand.

use std::net::SocketAddr;

use deskhand_protocol::{
    capability::Capability,
    code::{Finder, Invitation, RelayAddress},
    error::ErrorCode,
    limit::PROBLEM_CHARS,
    package::{
        brand::{Brand, Welcome},
        name::CallName,
    },
    record::ConsentAnswer,
    relay::{Report, console_socket::RelayToConsole, http::InvitationKind},
    template::{HelpAsked, HelpRequest, HelpRequests, HelpStands, RequestAnswer, RequestLink, TemplateRecord},
};
use ed25519_dalek::SigningKey;
use serde_json::json;

use crate::{
    lan::{ask_with, open},
    peers::{Answer, Helper, House, PATIENCE, Technician, bearer, fresh, get, name, post, request},
    templates::{program, upload},
};

const WINDOWS: &str = "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)";

async fn link(owner: &Technician, life_ms: u64) -> Finder {
    let invitation = Invitation::link(fresh(), fresh());
    owner.new_session_with(&invitation.finder, InvitationKind::Link, life_ms).await.is::<serde_json::Value>(200);
    invitation.finder
}

async fn page(at: SocketAddr, path: &str, lines: &[&str]) -> Answer {
    ask_with(at, "GET", path, lines, b"").await
}

#[tokio::test]
async fn the_page_offers_the_program_for_the_browsers_computer_over_tls_only() {
    let house = House::new().await;
    let owner = house.owner().await;
    let at = open(house.relay()).await;
    let finder = link(&owner, 600_000).await;
    let path = format!("/s/{}", finder.as_str());
    assert!(page(at, &path, &[WINDOWS]).await.text().contains("no program for your kind of computer"));

    let file = program("1.2.3");
    let _: TemplateRecord = upload(&owner, &file).await.is(200);
    let text = page(at, &path, &[WINDOWS]).await.text();
    let download = format!("{path}/program/windows_x64");
    assert!(text.contains(&format!("href=\"{download}\"")) && text.contains("Get help now"), "{text}");
    assert!(text.contains("http-equiv=\"refresh\"") && text.contains("noindex"), "{text}");
    assert_eq!(text.matches("<svg").count(), 3, "three pictures of what to expect");
    let phone = page(at, &path, &["User-Agent: Mozilla/5.0 (Linux; Android 15)"]).await.text();
    assert!(phone.contains("on the computer that needs help") && !phone.contains("/program/"), "{phone}");

    let answer = page(at, &download, &[]).await;
    assert_eq!((answer.status, answer.body == file), (200, true));
    let relay: RelayAddress = format!("https://{at}").parse().unwrap();
    let named = CallName::Half { relay, finder: finder.clone() }.write().unwrap();
    assert!(answer.head.contains(&format!("filename=\"{named}.exe\"")), "{}", answer.head);
    let own = page(at, &format!("{download}?own"), &[]).await;
    assert!(!own.head.contains("filename") && own.head.contains("attachment"), "{}", own.head);

    // The same relay without TLS, as its own computer reaches it.
    let plain = get(house.at(), &path, None).await.text();
    assert!(plain.contains("not secure") && !plain.contains("/program/"), "{plain}");
    assert_eq!(get(house.at(), &download, None).await.status, 403);
    for wrong in
        ["/s/AAAAAAAAAAAAAAAA/program/windows_x64", &format!("{path}/program/linux_x64"), &format!("{path}/program/x")]
    {
        page(at, wrong, &[]).await.refuses(404, ErrorCode::NotFound);
    }
}

#[tokio::test]
async fn the_page_says_where_things_stand_and_goes_on_by_itself() {
    let house = House::new().await;
    let owner = house.owner().await;
    let at = open(house.relay()).await;
    let finder = link(&owner, 600_000).await;
    let path = format!("/s/{}", finder.as_str());
    let refreshes = |text: &str| text.contains("http-equiv=\"refresh\"");
    let mut console = owner.console().await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    let session = helper.claim(&finder).await;
    let text = page(at, &path, &[]).await.text();
    assert!(text.contains("Your computer has called") && refreshes(&text), "{text}");
    assert!(!text.contains("/program/"), "used: {text}");
    let asked = vec![Capability::View];
    let answer = ConsentAnswer::Allowed;
    helper.report(session, Report::Consent { asked: asked.clone(), granted: asked, answer }).await;
    helper.report(session, Report::Live).await;
    console.until_session(|session| session.started_at.is_some()).await;
    let text = page(at, &path, &[]).await.text();
    assert!(text.contains("is connected to your computer") && refreshes(&text), "{text}");
    owner.end(session).await;
    let text = page(at, &path, &[]).await.text();
    assert!(text.contains("This session is over") && !refreshes(&text), "{text}");
    page(at, &format!("{path}/program/windows_x64"), &[]).await.refuses(404, ErrorCode::InvalidCode);

    let expired = link(&owner, 1).await;
    let text = tokio::time::timeout(PATIENCE, async {
        loop {
            let text = page(at, &format!("/s/{}", expired.as_str()), &[]).await.text();
            if !text.contains("is waiting for you") {
                break text;
            }
        }
    });
    let text = text.await.unwrap();
    assert!(text.contains("has expired") && !refreshes(&text), "{text}");
    let wrong = page(at, "/s/ZZZZZZZZZZZZZZZZ", &[]).await;
    assert!(wrong.status == 404 && wrong.text().contains("not known"));
}

#[tokio::test]
async fn the_page_that_shows_stands_alone_with_screen_and_camera_and_is_offered_where_it_can_work() {
    let house = House::new().await;
    let owner = house.owner().await;
    let at = open(house.relay()).await;
    let finder = link(&owner, 600_000).await;
    let (path, share) = (format!("/s/{}", finder.as_str()), format!("/s/{}/share", finder.as_str()));
    // A script shows one of the two, where the browser has it.
    let text = page(at, &path, &[]).await.text();
    for way in ["screen", "camera"] {
        assert!(text.contains(&format!("data-share=\"{way}\" href=\"{share}\" hidden>")), "{text}");
    }
    // A browser takes its own computer for secure.
    assert!(get(house.at(), &path, None).await.text().contains("data-share"));

    let answer = page(at, &share, &["Accept-Language: de"]).await;
    let head = answer.head.to_ascii_lowercase();
    assert!(head.contains("permissions-policy: camera=(self), microphone=(), geolocation=(), display-capture=(self)"));
    assert!(head.contains("connect-src 'self'") && head.contains("default-src 'none'"), "{head}");
    let text = answer.text();
    assert!(text.contains(&format!("data-finder=\"{}\"", finder.as_str())) && text.contains("lang=\"de\""), "{text}");
    assert!(!text.contains("http-equiv") && text.contains("<noscript>") && text.contains("src=\"/share.js\""));
    for file in ["/share.js", "/share.css"] {
        let answer = page(at, file, &[]).await;
        assert!(answer.status == 200 && answer.body.len() > 1_000, "{file}");
        assert!(answer.head.to_ascii_lowercase().contains("display-capture=()"), "{file}: nothing for what is no page");
    }

    // Once somebody has called, the connect page says how things stand.
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&finder).await;
    assert_eq!(location(&page(at, &share, &[]).await), path);
    assert_eq!(page(at, "/s/ZZZZZZZZZZZZZZZZ/share", &[]).await.status, 303);
    page(at, "/s/x/share", &[]).await.refuses(404, ErrorCode::NotFound);
}

#[tokio::test]
async fn the_page_speaks_the_browsers_language() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (_, code) = owner.new_session().await;
    let path = format!("/s/{}", code.finder.as_str());
    for (wanted, lang, says) in [
        ("de-AT,de;q=0.9,en;q=0.8", "lang=\"de\" dir=\"ltr\"", "wartet auf Sie"),
        ("ar", "lang=\"ar\" dir=\"rtl\"", "بانتظارك"),
        ("fr,en;q=0.5", "lang=\"en\" dir=\"ltr\"", "is waiting for you"),
        ("", "lang=\"en\" dir=\"ltr\"", "is waiting for you"),
    ] {
        let text = request(house.at(), "GET", &path, &[&format!("Accept-Language: {wanted}")], b"").await.text();
        assert!(text.contains(lang) && text.contains(says), "{wanted}: {text}");
        assert!(!text.contains("{}"), "{text}");
    }
}

async fn asks(at: SocketAddr, body: &str) -> Answer {
    request(at, "POST", "/support", &["Content-Type: application/x-www-form-urlencoded"], body.as_bytes()).await
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let line = answer.head.lines().find_map(|line| line.strip_prefix("location: "));
    line.unwrap_or_else(|| panic!("no location: {}", answer.head)).to_owned()
}

#[tokio::test]
async fn somebody_without_a_code_asks_and_is_led_to_his_session() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let answer = asks(house.at(), "name=J%C3%BCrgen+%3Cb%3E&problem=Der+Drucker%0D%0Adruckt+nicht").await;
    let waiting = location(&answer);
    let told = async |console: &mut crate::peers::Console| -> HelpRequest {
        console
            .until(|told| match told {
                RelayToConsole::RequestChanged { request } => Some(request),
                _ => None,
            })
            .await
    };
    let came = told(&mut console).await;
    assert_eq!((came.name.as_str(), came.problem.as_str()), ("Jürgen <b>", "Der Drucker\ndruckt nicht"));
    assert_eq!(waiting, format!("/support/{}", came.id));
    let text = get(house.at(), &waiting, None).await.text();
    assert!(text.contains("Your request has arrived") && text.contains("http-equiv=\"refresh\""), "{text}");

    let invitation = Invitation::link(fresh(), fresh());
    let answer = RequestAnswer {
        link: Some(RequestLink { finder: invitation.finder.clone(), secret: invitation.secret.reveal().to_owned() }),
    };
    let path = format!("/api/v1/requests/{}/answer", came.id);
    let left: HelpRequests = post(house.at(), &path, Some(&owner.token), &answer).await.is(200);
    assert!(left.requests.is_empty());
    assert!(told(&mut console).await.closed_at.is_some());
    let led = location(&get(house.at(), &waiting, None).await);
    assert_eq!(led, format!("/s/{}#{}", invitation.finder.as_str(), invitation.secret.reveal()));
    // Nobody takes it up twice.
    post(house.at(), &path, Some(&owner.token), &answer).await.refuses(404, ErrorCode::NotFound);
    let db = std::fs::read(house.dir.path().join("relay.db")).unwrap();
    let secret = invitation.secret.reveal().as_bytes();
    assert!(!db.windows(secret.len()).any(|part| part == secret), "the secret is kept in memory only");
}

#[tokio::test]
async fn a_request_that_is_put_aside_says_so_and_bad_ones_are_refused() {
    let house = House::new().await;
    let owner = house.owner().await;
    let waiting = location(&asks(house.at(), "name=A&problem=B").await);
    let id = waiting.rsplit('/').next().unwrap();
    let path = format!("/api/v1/requests/{id}/answer");
    let _: HelpRequests = post(house.at(), &path, Some(&owner.token), &json!({ "link": null })).await.is(200);
    assert!(get(house.at(), &waiting, None).await.text().contains("call us"));
    for wrong in [
        "",
        "name=A",
        "name=&problem=B",
        "name=+++&problem=B",
        "name=%00&problem=%E2%80%AE",
        "x".repeat(60_000).as_str(),
    ] {
        let answer = asks(house.at(), wrong).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.text().contains("Please enter"), "{}", answer.text());
    }
    let evil = asks(house.at(), "name=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&problem=").await.text();
    assert!(!evil.contains("<script>alert"), "{evil}");
    assert_eq!(asks(house.at(), &format!("name=A&problem={}", "x".repeat(80_000))).await.status, 400);
    for unknown in ["/support/x", "/support/0190b0b0-0000-7000-8000-000000000000"] {
        get(house.at(), unknown, None).await.refuses(404, ErrorCode::NotFound);
    }
    // Three from one address, then it has to wait.
    let statuses =
        [asks(house.at(), "name=A&problem=B").await.status, asks(house.at(), "name=A&problem=B").await.status];
    assert_eq!(statuses, [303, 303]);
    assert_eq!(asks(house.at(), "name=A&problem=B").await.status, 429);
    assert_eq!(owner.get::<HelpRequests>("/api/v1/requests").await.requests.len(), 2);
}

#[tokio::test]
async fn the_customers_program_asks_and_is_told_where_its_request_stands() {
    let house = House::new().await;
    let owner = house.owner().await;
    let ask = async |body: serde_json::Value| post(house.at(), "/api/v1/help", None, &body).await;
    for wrong in [
        json!({ "name": " ", "problem": "It beeps" }),
        json!({ "name": "Ada", "problem": "" }),
        json!({ "name": "Ada" }),
    ] {
        ask(wrong).await.refuses(400, ErrorCode::Malformed);
    }
    let long = "x".repeat(PROBLEM_CHARS + 1);
    ask(json!({ "name": "Ada", "problem": long })).await.refuses(413, ErrorCode::TooLarge);
    let first: HelpAsked = ask(json!({ "name": "Ada", "problem": "It beeps" })).await.is(200);
    let second: HelpAsked = ask(json!({ "name": "Bob", "problem": "It smokes" })).await.is(200);
    let stands = async |asked: HelpAsked| -> HelpStands {
        get(house.at(), &format!("/api/v1/help/{}", asked.id), None).await.is(200)
    };
    assert_eq!(stands(first).await, HelpStands::Waiting);
    let waiting = owner.get::<HelpRequests>("/api/v1/requests").await.requests;
    assert_eq!(waiting.iter().map(|one| one.problem.as_str()).collect::<Vec<_>>(), ["It smokes", "It beeps"]);

    let invitation = Invitation::link(fresh(), fresh());
    let link = RequestLink { finder: invitation.finder.clone(), secret: invitation.secret.reveal().to_owned() };
    let answer = async |asked: HelpAsked, link: Option<RequestLink>| -> HelpRequests {
        let path = format!("/api/v1/requests/{}/answer", asked.id);
        post(house.at(), &path, Some(&owner.token), &RequestAnswer { link }).await.is(200)
    };
    answer(first, Some(link.clone())).await;
    answer(second, None).await;
    assert_eq!(stands(first).await, HelpStands::TakenUp { link });
    assert_eq!(stands(second).await, HelpStands::PutAside);
    for unknown in ["x", "0190b0b0-0000-7000-8000-000000000000"] {
        get(house.at(), &format!("/api/v1/help/{unknown}"), None).await.refuses(404, ErrorCode::NotFound);
    }
    // Three from one address, then it has to wait; the page counts with it.
    assert_eq!(asks(house.at(), "name=A&problem=B").await.status, 303);
    ask(json!({ "name": "Ada", "problem": "It beeps" })).await.refuses(429, ErrorCode::TooMany);
}

#[tokio::test]
async fn a_typed_code_leads_on_by_its_first_half_only() {
    let house = House::new().await;
    let form = get(house.at(), "/support", None).await.text();
    assert!(form.contains("maxlength=\"4\"") && form.contains("The first four characters"), "{form}");
    assert_eq!(location(&get(house.at(), "/support?code=k7mp", None).await), "/s/K7MP");
    assert_eq!(location(&get(house.at(), "/support?code=K7MP-4QXD", None).await), "/s/K7MP");
    for wrong in ["/support?code=", "/support?code=K7", "/support?code=%3Cx%3E", "/support?code=UUUU"] {
        let answer = get(house.at(), wrong, None).await;
        assert!(answer.status == 400 && answer.text().contains("not known"), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_brand_is_on_every_page_and_is_text() {
    let house = House::new().await;
    let owner = house.owner().await;
    get(house.at(), "/logo.png", None).await.refuses(404, ErrorCode::NotFound);
    let brand = json!({ "name": "</p><b>Weber", "colour": "#ffe08a", "logo": null, "welcome": "Grüß Gott" });
    let kept: Brand = post(house.at(), "/api/v1/brand", Some(&owner.token), &brand).await.is(200);
    assert_eq!((kept.name, kept.welcome), (name("</p><b>Weber"), Welcome::lossy("Grüß Gott")));
    let (_, code) = owner.new_session().await;
    for path in [format!("/s/{}", code.finder.as_str()), "/support".to_owned()] {
        let text = get(house.at(), &path, None).await.text();
        assert!(text.contains("&lt;/p&gt;&lt;b&gt;Weber") && text.contains("Grüß Gott"), "{text}");
    }
    let style = get(house.at(), "/page.css", None).await.text();
    assert!(style.contains("#ffe08a") && style.contains("color:#000") && !style.contains("ACCENT"), "{style}");
    for wrong in ["red;}body{", "#12345"] {
        let brand = json!({ "name": "", "colour": wrong, "logo": null, "welcome": "" });
        post(house.at(), "/api/v1/brand", Some(&owner.token), &brand).await.refuses(400, ErrorCode::Malformed);
    }
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    let brand = json!({ "name": "", "colour": null, "logo": png, "welcome": "" });
    let _: Brand = post(house.at(), "/api/v1/brand", Some(&owner.token), &brand).await.is(200);
    let logo = request(house.at(), "GET", "/logo.png", &[&bearer("x")], b"").await;
    assert!(logo.head.contains("image/png") && logo.body.starts_with(b"\x89PNG"));
}
