//! What console and helper have in common: the memory of what is past, the counting of wrong codes.

use std::collections::VecDeque;

use deskhand_protocol::limit::PAKE_FAILURES;

use super::REMEMBERED;

/// The last few of something.
#[derive(Debug)]
pub(super) struct Recent<T>(VecDeque<T>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: PartialEq> Recent<T> {
    pub(super) fn remember(&mut self, item: T) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(item);
    }

    pub(super) fn knows(&self, item: &T) -> bool {
        self.0.contains(item)
    }
}

/// Wrong tries of one code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failures(pub(super) u32);

impl Failures {
    pub(super) const fn count(&mut self) {
        self.0 = self.0.saturating_add(1);
    }

    pub(super) const fn ended(self) -> bool {
        self.0 >= PAKE_FAILURES
    }
}
