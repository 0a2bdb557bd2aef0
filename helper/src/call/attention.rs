//! The customer asks the technicians to look his way: how often he can, and what he is told of it. Told the time.

use std::time::{Duration, Instant};

use deskhand_protocol::limit::ATTENTION_PAUSE;

use crate::view::AttentionView;

/// How long he is told that he was seen: it is read while the window is open.
const SEEN: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attention {
    asked: Option<Instant>,
    seen: Option<Instant>,
}

impl Attention {
    /// He asks. Whether it is passed on: not before the pause is over.
    pub(super) fn ask(&mut self, now: Instant) -> bool {
        if self.asked.is_some_and(|asked| now < asked + ATTENTION_PAUSE) {
            return false;
        }
        *self = Self { asked: Some(now), seen: None };
        true
    }

    /// A technician has seen it.
    pub(super) fn seen(&mut self, now: Instant) {
        if self.asked.is_some() {
            self.seen.get_or_insert(now);
        }
    }

    /// What he is told now.
    pub(super) fn view(&self, now: Instant) -> AttentionView {
        match (self.asked, self.seen) {
            (Some(_), Some(_)) if self.ends().is_some_and(|ends| now < ends) => AttentionView::Seen,
            (None, _) | (Some(_), Some(_)) => AttentionView::Quiet,
            (Some(asked), None) if now < asked + ATTENTION_PAUSE => AttentionView::Asked,
            (Some(_), None) => AttentionView::Unanswered,
        }
    }

    /// When that changes by itself.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        match self.view(now) {
            AttentionView::Asked => self.asked.map(|asked| asked + ATTENTION_PAUSE),
            AttentionView::Seen => self.ends(),
            AttentionView::Quiet | AttentionView::Unanswered => None,
        }
    }

    /// Until when he is told that he was seen: at least as long as he could not ask again.
    fn ends(&self) -> Option<Instant> {
        Some((self.seen? + SEEN).max(self.asked? + ATTENTION_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn he_asks_again_after_a_pause_and_sees_whether_he_was_seen() {
        let (mut attention, now) = (Attention::default(), Instant::now());
        assert_eq!(attention.view(now), AttentionView::Quiet);
        assert!(attention.ask(now) && !attention.ask(now), "a second click is no second call");
        assert_eq!(attention.view(now), AttentionView::Asked);
        let later = attention.deadline(now).unwrap();
        assert_eq!(later, now + ATTENTION_PAUSE);
        assert_eq!(attention.view(later), AttentionView::Unanswered);
        assert_eq!(attention.deadline(later), None);
        assert!(attention.ask(later));
        attention.seen(later + Duration::from_secs(1));
        assert_eq!(attention.view(later + Duration::from_secs(1)), AttentionView::Seen);
        assert!(!attention.ask(later + Duration::from_secs(2)), "nor does it come faster for having been seen");
        let over = attention.deadline(later + Duration::from_secs(2)).unwrap();
        assert_eq!(attention.view(over), AttentionView::Quiet);
        assert!(attention.ask(over));
    }

    #[test]
    fn a_technician_who_sees_what_nobody_asked_changes_nothing() {
        let (mut attention, now) = (Attention::default(), Instant::now());
        attention.seen(now);
        assert_eq!((attention.view(now), attention.deadline(now)), (AttentionView::Quiet, None));
        assert!(attention.ask(now));
        assert_eq!(attention.view(now), AttentionView::Asked);
    }
}
