//! Who shares the screen: a helper, or a page in a browser. The offer says which, and it is signed.
//!
//! A page has what its browser gives it: one picture as the browser encodes it, and the `control` channel. There is no
//! other channel in its connection: whatever else it opened would be closed.

use deskhand_protocol::call::channel::Channel;

/// A line of its own in a page's offer (RFC 8866 section 6.4); a helper's has none.
const MARK: &str = "a=tool:deskhand-browser";

/// The end that made the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharer {
    /// The customer's program.
    Helper,
    /// A page of the relay in the customer's browser.
    Browser,
}

impl Sharer {
    /// Who made this offer.
    pub(super) fn of(offer: &str) -> Self {
        if offer.lines().any(|line| line.trim_end() == MARK) { Self::Browser } else { Self::Helper }
    }

    /// The channels that its connection has, and no others.
    #[must_use]
    pub const fn channels(self) -> &'static [Channel] {
        match self {
            Self::Helper => &Channel::ALL,
            Self::Browser => &[Channel::Control],
        }
    }

    /// Whether its connection has this channel.
    #[must_use]
    pub fn has(self, channel: Channel) -> bool {
        self.channels().contains(&channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_nothing_but_a_word_with_the_console() {
        let offer = "v=0\r\ns=-\r\nt=0 0\r\na=tool:deskhand-browser\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
        assert_eq!(Sharer::of(offer), Sharer::Browser);
        assert_eq!(Sharer::Browser.channels(), [Channel::Control]);
        assert_eq!(
            Sharer::of(&offer.replace("a=tool:deskhand-browser", "a=x:a=tool:deskhand-browser")),
            Sharer::Helper
        );
        assert!(Channel::ALL.into_iter().all(|channel| Sharer::Helper.has(channel)));
    }
}
