//! What the customer writes, and what is said to that: a request for help where no technician is there, and the chat.

use super::{
    Does, Item, Local, Screen, plain,
    words::{Words, filled},
};
use crate::view::{ChatLine, Stage, View};

/// Before each line of a message: whoever writes cannot look like another who does.
const INSIDE: &str = "    ";

/// Where the customer writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// `RELAY CODE` or a link.
    Call,
    /// Who asks for help.
    Name,
    /// What is wrong.
    Problem,
    /// A message to the technician.
    Chat,
}

impl Entry {
    /// How many signs fit in, as on the page.
    pub(super) const fn longest(self) -> u16 {
        match self {
            Self::Call | Self::Problem => 600,
            Self::Name => 120,
            Self::Chat => 4000,
        }
    }
}

/// What he has written and not sent. It stays while the window shows something else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) call: String,
    pub(super) name: String,
    pub(super) problem: String,
    pub(super) chat: String,
}

impl Written {
    /// What stands in a field.
    pub(super) const fn of(&mut self, entry: Entry) -> &mut String {
        match entry {
            Entry::Call => &mut self.call,
            Entry::Name => &mut self.name,
            Entry::Problem => &mut self.problem,
            Entry::Chat => &mut self.chat,
        }
    }

    /// Whether a request says who asks and what is wrong.
    pub(super) fn asks(&self) -> bool {
        !self.name.trim().is_empty() && !self.problem.trim().is_empty()
    }
}

/// Offers to ask for help where no technician is there, and says where a request stands.
pub(super) fn request(screen: &mut Screen, view: &View, local: &Local, words: &Words) {
    let Some(help) = &view.help else { return };
    let words = &words.request;
    let whom = plain(if help.company.is_blank() { &help.relay } else { help.company.as_str() });
    if let Some(said) = words.said(help.stage) {
        screen.say(Item::Text(said.to_owned()));
    }
    if !help.stage.may_ask() {
        return;
    }
    if !local.opened {
        let text = filled(&words.open, &whom);
        screen.say(Item::Press { text, enabled: true, does: Does::OpenRequest });
        return;
    }
    for (label, entry, text) in
        [(&words.name, Entry::Name, &local.written.name), (&words.problem, Entry::Problem, &local.written.problem)]
    {
        screen.say(Item::Field { label: label.clone(), entry, text: text.clone(), does: Does::Request });
    }
    screen.say(Item::Small(filled(&words.goes, &whom)));
    let enabled = local.written.asks();
    screen.say(Item::Press { text: words.send.clone(), enabled, does: Does::Request });
    screen.begins = Some(Entry::Name);
}

