//! What the other end offers, on its way into this machine's clipboard.

use super::*;

/// What the other end has in its clipboard.
#[derive(Debug)]
pub(super) struct Theirs {
    serial: u32,
    parts: BTreeMap<ClipboardKind, Part>,
    /// Whether it is in the clipboard here, as far as this end has done its part.
    pub(super) taken: bool,
    /// Whether the system has said so.
    owned: bool,
    /// The paste key is to be pressed then.
    press: bool,
    /// How often the clipboard here had changed when it came: after a change it is old.
    pub(super) changes: u32,
}

/// Content that was asked for.
#[derive(Debug)]
pub(super) struct Pending {
    kind: ClipboardKind,
    /// Programs that wait for it.
    wants: Vec<u32>,
    /// Its length and what has come, once it has begun.
    content: Option<(usize, Vec<u8>)>,
}

impl<R: Rules> Exchange<R> {
    pub(super) fn offered(&mut self, offer: Offer) -> Result<(), Breach> {
        let Offer { serial, seen, parts, .. } = offer;
        if serial <= self.seen {
            return Err(Breach { code: ErrorCode::OutOfOrder, detail: "offers are counted" });
        }
        self.seen = serial;
        self.end_pending();
        let crossed = seen < self.sent && self.mine.is_some();
        if crossed && self.side == Side::Helper {
            // The other end takes what this one has offered.
            self.theirs = None;
            return Ok(());
        }
        if self.their_files.take().is_some() {
            self.effects.push_back(Effect::Offered(None));
        }
        if let Some(Part::Here(list)) = parts.get(&ClipboardKind::Files) {
            return self.offered_files(serial, list);
        }
        let changes = self.changes;
        self.theirs = Some(Theirs { serial, parts, taken: false, owned: false, press: false, changes });
        if self.rules.may_take() {
            self.take();
        } else if crossed {
            self.offer_again();
        }
        Ok(())
    }

    /// The names are told; nothing is put into the clipboard before the files are here.
    fn offered_files(&mut self, serial: u32, list: &[u8]) -> Result<(), Breach> {
        if self.side == Side::Helper {
            return Err(Breach { code: ErrorCode::OutOfOrder, detail: "the technician's files are sent, not offered" });
        }
        let malformed = Breach { code: ErrorCode::Malformed, detail: "not a list of copied files" };
        let copied = Copied::decode(list).ok_or(malformed)?;
        if self.theirs.take().is_some_and(|theirs| theirs.taken) {
            self.effects.push_back(Effect::Clear);
        }
        self.their_files = Some(serial);
        self.effects.push_back(Effect::Offered(Some(copied)));
        Ok(())
    }

    /// Files of the other end are on this machine: their list is put into the clipboard.
    pub fn arrived(&mut self, list: Bytes, then: Then) {
        let kind = ClipboardKind::Files;
        if !self.rules.may_take() {
            let (why, direction) = (NoContent::NotAllowed, Direction::In);
            return self.tell(Notice::Failed { direction, kind, why, size: 0, limit: 0 });
        }
        self.end_pending();
        // Counted from the other end, so that it is no offer's.
        self.arrivals = self.arrivals.wrapping_add(1);
        let (serial, changes, press) = (u32::MAX - self.arrivals, self.changes, then == Then::Press);
        let parts = BTreeMap::from([(kind, Part::Here(list))]);
        self.theirs = Some(Theirs { serial, parts, taken: true, owned: false, press, changes });
        self.forget_mine();
        self.effects.push_back(Effect::Own { serial, kinds: BTreeSet::from([kind]) });
    }

    /// Puts what the other end offers into the clipboard.
    pub(super) fn take(&mut self) {
        let Some(theirs) = &mut self.theirs else { return };
        let kinds: BTreeSet<ClipboardKind> = theirs.parts.keys().copied().collect();
        let Some(kind) = richest(kinds.iter().copied()) else {
            self.theirs = None;
            return self.effects.push_back(Effect::Clear);
        };
        theirs.taken = true;
        let serial = theirs.serial;
        let mut size = Some(0);
        for part in theirs.parts.values() {
            match part {
                Part::Here(content) => {
                    size = size.map(|size| size + content.len());
                    self.rules.took(Print::of(content));
                }
                Part::OnDemand => size = None,
            }
        }
        self.forget_mine();
        self.effects.push_back(Effect::Own { serial, kinds });
        self.tell(Notice::Moved { direction: Direction::In, kind, size });
    }

    /// The other end's content is in the clipboard, whatever a program here has put there just before.
    pub fn owned(&mut self, serial: u32) {
        if let Some(theirs) = self.theirs.as_mut().filter(|theirs| theirs.serial == serial) {
            (theirs.taken, theirs.owned) = (true, true);
            if std::mem::take(&mut theirs.press) {
                self.effects.push_back(Effect::Press);
            }
            self.forget_mine();
        }
    }

    pub(super) fn press(&mut self, serial: u32) {
        if serial == 0 {
            return self.effects.push_back(Effect::Press);
        }
        // Of an offer that was not taken nothing is pasted: what is there instead was not meant.
        if let Some(theirs) = self.theirs.as_mut().filter(|theirs| theirs.taken && theirs.serial == serial) {
            if theirs.owned {
                self.effects.push_back(Effect::Press);
            } else {
                theirs.press = true;
            }
        }
    }

