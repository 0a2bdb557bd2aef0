//! What the window shows and what the customer can do in it. The page holds no state of its own that matters: it draws
//! the latest [`View`] and sends [`Action`]s.

use std::path::PathBuf;

use deskhand_protocol::{
    UnixMillis,
    call::{control::Stopped, signal::Seat},
    capability::{Capabilities, Capability},
    id::MessageId,
    package::brand::{Brand, Language},
    record::{Author, ChatMessage, EndReason, Marks},
    text::{ChatText, Name},
};
use serde::{Deserialize, Serialize};

use crate::{permissions::Permission, single::Knock};

/// Everything the window shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct View {
    /// Where the call stands.
    pub stage: Stage,
    /// What keeps it from going on, if anything.
    pub problem: Option<Problem>,
    /// What stands in the field already.
    pub typed: String,
    /// What is to be added to it.
    pub hint: Option<Hint>,
    /// What the system does only once its user has allowed it, and he has not.
    pub missing: Vec<Permission>,
    /// How the company wants to be recognised. Hostile text.
    pub brand: Option<Brand>,
    /// A line of the technician to this customer. Hostile text.
    #[cfg_attr(test, ts(type = "string | null"))]
    pub message: Option<ChatText>,
    /// The language in which a package asks to begin.
    pub language: Option<Language>,
    /// Who says he will help, once the relay or a package names him; while the customer is asked, who asks.
    pub technician: Option<TechnicianView>,
    /// Who invited him, if he is not the one who was called. Hostile text.
    #[cfg_attr(test, ts(type = "string | null"))]
    pub invited_by: Option<Name>,
    /// The other technicians who were let in. Hostile text.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub others: Vec<Name>,
    /// What a lost connection waits for; `None` while there is nothing to wait for.
    pub waits_for: Option<WaitsFor>,
    /// The question to the customer.
    pub question: Option<QuestionView>,
    /// What the technician may do.
    #[cfg_attr(test, ts(type = "Capability[]"))]
    pub granted: Capabilities,
    /// What the customer granted and holds back for now.
    #[cfg_attr(test, ts(type = "Capability[]"))]
    pub held: Capabilities,
    /// What stops everything, or all but the view, for now.
    #[cfg_attr(test, ts(type = "\"paused\" | \"bar_hidden\" | null"))]
    pub stopped: Option<Stopped>,
    /// Whether the technician may come back without a question.
    pub may_return: bool,
    /// The folder in which something is kept on this computer, once the session is over.
    pub folder: Option<String>,
    /// What became of removing it.
    pub forgotten: Option<ForgottenView>,
    /// Where the customer's report lies, after *Stop and report*.
    pub report: Option<String>,
    /// What of the disk is or would be open; only where files are asked for or granted.
    pub files: Option<FilesView>,
    /// What became of asking for attention.
    pub attention: AttentionView,
    /// Of whom help can be asked now, and what became of it.
    pub help: Option<HelpView>,
    /// The chat, in order.
    pub chat: Vec<ChatLine>,
    /// How far the technicians have taken in what he wrote.
    pub marks: Marks,
    /// Whether there is a session to chat in.
    pub can_chat: bool,
    /// When the session ends whatever happens; `None` while nothing is granted.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub hard_end_at: Option<UnixMillis>,
}

impl View {
    /// Nothing has happened yet.
    #[must_use]
    pub const fn new(stage: Stage) -> Self {
        Self {
            stage,
            problem: None,
            typed: String::new(),
            hint: None,
            missing: Vec::new(),
            brand: None,
            message: None,
            language: None,
            technician: None,
            invited_by: None,
            others: Vec::new(),
            waits_for: None,
            question: None,
            granted: Capabilities::new(),
            held: Capabilities::new(),
            stopped: None,
            may_return: false,
            folder: None,
            forgotten: None,
            report: None,
            files: None,
            attention: AttentionView::Quiet,
            help: None,
            chat: Vec::new(),
            marks: Marks { delivered: 0, read: 0 },
            can_chat: false,
            hard_end_at: None,
        }
    }

    /// Takes one stored message in; the same one twice is shown once.
    pub fn add_chat(&mut self, message: &ChatMessage) {
        let line = ChatLine {
            id: message.id,
            seq: Some(message.seq),
            mine: message.author == Author::Customer,
            text: message.text.clone(),
            sent_at: Some(message.sent_at),
        };
        self.chat.retain(|known| known.id != line.id);
        self.chat.push(line);
        // What the relay has not stored yet comes last, in the order in which it was written.
        self.chat.sort_by_key(|line| line.seq.unwrap_or(u32::MAX));
    }

