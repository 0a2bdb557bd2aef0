//! Links for people who asked for help on the relay's page, until their page has fetched them. They hold a secret that
//! a relay otherwise never has (`docs/decisions/0043-who-takes-the-program-from-a-relay-trusts-it.md`): in memory only,
//! for a while only.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use deskhand_protocol::{id::RecordId, limit::REQUESTS_WAITING, template::RequestLink};

/// How long a page may take to come for its link: it asks every few seconds.
const KEPT: Duration = Duration::from_secs(3_600);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<HashMap<RecordId, (Instant, RequestLink)>>);

impl Answers {
    /// Keeps a link for a request; the oldest gives way when there are too many.
    pub(crate) fn put(&self, id: RecordId, link: RequestLink) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        kept.retain(|_, (since, _)| now - *since < KEPT);
        if kept.len() >= REQUESTS_WAITING as usize
            && let Some(oldest) = kept.iter().min_by_key(|(_, (since, _))| *since).map(|(id, _)| *id)
        {
            kept.remove(&oldest);
        }
        kept.insert(id, (now, link));
    }

    /// The link of a request. It stays, since a page may be loaded twice.
    pub(crate) fn get(&self, id: RecordId) -> Option<RequestLink> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&id).filter(|(since, _)| since.elapsed() < KEPT).map(|(_, link)| link.clone())
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::code::Invitation;

    use super::*;
    use crate::clock;

    #[test]
    fn when_there_are_too_many_links_the_last_is_kept() {
        let link = Invitation::link([1; 10], [2; 16]);
        let link = RequestLink { finder: link.finder.clone(), secret: link.secret.reveal().to_owned() };
        let answers = Answers::default();
        for _ in 0..=REQUESTS_WAITING {
            let id = RecordId::from_uuid(clock::new_id());
            answers.put(id, link.clone());
            assert_eq!(answers.get(id), Some(link.clone()));
        }
        assert_eq!(answers.0.lock().unwrap().len(), REQUESTS_WAITING as usize);
    }
}
