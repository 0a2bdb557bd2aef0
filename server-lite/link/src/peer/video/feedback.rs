//! Reports to the sender, only while there is something to report.
//!
//! The library's own wakes at every interval for ever after the first packet: forty times a second on a still screen.

use std::time::Instant;

use rtc::{
    interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket},
    sansio::Protocol,
    shared::error::Error,
};

/// Puts the timer of what makes reports to sleep while no packets come.
pub(crate) struct Feedback<I> {
    inner: I,
    /// A packet came that no report has told of.
    news: bool,
}

impl<I> Feedback<I> {
    pub(crate) const fn new(inner: I) -> Self {
        Self { inner, news: false }
    }
}

impl<I> Protocol<TaggedPacket, TaggedPacket, ()> for Feedback<I>
where
    I: Protocol<
            TaggedPacket,
            TaggedPacket,
            (),
            Rout = TaggedPacket,
            Wout = TaggedPacket,
            Eout = (),
            Error = Error,
            Time = Instant,
        >,
{
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        self.news |= matches!(tagged.message.packet, Packet::Rtp(_));
        self.inner.handle_read(tagged)
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inner.poll_read()
    }

    fn handle_write(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        self.inner.handle_write(tagged)
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.inner.poll_write()
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        if self.inner.poll_timeout().is_some_and(|due| due <= now) {
            self.news = false;
        }
        self.inner.handle_timeout(now)
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        self.inner.poll_timeout().filter(|_| self.news)
    }
}

impl<I> Interceptor for Feedback<I>
where
    I: Interceptor,
    Self: Protocol<
            TaggedPacket,
            TaggedPacket,
            (),
            Rout = TaggedPacket,
            Wout = TaggedPacket,
            Eout = (),
            Error = Error,
            Time = Instant,
        >,
{
    fn bind_local_stream(&mut self, info: &StreamInfo) {
        self.inner.bind_local_stream(info);
    }

    fn unbind_local_stream(&mut self, info: &StreamInfo) {
        self.inner.unbind_local_stream(info);
    }

    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        self.inner.bind_remote_stream(info);
    }

    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        self.inner.unbind_remote_stream(info);
    }
}