    /// Takes in how far the technicians are; what is less than before is old news.
    pub fn add_marks(&mut self, marks: Marks) {
        let read = self.marks.read.max(marks.read);
        self.marks = Marks { delivered: self.marks.delivered.max(marks.delivered).max(read), read };
    }
}

/// Where a call stands, as a screen of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Stage {
    /// The field for `RELAY CODE`.
    Field,
    /// The relay is being called.
    Calling,
    /// The relay knows the session; the technician is not here yet or has not proven himself.
    Waiting,
    /// The technician is known; he has not asked yet.
    Known,
    /// The question is open.
    Asking,
    /// Allowed; the connection is being made.
    Connecting,
    /// The technician is connected.
    Live,
    /// He was connected and is waited for.
    Away,
    /// Over.
    Ended {
        /// Why.
        #[cfg_attr(
            test,
            ts(
                type = "\"customer_ended\" | \"technician_ended\" | \"expired\" | \"too_many_wrong_codes\" | \"hard_end\" | \"idle_end\" | \"reported\" | \"key_changed\" | \"interrupted\""
            )
        )]
        reason: EndReason,
    },
}

/// What the customer adds to a call that the program's name begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// The second half of a spoken code.
    RestOfCode,
    /// The whole address of the page that the program came from.
    WholeLink,
}

/// What a lost connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// This computer's own network, or the relay.
    Network,
    /// The technician's computer, which the relay does not reach either.
    Technician,
    /// Both are there; a path between them is being looked for.
    Path,
}

/// What went wrong, one sentence each in the page's languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// The address in the field is none.
    BadAddress,
    /// The address is neither https nor this computer.
    InsecureAddress,
    /// The code in the field is none.
    BadCode,
    /// The relay does not know the code, or no longer.
    InvalidCode,
    /// The two sides do not have the same code.
    WrongCode,
    /// Too many wrong codes.
    TooManyWrongCodes,
    /// Too many tries in a short time.
    TooMany,
    /// The relay cannot be reached; tried again without end.
    NoRelay,
    /// What answers there is not the relay that was meant.
    WrongRelay,
    /// This program is too old or too new for the other side.
    Version,
    /// The other side could not prove who it is.
    NotProven,
    /// The package is for technicians of one company, and its key does not vouch for who calls.
    NotCertified,
    /// The support file is damaged.
    PackageDamaged,
    /// The support file is none.
    PackageForeign,
    /// The support file was made for a later version.
    PackageNewer,
    /// The support file's time is over.
    PackageExpired,
    /// The support file cannot be read.
    PackageUnreadable,
    /// The program's name was changed in the middle.
    NameDamaged,
    /// The program was started inside a zip viewer, which leaves the support file behind.
    InsideArchive,
    /// No way was found to the technician's computer.
    NoConnection,
    /// The screen cannot be shown.
    NoCapture,
    /// This desktop has no way for programs to show it as a whole.
    NoPortal,
    /// Mouse and keyboard cannot be moved.
    NoInput,
    /// A click that gives something came while the technician used mouse or keyboard.
    NotAlone,
    /// Windows asks for permission or a password: nobody but the customer sees it.
    SecureDesktop,
    /// The window in front takes nothing from the technician.
    Elevated,
}

