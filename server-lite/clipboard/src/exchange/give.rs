//! What this machine's programs copy, on its way to the other end.

use super::*;

/// What this machine's programs have in the clipboard.
#[derive(Debug)]
pub(super) struct Mine {
    kinds: BTreeSet<ClipboardKind>,
    mark: Mark,
    /// What was read of it because it is small.
    here: BTreeMap<ClipboardKind, Bytes>,
    /// Forms that are being read to see whether they are small, by the read's number.
    looking: HashMap<u32, ClipboardKind>,
    stage: Stage,
    /// A person asked for it to be sent and pasted.
    paste: Paste,
}

impl Mine {
    fn new(kinds: BTreeSet<ClipboardKind>, mark: Mark, stage: Stage) -> Self {
        Self { kinds, mark, here: BTreeMap::new(), looking: HashMap::new(), stage, paste: Paste::No }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is not offered.
    Here,
    /// It is looked at, to be offered.
    Looking,
    /// It is offered.
    Offered(u32),
    /// It came from somebody else, and stays here.
    Foreign,
    /// Files, which go when the technician clicks.
    Files,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paste {
    No,
    /// Once it is offered.
    Wanted,
}

/// Content on its way.
#[derive(Debug)]
pub(super) struct Serving {
    request: u32,
    kind: ClipboardKind,
    read: u32,
    size: usize,
    /// What is left of it; `None` while it is being read.
    pub(super) content: Option<Bytes>,
}

impl<R: Rules> Exchange<R> {
    /// A program of this machine has put something into the clipboard, or it is empty (no kinds).
    pub fn changed(&mut self, kinds: BTreeSet<ClipboardKind>, mark: Mark) {
        self.changes = self.changes.wrapping_add(1);
        let offered = self.offered_serial();
        self.end_serving(NoContent::Stale);
        if let Some(theirs) = &mut self.theirs {
            theirs.taken = false;
        }
        if (kinds.is_empty() || mark == Mark::Secret)
            && let Some(serial) = offered
        {
            self.say(ClipboardMessage::Gone { serial });
        }
        self.mine = (!kinds.is_empty()).then(|| Mine::new(kinds, mark, Stage::Here));
        self.prepare();
    }

    /// The clipboard holds what came from another session: nothing of it is this end's to give.
    pub fn taken_by_another(&mut self) {
        self.changed(BTreeSet::new(), Mark::Plain);
        self.mine = Some(Mine::new(BTreeSet::new(), Mark::Plain, Stage::Foreign));
    }

    fn offered_serial(&self) -> Option<u32> {
        match self.mine.as_ref()?.stage {
            Stage::Offered(serial) => Some(serial),
            _ => None,
        }
    }

    /// Offers what is here if it is not offered yet and may be.
    pub(super) fn prepare(&mut self) {
        let Some(mine) = &mut self.mine else { return };
        let asked_for = mine.mark == Mark::Plain || mine.paste == Paste::Wanted;
        if mine.stage != Stage::Here || !asked_for || !self.rules.may(Direction::Out) {
            return;
        }
        mine.stage = Stage::Looking;
        mine.here.clear();
        mine.looking.clear();
        let small = [ClipboardKind::Text, ClipboardKind::Html, ClipboardKind::Files];
        for kind in small.into_iter().filter(|kind| mine.kinds.contains(kind)) {
            self.reads = self.reads.wrapping_add(1);
            mine.looking.insert(self.reads, kind);
            let limit = if kind == ClipboardKind::Files { kind.limit() } else { CLIPBOARD_HERE };
            self.effects.push_back(Effect::Read { read: self.reads, kind, limit });
        }
        self.offer();
    }

    /// What [`Effect::Look`] asked for.
    pub fn looked(&mut self, read: u32, looked: Looked) {
        let Some(mine) = self.mine.as_mut() else { return };
        if mine.looking.remove(&read).is_none() {
            return;
        }
        match looked {
            Looked::Copied(copied) => {
                mine.here.insert(ClipboardKind::Files, copied.encode().into());
            }
            Looked::Foreign => return self.is_another_ends(),
            Looked::None => {
                mine.kinds.remove(&ClipboardKind::Files);
            }
        }
        self.offer();
    }

    /// What is here came from another end, and stays here. Whoever wanted to paste it is told.
    fn is_another_ends(&mut self) {
        let Some(mine) = &mut self.mine else { return };
        mine.stage = Stage::Foreign;
        mine.looking.clear();
        if std::mem::replace(&mut mine.paste, Paste::No) == Paste::Wanted {
            self.tell(Notice::NotYours);
        }
    }

    /// What may be said of copied files has changed: they are looked at again.
    pub fn files_changed(&mut self) {
        if let Some(mine) = self.mine.as_mut().filter(|mine| mine.kinds.contains(&ClipboardKind::Files))
            && matches!(mine.stage, Stage::Offered(_))
        {
            mine.stage = Stage::Here;
            self.prepare();
        }
    }

    /// Offers once everything was looked at.
    fn offer(&mut self) {
        let seen = self.seen;
        let Some(mine) = self.mine.as_mut().filter(|mine| mine.stage == Stage::Looking && mine.looking.is_empty())
        else {
            return;
        };
        if mine.kinds.is_empty() {
            self.mine = None;
            return;
        }
        // What a program copies beside files are their paths, which are nobody else's business.
        if mine.here.contains_key(&ClipboardKind::Files) {
            mine.kinds.retain(|kind| *kind == ClipboardKind::Files);
            if self.side == Side::Console {
                mine.stage = Stage::Files;
                let paste = std::mem::replace(&mut mine.paste, Paste::No);
                self.messages.retain(|message| !matches!(message, ClipboardMessage::Offer(_)));
                if self.serial > 0 {
                    self.say(ClipboardMessage::Gone { serial: self.serial });
                }
                if paste == Paste::Wanted {
                    self.effects.push_back(Effect::SendFiles);
                }
                return;
            }
        }
        self.serial = self.serial.wrapping_add(1).max(1);
        mine.stage = Stage::Offered(self.serial);
        let mut left = CLIPBOARD_HERE;
        let mut parts = BTreeMap::new();
        for kind in &mine.kinds {
            let here = mine.here.get(kind).filter(|content| content.len() <= left);
            left -= here.map_or(0, Bytes::len);
            parts.insert(*kind, here.map_or(Part::OnDemand, |content| Part::Here(content.clone())));
        }
        let offer = Offer { serial: self.serial, seen, mark: mine.mark, parts };
        let paste = std::mem::replace(&mut mine.paste, Paste::No);
        // One that has not left is not worth sending any more.
        self.messages.retain(|message| !matches!(message, ClipboardMessage::Offer(_)));
        self.say(ClipboardMessage::Offer(offer));
        if paste == Paste::Wanted {
            self.say(ClipboardMessage::Paste { serial: self.serial });
        }
    }

    /// An offer is about to be sent.
    pub(super) fn may_leave(&mut self, mut offer: Offer) -> Option<Offer> {
        let mine = self.mine.as_mut().filter(|mine| mine.stage == Stage::Offered(offer.serial))?;
        if !self.rules.may(Direction::Out) {
            mine.stage = Stage::Here;
            self.messages.retain(|message| !matches!(message, ClipboardMessage::Paste { .. }));
            return None;
        }
        self.sent = offer.serial;
        offer.seen = self.seen;
        let size = offer.parts.values().map(|part| if let Part::Here(bytes) = part { bytes.len() } else { 0 }).sum();
        if let Some(kind) = richest(offer.parts.keys().copied()) {
            let size = offer.parts.values().all(|part| *part != Part::OnDemand).then_some(size);
            self.tell(Notice::Moved { direction: Direction::Out, kind, size });
        }
        Some(offer)
    }

    /// What [`Effect::Read`] asked for.
    pub fn read(&mut self, read: u32, result: Result<Bytes, Unread>) {
        if let Some(mine) = &mut self.mine
            && let Some(kind) = mine.looking.remove(&read)
        {
            match result {
                Ok(list) if kind == ClipboardKind::Files => {
                    mine.looking.insert(read, kind);
                    return self.effects.push_back(Effect::Look { read, list });
                }
                Ok(content) if self.rules.is_foreign(Print::of(&content)) => return self.is_another_ends(),
                Ok(content) => {
                    mine.here.insert(kind, content);
                }
                Err(Unread::TooBig { .. }) if kind == ClipboardKind::Files => {
                    let too_many = Copied::Not { why: NotCarried::TooMany, count: 0, size: 0 };
                    mine.here.insert(kind, too_many.encode().into());
                }
                // Big: read again when it is wanted.
                Err(Unread::TooBig { .. }) => {}
                Err(Unread::Gone | Unread::Unfit) => {
                    mine.kinds.remove(&kind);
                }
            }
            return self.offer();
        }
        let Some(at) = self.serving.iter().position(|serving| serving.read == read && serving.content.is_none()) else {
            return;
        };
        let Some(Serving { request, kind, .. }) = self.serving.remove(at) else { return };
        match result {
            Ok(content) if content.len() > kind.limit() => self.refuse(request, kind, NoContent::TooBig, content.len()),
            Ok(content) if self.rules.is_foreign(Print::of(&content)) => {
                self.refuse(request, kind, NoContent::NotAllowed, 0);
            }
            Ok(content) => self.serve(request, kind, read, content),
            Err(Unread::TooBig { size }) => self.refuse(request, kind, NoContent::TooBig, size),
            Err(Unread::Gone) => self.refuse(request, kind, NoContent::Gone, 0),
            Err(Unread::Unfit) => self.refuse(request, kind, NoContent::Unfit, 0),
        }
    }

    /// The other end wants a part of what is here.
    pub(super) fn asked(&mut self, request: u32, serial: u32, kind: ClipboardKind) -> Result<(), Breach> {
        if self.serving.len() >= CLIPBOARD_WANTS {
            return Err(Breach {
                code: ErrorCode::TooMany,
                detail: "more of the clipboard wanted at once than allowed",
            });
        }
        if !self.rules.may(Direction::Out) {
            self.refuse(request, kind, NoContent::NotAllowed, 0);
            return Ok(());
        }
        let mine = self.mine.as_ref().filter(|mine| mine.stage == Stage::Offered(serial));
        let Some(mine) = mine else {
            self.say(ClipboardMessage::None { request, why: NoContent::Stale, size: 0, limit: 0 });
            return Ok(());
        };
        if !mine.kinds.contains(&kind) {
            self.refuse(request, kind, NoContent::Gone, 0);
        } else if let Some(content) = mine.here.get(&kind).cloned() {
            self.serve(request, kind, 0, content);
        } else {
            self.reads = self.reads.wrapping_add(1);
            let read = self.reads;
            self.serving.push_back(Serving { request, kind, read, size: 0, content: None });
            self.effects.push_back(Effect::Read { read, kind, limit: kind.limit() });
        }
        Ok(())
    }

    fn serve(&mut self, request: u32, kind: ClipboardKind, read: u32, content: Bytes) {
        let size = content.len();
        self.say(ClipboardMessage::Begin { request, length: wire(size) });
        if size > 0 {
            self.serving.push_back(Serving { request, kind, read, size, content: Some(content) });
        }
    }

    /// The next piece of content, if it may still go.
    pub(super) fn piece(&mut self) -> Option<ClipboardMessage> {
        let at = self.serving.iter().position(|serving| serving.content.is_some())?;
        let serving = self.serving.get_mut(at)?;
        let (request, kind, size) = (serving.request, serving.kind, serving.size);
        if !self.rules.may(Direction::Out) {
            self.serving.remove(at);
            return Some(ClipboardMessage::None { request, why: NoContent::NotAllowed, size: 0, limit: 0 });
        }
        let content = serving.content.as_mut()?;
        let bytes = content.split_to(content.len().min(CLIPBOARD_CHUNK));
        if content.is_empty() {
            self.serving.remove(at);
            self.tell(Notice::Moved { direction: Direction::Out, kind, size: Some(size) });
        }
        Some(ClipboardMessage::Chunk { request, bytes })
    }

    fn refuse(&mut self, request: u32, kind: ClipboardKind, why: NoContent, size: usize) {
        let limit = kind.limit();
        self.say(ClipboardMessage::None { request, why, size: wire(size), limit: wire(limit) });
        self.tell(Notice::Failed { direction: Direction::Out, kind, why, size, limit });
    }

    pub(super) fn end_serving(&mut self, why: NoContent) {
        for serving in std::mem::take(&mut self.serving) {
            // A begun one is cut short in the same way.
            self.say(ClipboardMessage::None { request: serving.request, why, size: 0, limit: 0 });
        }
    }

    /// Nothing of this machine is in the clipboard any more: the other end's content is.
    pub(super) fn forget_mine(&mut self) {
        self.mine = None;
        self.end_serving(NoContent::Stale);
        self.messages.retain(|message| !matches!(message, ClipboardMessage::Offer(_)));
    }

    /// Both copied at once and the other end's content is not taken: it is to know of this.
    pub(super) fn offer_again(&mut self) {
        self.was_not_sent();
        self.prepare();
    }

    /// The last message could not go any more: what was offered is offered anew when it may be.
    pub fn was_not_sent(&mut self) {
        if let Some(mine) = self.mine.as_mut().filter(|mine| matches!(mine.stage, Stage::Offered(_))) {
            mine.stage = Stage::Here;
        }
    }

    /// The files of this set are at the customer's machine: it puts them into its clipboard and presses the paste key.
    pub fn sent_files(&mut self, set: u32) {
        self.say(ClipboardMessage::Files { set });
    }

    /// *Paste*: what is here is sent, and the paste key pressed there once it has arrived.
    pub fn paste(&mut self) {
        if self.theirs.as_ref().is_some_and(|theirs| theirs.taken) {
            // It is there already.
            return self.say(ClipboardMessage::Paste { serial: 0 });
        }
        let Some(mine) = &mut self.mine else { return self.tell(Notice::NothingToPaste) };
        let kind = richest(mine.kinds.iter().copied()).unwrap_or(ClipboardKind::Text);
        match mine.stage {
            Stage::Foreign => self.tell(Notice::NotYours),
            _ if !self.rules.may(Direction::Out) => self.tell(Notice::Failed {
                direction: Direction::Out,
                kind,
                why: NoContent::NotAllowed,
                size: 0,
                limit: 0,
            }),
            Stage::Files => self.effects.push_back(Effect::SendFiles),
            Stage::Offered(serial) => self.say(ClipboardMessage::Paste { serial }),
            Stage::Here | Stage::Looking => {
                mine.paste = Paste::Wanted;
                self.prepare();
            }
        }
    }
}