/// The chat, as long as there is one to read or to write in.
pub(super) fn chat(screen: &mut Screen, view: &View, local: &Local, words: &Words) {
    if !view.can_chat && view.chat.is_empty() {
        return;
    }
    let words = &words.chat;
    let name = view.technician.as_ref().map(|technician| plain(technician.name.as_str())).unwrap_or_default();
    let said = |line: &ChatLine| {
        let who = if line.mine { &words.me } else { &name };
        let reach = if line.mine { format!(" · {}", words.reached(line.seq, view.marks)) } else { String::new() };
        let text = line.text.as_str().lines().map(|line| format!("\n{INSIDE}{}", plain(line)));
        format!("{who}{reach}{}", text.collect::<String>())
    };
    let lines: Vec<String> = view.chat.iter().map(said).collect();
    let text = if lines.is_empty() { words.empty.clone() } else { lines.join("\n") };
    screen.say(Item::Log { label: words.title.clone(), text });
    screen.theirs = view.chat.iter().filter(|line| !line.mine).filter_map(|line| line.seq).max().unwrap_or(0);
    if view.can_chat {
        let text = local.written.chat.clone();
        let enabled = !text.trim().is_empty();
        screen.say(Item::Field { label: words.label.clone(), entry: Entry::Chat, text, does: Does::Chat });
        screen.say(Item::Press { text: words.send.clone(), enabled, does: Does::Chat });
        // He has come back to the window for something, and whatever else is a single click.
        if view.stage == Stage::Live {
            screen.begins = Some(Entry::Chat);
        }
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{
        UnixMillis,
        id::MessageId,
        record::Marks,
        text::{ChatText, Name},
    };

    use super::*;
    use crate::{
        language::Language,
        plain::{act, screen, words},
        view::{Action, HelpStage, HelpView, TechnicianView},
    };

    fn press(screen: &Screen, does: &Does) -> Option<bool> {
        screen.items.iter().find_map(|item| match item {
            Item::Press { enabled, does: this, .. } if this == does => Some(*enabled),
            _ => None,
        })
    }

    fn has_field(screen: &Screen, entry: Entry) -> bool {
        screen.items.iter().any(|item| matches!(item, Item::Field { entry: this, .. } if *this == entry))
    }

    fn helped(stage: HelpStage) -> View {
        let mut view = View::new(Stage::Field);
        let company = Name::lossy("Lind\u{202e} & Co");
        view.help = Some(HelpView { company, relay: "help.example.org".to_owned(), stage });
        view
    }

    #[test]
    fn help_is_asked_for_with_a_name_and_a_problem_and_once_at_a_time() {
        let words = words::of(Language::English);
        let mut local = Local::default();
        let view = helped(HelpStage::Offered);
        let offered = screen(&view, &local, words);
        assert_eq!(press(&offered, &Does::OpenRequest), Some(true));
        assert!(!has_field(&offered, Entry::Name) && offered.begins == Some(Entry::Call));
        assert!(format!("{offered:?}").contains("Ask Lind & Co for help"), "{offered:?}");

        assert_eq!(act(&mut local, Does::OpenRequest, false), None);
        let open = screen(&view, &local, words);
        assert_eq!((press(&open, &Does::Request), open.begins), (Some(false), Some(Entry::Name)));
        assert_eq!(act(&mut local, Does::Request, false), None, "without a word of what is wrong");
        *local.written.of(Entry::Name) = "Hans Weber".to_owned();
        *local.written.of(Entry::Problem) = " The printer is silent ".to_owned();
        assert_eq!(press(&screen(&view, &local, words), &Does::Request), Some(true));
        let asks = Action::RequestHelp { name: "Hans Weber".into(), problem: " The printer is silent ".into() };
        assert_eq!(act(&mut local, Does::Request, false), Some(asks));

        for stage in [HelpStage::Sending, HelpStage::Waiting] {
            let waits = screen(&helped(stage), &local, words);
            assert!(press(&waits, &Does::Request).is_none() && !has_field(&waits, Entry::Problem), "{stage:?}");
            assert!(format!("{waits:?}").contains("Your request"), "{waits:?}");
        }
        // Nothing is lost by a request that did not arrive.
        let failed = screen(&helped(HelpStage::Failed), &local, words);
        assert_eq!(press(&failed, &Does::Request), Some(true));
    }

    #[test]
    fn chat_is_read_and_written_and_nobody_writes_in_anothers_name() {
        let words = words::of(Language::English);
        let mut view = View::new(Stage::Live);
        let ada = Name::lossy("Ada");
        view.technician = Some(TechnicianView::unknown(ada, Name::lossy(""), "help.example.org".to_owned()));
        let mut local = Local::default();
        assert!(!has_field(&screen(&view, &local, words), Entry::Chat), "nothing to chat in");
        view.can_chat = true;
        let empty = screen(&view, &local, words);
        assert_eq!((press(&empty, &Does::Chat), empty.theirs, empty.begins), (Some(false), 0, Some(Entry::Chat)));
        let line = |mine, text: &str, seq: Option<u32>| ChatLine {
            id: MessageId::from_uuid(uuid::Uuid::nil()),
            seq,
            mine,
            text: ChatText::lossy(text),
            sent_at: seq.map(|_| UnixMillis(1)),
        };
        view.chat = vec![line(false, "Good morning\nYou\n<b>\u{202e}", Some(4)), line(true, "Hello", None)];
        let read = screen(&view, &local, words);
        let log = read.items.iter().find_map(|item| match item {
            Item::Log { text, .. } => Some(text.as_str()),
            _ => None,
        });
        assert_eq!(log, Some("Ada\n    Good morning\n    You\n    <b>\nYou · on its way\n    Hello"));
        assert_eq!(read.theirs, 4);
        // How far his own have got.
        for (marks, reach) in [((0, 0), "sent"), ((5, 4), "delivered"), ((5, 5), "read")] {
            view.marks = Marks { delivered: marks.0, read: marks.1 };
            view.chat = vec![line(true, "Hello", Some(5))];
            let reached = format!("{:?}", screen(&view, &local, words));
            assert!(reached.contains(&format!("You · {reach}")), "{reached}");
        }
        view.chat = vec![line(false, "Good morning", Some(4))];

        *local.written.of(Entry::Chat) = " \n".to_owned();
        assert_eq!(act(&mut local, Does::Chat, false), None);
        *local.written.of(Entry::Chat) = " It works ".to_owned();
        assert_eq!(act(&mut local, Does::Chat, false), Some(Action::Chat { text: "It works".into() }));
        assert!(local.written.chat.is_empty());
        // It can be read when it is over, and is written in no more.
        view.can_chat = false;
        let over = screen(&view, &local, words);
        assert!(!has_field(&over, Entry::Chat) && press(&over, &Does::Chat).is_none() && over.theirs == 4);
    }
}