impl Problem {
    /// The same for whoever started the program without a window.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::BadAddress => "the call does not begin with an address; it looks like help.example.org K7MP-4QXD",
            Self::InsecureAddress => "the address is not secure; use one with https",
            Self::BadCode => "the code is missing or has a wrong form; it looks like K7MP-4QXD",
            Self::InvalidCode => "the code is not valid, or not any more; ask the technician for a new one",
            Self::WrongCode => "the code is not right; check it with the technician",
            Self::TooManyWrongCodes => "a wrong code was tried too often; ask the technician for a new one",
            Self::TooMany => "too many tries in a short time; wait a minute and try again",
            Self::NoRelay => "the relay does not answer; check its address and the network",
            Self::WrongRelay => {
                "what answers is not the relay that the technician named; ask him for a new file or code"
            }
            Self::Version => "this program and the technician's do not fit together; get the latest version",
            Self::NotCertified => {
                "whoever called is not certified by the company that this program is from; ask the company to certify him"
            }
            Self::NotProven => "the other side could not prove who it is; ask the technician for a new code",
            Self::PackageDamaged => "the support file is damaged; ask the technician to send it again",
            Self::PackageForeign => "this is not a support file; ask the technician to send it again",
            Self::PackageNewer => "the support file is newer than this program; get the latest version",
            Self::PackageExpired => "the support file has expired; ask the technician for a new one",
            Self::PackageUnreadable => "the support file cannot be read; check its name and rights",
            Self::NameDamaged => "the program's name was changed; download it again or type the call",
            Self::InsideArchive => "unpack the whole package first; start the program from the folder it makes",
            Self::NoConnection => "no way was found to the technician's computer; try again",
            Self::NoCapture => "the screen cannot be shown; start it in a desktop session",
            Self::NoPortal => "this desktop shows programs no screen; sign in to a session of X11 instead",
            Self::NotAlone => "the technician is using mouse or keyboard; wait a moment and click again",
            Self::SecureDesktop => "Windows asks for permission or a password, which only who sits there can answer",
            Self::Elevated => "the window in front belongs to an administrator; the technician can only look at it",
            Self::NoInput => "mouse and keyboard cannot be used here; start it in a desktop session",
        }
    }
}

/// Who says he will help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TechnicianView {
    /// The name he gives himself. Hostile text.
    #[cfg_attr(test, ts(type = "string"))]
    pub name: Name,
    /// The company he says he works for. Hostile text.
    #[cfg_attr(test, ts(type = "string"))]
    pub company: Name,
    /// The relay's host and port.
    pub relay: String,
    /// Whether his console is connected to the relay.
    pub online: bool,
    /// The words to compare, once his key is proven; empty before.
    pub words: Vec<String>,
    /// Whether the customer said that they match.
    pub words_match: bool,
    /// Whether the customer had compared words with this very technician on an earlier day.
    pub remembered: bool,
    /// Whether the customer had done so with somebody of his company, whose key vouches for him.
    pub company_checked: bool,
    /// What he sits at, by his own signed word.
    #[cfg_attr(test, ts(type = "\"desktop\" | \"browser\""))]
    pub seat: Seat,
}

impl TechnicianView {
    /// Of whom nobody has proven anything yet.
    #[must_use]
    pub const fn unknown(name: Name, company: Name, relay: String) -> Self {
        Self {
            name,
            company,
            relay,
            online: true,
            words: Vec::new(),
            words_match: false,
            remembered: false,
            company_checked: false,
            seat: Seat::Desktop,
        }
    }

    /// Whether the customer knows who this is; before that he only says so.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.words_match || self.remembered || self.company_checked
    }
}

/// Which question it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// The first one; it comes with the warning of swindlers.
    First,
    /// The second click for mouse and keyboard.
    Hands,
    /// One more during the call.
    More,
    /// One single use of what interrupts his work.
    Deed,
}

/// The question to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct QuestionView {
    /// Which one.
    pub id: u32,
    /// Of which kind.
    pub kind: QuestionKind,
    /// What is asked for.
    #[cfg_attr(test, ts(type = "Capability[]"))]
    pub asked: Capabilities,
    /// The program that is to be ended, if that is the question. Hostile text.
    #[cfg_attr(test, ts(type = "string | null"))]
    pub program: Option<Name>,
    /// Whether *Allow* can be clicked.
    pub allow_active: bool,
    /// When no answer is a no.
    #[cfg_attr(test, ts(type = "number"))]
    pub until: UnixMillis,
}

/// What of the disk the customer opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FilesView {
    /// The folder, as the system writes it.
    pub folder: String,
    /// Whether it is the whole disk instead.
    pub whole: bool,
}

/// What became of asking the technicians to look this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AttentionView {
    /// Nobody is asked.
    Quiet,
    /// They are asked, and cannot be asked again yet.
    Asked,
    /// They were asked and none has seen it; they can be asked again.
    Unanswered,
    /// One has seen it.
    Seen,
}

impl AttentionView {
    /// Whether they can be asked now.
    #[must_use]
    pub const fn may_ask(self) -> bool {
        matches!(self, Self::Quiet | Self::Unanswered)
    }
}

