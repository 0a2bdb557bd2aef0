//! What every route and socket shares.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use deskhand_core::rate::{
    CHALLENGES_PER_ADDRESS, CODES_OVERALL, CODES_PER_ADDRESS, Limiter, PROOFS_PER_ADDRESS, REQUESTS_OVERALL,
    REQUESTS_PER_ADDRESS, TooMany,
};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::{
    account::Accounts, answers::Answers, auth::Auth, bundle::Bundle, detour::Exchange, hub::Hub, news::News,
    places::Places, selftest::Links, store::Store, templates::Templates,
};

/// A limiter that tasks share.
#[derive(Debug)]
pub(crate) struct Shared(Mutex<Limiter>);

impl Shared {
    pub(crate) const fn new(limiter: Mutex<Limiter>) -> Self {
        Self(limiter)
    }

    /// Runs `act` on the limiter, with the time.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Limiter, Instant) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), Instant::now())
    }

    /// Takes one for this address.
    pub(crate) fn take(&self, address: std::net::IpAddr) -> Result<(), TooMany> {
        self.with(|limiter, now| limiter.take(address, now))
    }
}

/// What every route and socket shares.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: Arc<Store>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) auth: Auth,
    /// Who signs in with a password, where the console is served to browsers.
    pub(crate) accounts: Option<Accounts>,
    /// The console's page, likewise.
    pub(crate) page: Option<Bundle>,
    /// What passes between two ends without a direct path.
    pub(crate) detour: Arc<Exchange>,
    /// Where addresses are.
    pub(crate) places: Arc<Places>,
    /// What is new.
    pub(crate) news: Arc<News>,
    /// Woken when sessions are to be kept for another time than before.
    pub(crate) old_sessions: Arc<Notify>,
    /// Codes that helpers tried.
    pub(crate) codes: Shared,
    /// Finders and links of pages that were tried: by themselves, so that who looks through pages uses up no helper's
    /// tries.
    pub(crate) pages: Shared,
    /// Challenges that were asked for.
    pub(crate) challenges: Shared,
    /// Proofs and set-up tokens that were tried.
    pub(crate) proofs: Shared,
    /// Links of the self-test.
    pub(crate) links: Links,
    /// Requests for help that were sent.
    pub(crate) requests: Shared,
    /// The builds of the customer's program.
    pub(crate) templates: Templates,
    /// Links for people who asked for help.
    pub(crate) answers: Arc<Answers>,
    /// Every task of a socket.
    pub(crate) tasks: TaskTracker,
}

impl App {
    pub(crate) fn new(
        store: Arc<Store>,
        hub: Arc<Hub>,
        auth: Auth,
        browsers: Option<(Bundle, Accounts)>,
        detour: Arc<Exchange>,
        places: Arc<Places>,
        templates: Templates,
    ) -> Self {
        let now = Instant::now();
        let (page, accounts) = browsers.unzip();
        let limiter = |each, overall| Shared(Mutex::new(Limiter::new(each, overall, now)));
        Self {
            store,
            hub,
            auth,
            accounts,
            page,
            detour,
            places,
            news: Arc::default(),
            old_sessions: Arc::default(),
            codes: limiter(CODES_PER_ADDRESS, Some(CODES_OVERALL)),
            pages: limiter(CODES_PER_ADDRESS, Some(CODES_OVERALL)),
            challenges: limiter(CHALLENGES_PER_ADDRESS, None),
            proofs: limiter(PROOFS_PER_ADDRESS, None),
            links: Links::default(),
            requests: limiter(REQUESTS_PER_ADDRESS, Some(REQUESTS_OVERALL)),
            templates,
            answers: Arc::default(),
            tasks: TaskTracker::new(),
        }
    }
}
