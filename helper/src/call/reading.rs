//! How far the customer has taken in what the technicians wrote. What has come here is delivered; read is only what the
//! window says it has shown him. Each is said when it is more than before, and everything again when the relay asks
//! anew by a claim.

use deskhand_protocol::record::{ChatMarks, Marks};

use crate::view::ChatLine;

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Whether the relay keeps marks; an older one would not know the word.
    kept: bool,
    /// Up to where the window has shown the chat.
    shown: u32,
    /// What the relay was told last.
    said: Marks,
}

impl Reading {
    /// A session was taken up, perhaps again: the relay is told anew. Gives how far the technicians are.
    pub(super) fn claimed(&mut self, marks: Option<ChatMarks>) -> Marks {
        self.kept = marks.is_some();
        self.said = Marks::default();
        let marks = marks.unwrap_or_default();
        // What was read before this program was started again.
        self.shown = self.shown.max(marks.customer.read);
        marks.technician
    }

    /// The chat is before his eyes up to this place.
    pub(super) fn shows(&mut self, up_to: u32) {
        self.shown = self.shown.max(up_to);
    }

    /// What the relay is to be told now, if it is more than it was told before.
    pub(super) fn unsaid(&mut self, chat: &[ChatLine]) -> Option<Marks> {
        let theirs = || chat.iter().filter(|line| !line.mine).filter_map(|line| line.seq);
        let delivered = theirs().max().unwrap_or(0);
        let read = theirs().filter(|seq| *seq <= self.shown).max().unwrap_or(0);
        let marks = Marks { delivered, read };
        if !self.kept || marks == self.said {
            return None;
        }
        self.said = marks;
        Some(marks)
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{UnixMillis, id::MessageId, text::ChatText};

    use super::*;

    fn line(seq: u32, mine: bool) -> ChatLine {
        ChatLine {
            id: MessageId::from_uuid(uuid::Uuid::from_u128(u128::from(seq))),
            seq: Some(seq),
            mine,
            text: ChatText::lossy("hello"),
            sent_at: Some(UnixMillis(1)),
        }
    }

    const fn marks(delivered: u32, read: u32) -> Marks {
        Marks { delivered, read }
    }

    #[test]
    fn what_came_is_delivered_and_what_was_shown_is_read() {
        let mut reading = Reading::default();
        let mut chat = vec![line(1, false)];
        assert_eq!(reading.unsaid(&chat), None, "the relay is not known yet");
        reading.claimed(Some(ChatMarks::default()));
        assert_eq!(reading.unsaid(&chat), Some(marks(1, 0)));
        assert_eq!(reading.unsaid(&chat), None, "once is enough");
        chat.push(line(2, true));
        assert_eq!(reading.unsaid(&chat), None, "his own are not his to mark");
        reading.shows(9);
        assert_eq!(reading.unsaid(&chat), Some(marks(1, 1)));
        reading.shows(0);
        chat.push(line(10, false));
        assert_eq!(reading.unsaid(&chat), Some(marks(10, 1)));
    }

    #[test]
    fn after_a_claim_everything_is_said_again_but_to_no_relay_that_keeps_none() {
        let mut reading = Reading::default();
        let chat = [line(1, false), line(2, false)];
        let before = ChatMarks { technician: marks(4, 3), customer: marks(2, 1) };
        assert_eq!(reading.claimed(Some(before)), marks(4, 3));
        assert_eq!(reading.unsaid(&chat), Some(marks(2, 1)));
        assert_eq!(reading.claimed(Some(before)), marks(4, 3));
        assert_eq!(reading.unsaid(&chat), Some(marks(2, 1)));
        assert_eq!(reading.claimed(None), Marks::default());
        assert_eq!(reading.unsaid(&chat), None);
    }
}