/// Of whom help can be asked, where no technician is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HelpView {
    /// What the company calls itself; may be empty. Hostile text.
    #[cfg_attr(test, ts(type = "string"))]
    pub company: Name,
    /// The relay's host and port.
    pub relay: String,
    /// What became of it.
    pub stage: HelpStage,
}

/// What became of a request for help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum HelpStage {
    /// Nobody was asked.
    Offered,
    /// It is on its way.
    Sending,
    /// It has arrived, and nobody has taken it up yet.
    Waiting,
    /// Nobody will.
    PutAside,
    /// It was asked too often.
    TooMany,
    /// It did not arrive.
    Failed,
}

impl HelpStage {
    /// Whether it can be asked for now.
    #[must_use]
    pub const fn may_ask(self) -> bool {
        !matches!(self, Self::Sending | Self::Waiting)
    }
}

/// What became of removing what is kept on this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ForgottenView {
    /// How many files and folders are gone.
    pub removed: usize,
    /// What is still there, by its path.
    pub left: Vec<String>,
}

/// One chat message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChatLine {
    /// Its id.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: MessageId,
    /// Its place, once the relay has stored it.
    pub seq: Option<u32>,
    /// Whether the customer wrote it.
    pub mine: bool,
    /// What it says. Hostile text.
    #[cfg_attr(test, ts(type = "string"))]
    pub text: ChatText,
    /// When the relay stored it; `None` while it is on its way.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub sent_at: Option<UnixMillis>,
}

/// What the customer does, in the window or at the bar.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// Calls what he typed.
    Call {
        /// `RELAY CODE` or a link.
        text: String,
    },
    /// Asks for help where no technician is there.
    RequestHelp {
        /// Who he is.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// What became of that; only the program itself says so.
    #[serde(skip)]
    HelpTold {
        /// What.
        stage: HelpStage,
    },
    /// Goes back to the field.
    StartOver,
    /// The question is on the screen.
    ConsentShown {
        /// Which.
        question: u32,
    },
    /// *Allow*.
    Allow {
        /// Which.
        question: u32,
        /// What is checked.
        #[cfg_attr(test, ts(type = "Capability[]"))]
        capabilities: Vec<Capability>,
        /// Whether he may come back without asking.
        may_return: bool,
    },
    /// *Deny*.
    Deny {
        /// Which.
        question: u32,
    },
    /// Wants to pick another folder for files.
    PickFolder,
    /// Picked it; only the program itself says so.
    FolderPicked {
        /// Which.
        folder: PathBuf,
    },
    /// Opens the whole disk for files, or closes it to the folder again.
    WholeDisk {
        /// Which of the two.
        whole: bool,
    },
    /// The technician read out the same words.
    WordsMatch,
    /// He did not: the session ends.
    WordsDiffer,
    /// A chat message.
    Chat {
        /// What he wrote.
        text: String,
    },
    /// Asks the technicians to look his way.
    Attention,
    /// He has the chat before his eyes.
    ChatSeen {
        /// Up to which place.
        up_to: u32,
    },
    /// He opens the window with the chat from the bar; only the program itself says so.
    #[serde(skip)]
    ChatOpened,
    /// Reads the window in another language, or begins to; bar and dialog follow.
    Speak {
        /// Which.
        #[cfg_attr(test, ts(type = "\"en\" | \"de\" | \"fr\" | \"es\" | \"pt\" | \"pl\" | \"tr\" | \"ar\""))]
        language: crate::language::Language,
    },
    /// Opens the place in the system's settings where something is allowed.
    Permit {
        /// What.
        permission: Permission,
    },
    /// What is missing has changed; only the program itself says so.
    #[serde(skip)]
    Missing {
        /// All that is missing now.
        missing: Vec<Permission>,
    },
    /// Stops everything for now.
    Pause,
    /// Goes on.
    Resume,
    /// Holds one capability back for now.
    Hold {
        /// Which.
        #[cfg_attr(test, ts(type = "Capability"))]
        capability: Capability,
    },
    /// Gives back what is held.
    GiveBack {
        /// Which.
        #[cfg_attr(test, ts(type = "Capability"))]
        capability: Capability,
    },
    /// Takes one capability back for good.
    TakeAway {
        /// Which.
        #[cfg_attr(test, ts(type = "Capability"))]
        capability: Capability,
    },
    /// Decides whether the technician may come back without asking.
    MayReturn {
        /// Whether.
        allowed: bool,
    },
    /// Ends the session.
    End,
    /// Ends the session, and keeps what is known of the technician for whoever asks later.
    StopAndReport,
    /// Lets the program start anew with an administrator's rights; he is asked everything again then.
    RunAsAdministrator,
    /// The window with the question is gone.
    WindowLost,
    /// The bar can be seen.
    BarSeen,
    /// The bar is covered or gone.
    BarHidden,
    /// Removes everything that is kept on this computer, after the end.
    Forget,
    /// Closes the window after that.
    Close,
    /// The program was started again, for this; only the program itself says so.
    #[serde(skip)]
    Knocked {
        /// For what.
        knock: Box<Knock>,
    },
}