    /// A program here pastes.
    pub fn wanted(&mut self, want: u32, kind: ClipboardKind) {
        let theirs = self.theirs.as_ref().filter(|theirs| theirs.taken && self.rules.may(Direction::In));
        match theirs.and_then(|theirs| Some((theirs.serial, theirs.parts.get(&kind)?))) {
            None => self.effects.push_back(Effect::Provide { want, content: None }),
            Some((_, Part::Here(content))) => {
                let content = Some(content.clone());
                self.effects.push_back(Effect::Provide { want, content });
            }
            Some((serial, Part::OnDemand)) => {
                if let Some(pending) = self.pending.values_mut().find(|pending| pending.kind == kind) {
                    return pending.wants.push(want);
                }
                self.requests = self.requests.wrapping_add(1);
                let request = self.requests;
                self.pending.insert(request, Pending { kind, wants: vec![want], content: None });
                self.say(ClipboardMessage::Want { request, serial, kind });
            }
        }
    }

    /// Answers to questions that were given up may be on their way: they are not known any more and passed over.
    pub(super) fn begins(&mut self, request: u32, length: u32) -> Result<(), Breach> {
        let Some(pending) = self.pending.get_mut(&request) else { return Ok(()) };
        let (length, kind) = (usize::try_from(length).unwrap_or(usize::MAX), pending.kind);
        if pending.content.is_some() {
            return Err(Breach { code: ErrorCode::OutOfOrder, detail: "content begins once" });
        }
        if length > kind.limit() {
            self.fail(request, NoContent::TooBig, length, kind.limit());
            return Ok(());
        }
        pending.content = Some((length, Vec::new()));
        self.complete(request)
    }

    pub(super) fn chunk(&mut self, request: u32, bytes: &Bytes) -> Result<(), Breach> {
        let Some(pending) = self.pending.get_mut(&request) else { return Ok(()) };
        let Some((length, so_far)) = &mut pending.content else {
            return Err(Breach { code: ErrorCode::OutOfOrder, detail: "content that has not begun" });
        };
        if so_far.len() + bytes.len() > *length {
            return Err(Breach { code: ErrorCode::Malformed, detail: "content longer than it began" });
        }
        so_far.extend_from_slice(bytes);
        self.complete(request)
    }

    /// Hands content over once all of it has come and it is what it was said to be.
    fn complete(&mut self, request: u32) -> Result<(), Breach> {
        let Some(pending) = self.pending.get_mut(&request) else { return Ok(()) };
        let kind = pending.kind;
        let Some((_, content)) = pending.content.as_mut().filter(|(length, so_far)| *length == so_far.len()) else {
            return Ok(());
        };
        let content = Bytes::from(std::mem::take(content));
        if kind == ClipboardKind::Image {
            // What comes after the last byte is too long.
            self.effects.push_back(Effect::Clean { request, image: content });
        } else if std::str::from_utf8(&content).is_ok_and(|text| !text.contains('\0')) {
            self.hand_over(request, content);
        } else {
            self.fail(request, NoContent::Unfit, 0, 0);
        }
        Ok(())
    }

    /// What [`Effect::Clean`] asked for.
    pub fn cleaned(&mut self, request: u32, result: Result<Bytes, Unfit>) {
        match result {
            Ok(image) => self.hand_over(request, image),
            Err(_) => self.fail(request, NoContent::Unfit, 0, 0),
        }
    }

    fn hand_over(&mut self, request: u32, content: Bytes) {
        let Some(Pending { kind, wants, .. }) = self.pending.remove(&request) else { return };
        if !self.rules.may(Direction::In) {
            for want in wants {
                self.effects.push_back(Effect::Provide { want, content: None });
            }
            return;
        }
        self.rules.took(Print::of(&content));
        let size = content.len();
        if let Some(theirs) = &mut self.theirs {
            // Pasted once, pasted twice.
            theirs.parts.insert(kind, Part::Here(content.clone()));
        }
        for want in wants {
            self.effects.push_back(Effect::Provide { want, content: Some(content.clone()) });
        }
        self.tell(Notice::Moved { direction: Direction::In, kind, size: Some(size) });
    }

    pub(super) fn refused(&mut self, request: u32, why: NoContent, size: u32, limit: u32) {
        let whole = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        self.fail(request, why, whole(size), whole(limit));
    }

    fn fail(&mut self, request: u32, why: NoContent, size: usize, limit: usize) {
        let Some(Pending { kind, wants, .. }) = self.pending.remove(&request) else { return };
        for want in wants {
            self.effects.push_back(Effect::Provide { want, content: None });
        }
        self.tell(Notice::Failed { direction: Direction::In, kind, why, size, limit });
    }

    fn end_pending(&mut self) {
        for (_, Pending { wants, .. }) in std::mem::take(&mut self.pending) {
            for want in wants {
                self.effects.push_back(Effect::Provide { want, content: None });
            }
        }
    }

    pub(super) fn gone(&mut self, serial: u32) {
        if self.their_files == Some(serial) {
            self.their_files = None;
            self.effects.push_back(Effect::Offered(None));
        }
        let Some(theirs) = self.theirs.as_mut().filter(|theirs| theirs.serial == serial) else { return };
        theirs.parts.retain(|_, part| *part != Part::OnDemand);
        let (empty, taken) = (theirs.parts.is_empty(), theirs.taken);
        self.end_pending();
        if empty {
            self.theirs = None;
            if taken {
                self.effects.push_back(Effect::Clear);
            }
        }
    }
}