impl Action {
    /// Whether it may come from the page: the rest is for the shell alone to say.
    #[must_use]
    pub const fn is_the_pages(&self) -> bool {
        !matches!(
            self,
            Self::WindowLost
                | Self::BarSeen
                | Self::BarHidden
                | Self::FolderPicked { .. }
                | Self::HelpTold { .. }
                | Self::Missing { .. }
                | Self::Knocked { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{
        capability::{Group, WORKING},
        package::brand::{Colour, Logo},
    };
    use ts_rs::TS;

    use super::*;

    #[test]
    fn the_page_has_the_types_of_the_program() {
        let config = ts_rs::Config::default();
        let declarations = [
            Capability::decl(&config),
            Group::decl(&config),
            View::decl(&config),
            Stage::decl(&config),
            Hint::decl(&config),
            Permission::decl(&config),
            Brand::decl(&config),
            Colour::decl(&config),
            Logo::decl(&config),
            Language::decl(&config),
            WaitsFor::decl(&config),
            Problem::decl(&config),
            TechnicianView::decl(&config),
            QuestionKind::decl(&config),
            QuestionView::decl(&config),
            FilesView::decl(&config),
            AttentionView::decl(&config),
            HelpView::decl(&config),
            HelpStage::decl(&config),
            ForgottenView::decl(&config),
            ChatLine::decl(&config),
            Marks::decl(&config),
            Action::decl(&config),
        ];
        let mut made =
            "// Written by the test of `helper/src/view.rs`; with UPDATE_TYPES=1 it writes this file anew.\n"
                .to_owned();
        for declaration in declarations {
            made.push_str(&format!("\nexport {declaration}\n"));
        }
        let groups: Vec<(Capability, Group)> = WORKING.iter().map(|one| (*one, one.group())).collect();
        let groups = serde_json::to_string_pretty(&groups).unwrap();
        made.push_str(&format!(
            "\n/** What has a working feature, and where it belongs. */\nexport const working = {groups} as const;\n"
        ));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/generated.ts");
        if std::env::var_os("UPDATE_TYPES").is_some() {
            std::fs::write(path, &made).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), made);
    }

    #[test]
    fn the_same_message_is_shown_once_and_what_is_on_its_way_comes_last() {
        let id = |n: u128| MessageId::from_uuid(uuid::Uuid::from_u128(n));
        let message = |n: u128, seq: u32| ChatMessage {
            id: id(n),
            session: deskhand_protocol::id::SessionId::from_uuid(uuid::Uuid::nil()),
            seq,
            author: Author::Technician,
            text: ChatText::lossy("hello"),
            sent_at: UnixMillis(1),
        };
        let mut view = View::new(Stage::Waiting);
        view.chat.push(ChatLine { id: id(9), seq: None, mine: true, text: ChatText::lossy("wait"), sent_at: None });
        view.add_chat(&message(2, 2));
        view.add_chat(&message(1, 1));
        view.add_chat(&message(2, 2));
        assert_eq!(view.chat.iter().map(|line| line.id).collect::<Vec<_>>(), [id(1), id(2), id(9)]);
        view.add_chat(&message(9, 3));
        assert_eq!(view.chat.last().and_then(|line| line.seq), Some(3));
        assert_eq!(view.chat.len(), 3);
    }

    #[test]
    fn marks_only_grow() {
        let mut view = View::new(Stage::Live);
        view.add_marks(Marks { delivered: 4, read: 2 });
        view.add_marks(Marks { delivered: 3, read: 0 });
        assert_eq!(view.marks, Marks { delivered: 4, read: 2 });
        view.add_marks(Marks { delivered: 0, read: 5 });
        assert_eq!(view.marks, Marks { delivered: 5, read: 5 });
    }
}
