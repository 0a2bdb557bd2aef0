//! The window of the system's own controls, for where there is no webview: the field, the question, every state of a
//! call, the request for help and the chat, in the page's own words and languages.
//!
//! [`screen`] decides what stands in it and is told everything, [`act`] what a click does; `window` puts that on the
//! screen.

use std::collections::BTreeSet;

use deskhand_protocol::{call::signal::Seat, capability::Capability, package::brand};

use crate::{
    language::Language,
    view::{Action, FilesView, Hint, Problem, QuestionKind, QuestionView, Stage, View},
};

mod talk;
#[cfg(target_os = "linux")]
#[path = "plain/gtk.rs"]
mod window;
#[cfg(windows)]
mod window;
mod words;

use talk::{Entry, Written};
pub use window::run;
#[cfg(windows)]
pub use window::to_the_front;
use words::{Words, filled};

/// The title by which tests and a second start find it.
const TITLE: &str = "Deskhand Helper";

/// What is of no use to one who cannot see.
const BLIND: [Capability; 2] = [Capability::Control, Capability::Point];

/// What needs a folder.
const FILES: [Capability; 2] = [Capability::FilesIn, Capability::FilesOut];

/// What the customer has done in the window and nobody was told yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Local {
    /// The question that this is about.
    question: Option<u32>,
    /// What he said to the warning of swindlers.
    called: Option<bool>,
    unchecked: BTreeSet<Capability>,
    may_return: bool,
    written: Written,
    /// He wants to ask for help.
    opened: bool,
}

impl Local {
    /// With what stands in the field already.
    fn begun(call: String) -> Self {
        Self { written: Written { call, ..Written::default() }, ..Self::default() }
    }

    /// Takes over what outlives a question; what is checked never does. Whether it is another one.
    fn turn_to(&mut self, question: Option<u32>) -> bool {
        if self.question == question {
            return false;
        }
        let written = std::mem::take(&mut self.written);
        *self = Self { question, written, opened: self.opened, ..Self::default() };
        true
    }
}

/// One thing in the window, from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Title(String),
    Text(String),
    Small(String),
    /// Something that is wrong.
    Problem(String),
    /// To be checked or not.
    Check {
        text: String,
        on: bool,
        enabled: bool,
        does: Does,
    },
    /// To be written in; Return does the same as its button.
    Field {
        label: String,
        entry: Entry,
        text: String,
        does: Does,
    },
    /// A button among the rest.
    Press {
        text: String,
        enabled: bool,
        does: Does,
    },
    /// What was written so far, the latest last: to be read, and as long as it likes.
    Log {
        label: String,
        text: String,
    },
}

/// A button below all that.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Button {
    text: String,
    enabled: bool,
    /// Return presses it.
    main: bool,
    does: Does,
}

/// What a click does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Does {
    Say(Action),
    /// Calls what stands in the field.
    Call,
    /// Wants to ask for help, and then does.
    OpenRequest,
    Request,
    /// Sends what is written.
    Chat,
    Check(Capability),
    MayReturn,
    /// An answer to the warning of swindlers.
    Called(bool),
}

/// How the buttons below stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Rows {
    /// Two beside each other, but more of them one below the other: each is read before one is chosen.
    #[default]
    Choices,
    /// Two in each row: there is more above that should be in sight.
    Pairs,
}

impl Rows {
    /// How many of so many stand beside each other.
    const fn beside(self, buttons: usize) -> usize {
        if matches!(self, Self::Choices) && buttons > 2 { 1 } else { 2 }
    }
}

/// All of the window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Screen {
    items: Vec<Item>,
    buttons: Vec<Button>,
    rows: Rows,
    /// The question whose list of what is asked for stands on it.
    shows: Option<u32>,
    /// The field that has the keyboard at first, if not a button.
    begins: Option<Entry>,
    /// The place of the last message of a technician's that stands on it; 0 for none.
    theirs: u32,
}

impl Screen {
    fn say(&mut self, item: Item) {
        self.items.push(item);
    }

    fn button(&mut self, text: &str, does: Does) -> &mut Button {
        self.buttons.push_mut(Button { text: text.to_owned(), enabled: true, main: false, does })
    }
}

/// A screen without what can change while its controls stay.
fn shape(screen: &Screen) -> Vec<Item> {
    let mut items = screen.items.clone();
    for item in &mut items {
        match item {
            Item::Check { on, enabled, does, .. } => (*on, *enabled, *does) = (false, false, Does::MayReturn),
            Item::Press { enabled, .. } => *enabled = false,
            Item::Field { text, .. } | Item::Log { text, .. } => text.clear(),
            Item::Title(_) | Item::Text(_) | Item::Small(_) | Item::Problem(_) => {}
        }
    }
    // One more for each button.
    items.extend(screen.buttons.iter().map(|_| Item::Text(String::new())));
    items
}

/// By the name that it has in a package.
fn of_package(language: brand::Language) -> Language {
    let name = serde_json::to_value(language).ok();
    Language::of_locale(name.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default())
}

/// What stands in the window now.
fn screen(view: &View, local: &Local, words: &Words) -> Screen {
    let mut screen = Screen::default();
    match (view.stage, &view.question) {
        (Stage::Asking, Some(question)) => ask(&mut screen, view, question, local, words),
        (stage, _) => {
            if stage == Stage::Field {
                field(&mut screen, view, local, words);
            } else {
                step(&mut screen, view, words);
            }
            talk::request(&mut screen, view, local, words);
            talk::chat(&mut screen, view, local, words);
        }
    }
    if let Some(problem) = view.problem.and_then(|problem| words.problem(problem)) {
        screen.items.insert(1.min(screen.items.len()), Item::Problem(problem.to_owned()));
    }
    screen
}

/// What a click or Return does to what the window keeps, and what the program is told of it; `on` is for boxes alone.
fn act(local: &mut Local, does: Does, on: bool) -> Option<Action> {
    match does {
        Does::Say(action) => return Some(action),
        Does::Call => return Some(Action::Call { text: local.written.call.clone() }),
        Does::Request => {
            let Written { name, problem, .. } = &local.written;
            return local.written.asks().then(|| Action::RequestHelp { name: name.clone(), problem: problem.clone() });
        }
        Does::Chat => {
            let text = local.written.chat.trim().to_owned();
            local.written.chat.clear();
            return (!text.is_empty()).then_some(Action::Chat { text });
        }
        Does::OpenRequest => local.opened = true,
        Does::Check(capability) if on => {
            local.unchecked.remove(&capability);
        }
        Does::Check(capability) => {
            local.unchecked.insert(capability);
        }
        Does::MayReturn => local.may_return = on,
        Does::Called(called) => local.called = Some(called),
    }
    None
}

fn field(screen: &mut Screen, view: &View, local: &Local, words: &Words) {
    let field = &words.field;
    screen.say(Item::Title(field.title.clone()));
    screen.say(Item::Text(match view.hint {
        Some(Hint::RestOfCode) => field.hint.rest_of_code.clone(),
        Some(Hint::WholeLink) => field.hint.whole_link.clone(),
        None => field.lead.clone(),
    }));
    let text = local.written.call.clone();
    screen.say(Item::Field { label: field.label.clone(), entry: Entry::Call, text, does: Does::Call });
    screen.begins = Some(Entry::Call);
    screen.say(Item::Small(field.safe.clone()));
    screen.button(&field.call, Does::Call).main = true;
}

fn who(screen: &mut Screen, view: &View, words: &Words) {
    let Some(technician) = view.technician.as_ref().filter(|technician| !technician.name.is_blank()) else { return };
    let says = if technician.is_known() { String::new() } else { format!("{} ", words.who.says) };
    let mut line = format!("{says}{}", plain(technician.name.as_str()));
    if !technician.company.is_blank() {
        line = format!("{line}, {} {}", words.who.from, plain(technician.company.as_str()));
    }
    screen.say(Item::Text(line));
    let relay = plain(&technician.relay);
    match technician.seat {
        Seat::Desktop => screen.say(Item::Small(filled(&words.who.over, &relay))),
        Seat::Browser => {
            screen.say(Item::Text(filled(&words.who.browser, &relay)));
            screen.say(Item::Small(words.who.browser_more.clone()));
        }
    }
    if let Some(by) = &view.invited_by {
        screen.say(Item::Small(filled(&words.who.invited, &plain(by.as_str()))));
    }
    if !view.others.is_empty() {
        let others: Vec<String> = view.others.iter().map(|name| plain(name.as_str())).collect();
        screen.say(Item::Small(filled(&words.who.also, &others.join(", "))));
    }
    if !technician.words.is_empty() && !technician.words_match {
        screen.say(Item::Text(format!("{} {}", words.words.label, technician.words.join(" · "))));
    }
}

fn ask(screen: &mut Screen, view: &View, question: &QuestionView, local: &Local, words: &Words) {
    let consent = &words.consent;
    let deed = question.asked.iter().next().copied().filter(|_| question.kind == QuestionKind::Deed);
    screen.say(Item::Title(match question.kind {
        QuestionKind::Hands => consent.hands_title.clone(),
        QuestionKind::Deed => deed.and_then(|deed| words.deed.ask(deed)).unwrap_or(&words.deed.other).to_owned(),
        QuestionKind::First | QuestionKind::More => consent.title.clone(),
    }));
    who(screen, view, words);
    let deny = || Does::Say(Action::Deny { question: question.id });
    if question.kind == QuestionKind::First && local.called != Some(false) {
        guard(screen, local.called == Some(true), deny(), words);
        return;
    }
    let name = view.technician.as_ref().map(|technician| plain(technician.name.as_str())).unwrap_or_default();
    screen.say(Item::Text(match (question.kind, deed) {
        (QuestionKind::Hands, _) => consent.hands_lead.clone(),
        (_, Some(deed)) => words.deed.more(deed).cloned().unwrap_or_default(),
        _ => filled(&consent.lead, &name),
    }));
    if let Some(program) = &question.program {
        screen.say(Item::Text(plain(program.as_str())));
    }
    let sees = !question.asked.contains(&Capability::View) || !local.unchecked.contains(&Capability::View);
    let may_check = |capability: &Capability| sees || !BLIND.contains(capability);
    let checked: Vec<Capability> = question
        .asked
        .iter()
        .copied()
        .filter(|capability| may_check(capability) && !local.unchecked.contains(capability))
        .collect();
    if matches!(question.kind, QuestionKind::First | QuestionKind::More) {
        for capability in &question.asked {
            let Some(said) = words.capability(*capability) else { continue };
            let (on, enabled) = (checked.contains(capability), may_check(capability));
            screen.say(Item::Check { text: said.ask.clone(), on, enabled, does: Does::Check(*capability) });
            let again = *capability == Capability::Control && question.asked.contains(&Capability::View);
            let again = if again { format!(" {}", consent.again) } else { String::new() };
            screen.say(Item::Small(format!("{}{again}", said.more)));
        }
        if let Some(files) = view.files.as_ref().filter(|_| FILES.iter().any(|one| checked.contains(one))) {
            opened(screen, files, words);
        }
    }
    if question.kind == QuestionKind::First {
        let text = consent.may_return.clone();
        screen.say(Item::Check { text, on: local.may_return, enabled: true, does: Does::MayReturn });
    }
    screen.shows = Some(question.id);
    screen.button(&consent.deny, deny());
    let (text, enabled) = if question.allow_active { (&consent.allow, true) } else { (&consent.allow_soon, false) };
    let enabled = enabled && !checked.is_empty();
    let may_return = local.may_return && question.kind == QuestionKind::First;
    let allow = Action::Allow { question: question.id, capabilities: checked, may_return };
    screen.button(text, Does::Say(allow)).enabled = enabled;
}

/// What of the disk is opened for files, and how to choose otherwise.
fn opened(screen: &mut Screen, files: &FilesView, words: &Words) {
    let consent = &words.consent;
    let what = if files.whole { consent.whole.clone() } else { plain(&files.folder) };
    screen.say(Item::Text(format!("{}: {what}", consent.folder)));
    let does = Does::Say(Action::WholeDisk { whole: !files.whole });
    screen.say(Item::Check { text: consent.open_whole.clone(), on: files.whole, enabled: true, does });
    screen.button(&consent.other_folder, Does::Say(Action::PickFolder));
}

/// Asked before the first consent: swindlers call people and talk them through it.
fn guard(screen: &mut Screen, called: bool, deny: Does, words: &Words) {
    let guard = &words.guard;
    if called {
        screen.say(Item::Problem(guard.stop_title.clone()));
        screen.say(Item::Text(guard.stop.clone()));
        guard.signs.iter().for_each(|sign| screen.say(Item::Text(format!("•  {sign}"))));
        screen.button(&guard.report, Does::Say(Action::StopAndReport));
        screen.button(&guard.just_stop, deny);
        screen.button(&guard.go_on, Does::Called(false));
    } else {
        screen.say(Item::Text(guard.title.clone()));
        screen.say(Item::Small(guard.why.clone()));
        screen.button(&guard.no, Does::Called(false));
        screen.button(&guard.yes, Does::Called(true));
        screen.button(&words.consent.deny, deny);
    }
}

fn step(screen: &mut Screen, view: &View, words: &Words) {
    screen.rows = Rows::Pairs;
    let steps = &words.steps;
    let technician = view.technician.as_ref();
    let name = technician.map(|technician| plain(technician.name.as_str())).unwrap_or_default();
    let relay = technician.map(|technician| plain(&technician.relay)).unwrap_or_default();
    let (title, lead) = match view.stage {
        Stage::Calling => (steps.calling.clone(), filled(&steps.calling_lead, &relay)),
        Stage::Waiting => {
            let here = technician.is_none_or(|technician| technician.online);
            (steps.waiting.clone(), if here { &steps.waiting_lead } else { &steps.waiting_offline }.clone())
        }
        Stage::Known | Stage::Asking | Stage::Field => (steps.known.clone(), steps.known_lead.clone()),
        Stage::Connecting => (steps.connecting.clone(), filled(&steps.connecting_lead, &name)),
        Stage::Live => (filled(&steps.live, &name), words.live.bar.clone()),
        Stage::Away => {
            let why = view.waits_for.map(|waits_for| format!("{} ", steps.away_for.of(waits_for))).unwrap_or_default();
            (filled(&steps.away, &name), format!("{why}{}", steps.away_lead))
        }
        Stage::Ended { reason } => {
            let why = words.ended(reason).map(|why| format!("{why} ")).unwrap_or_default();
            (steps.ended.clone(), format!("{why}{}", steps.ended_safe))
        }
    };
    screen.say(Item::Title(title));
    screen.say(Item::Text(lead));
    if let (Stage::Live, Some(said)) = (view.stage, words.attention.said(view.attention)) {
        screen.say(Item::Text(said.to_owned()));
    }
    if let Stage::Ended { .. } = view.stage {
        if let Some(report) = &view.report {
            words.reported.tell.iter().for_each(|line| screen.say(Item::Text(format!("•  {line}"))));
            screen.say(Item::Small(format!("{} {report}", words.reported.kept)));
            screen.say(Item::Small(words.reported.relay.clone()));
        }
        if let Some(forgotten) = &view.forgotten {
            if forgotten.left.is_empty() {
                screen.say(Item::Text(words.forget.done.clone()));
            } else {
                screen.say(Item::Problem(words.forget.left.clone()));
                forgotten.left.iter().for_each(|path| screen.say(Item::Small(path.clone())));
            }
            screen.button(&words.forget.close, Does::Say(Action::Close)).main = true;
            return;
        }
        if let Some(folder) = &view.folder {
            screen.say(Item::Small(format!("{} {folder}", words.forget.kept)));
            screen.button(&words.forget.forget, Does::Say(Action::Forget));
        }
        screen.button(&words.start_over, Does::Say(Action::StartOver)).main = true;
        return;
    }
    who(screen, view, words);
    if let Some(message) = &view.message {
        screen.say(Item::Text(plain(message.as_str())));
    }
    if technician.is_some_and(|technician| !technician.words.is_empty() && !technician.is_known()) {
        screen.say(Item::Small(words.words.why.clone()));
        screen.button(&words.words.same, Does::Say(Action::WordsMatch));
        screen.button(&words.words.differ, Does::Say(Action::WordsDiffer));
    }
    if view.problem == Some(Problem::Elevated) {
        screen.button(&words.as_administrator, Does::Say(Action::RunAsAdministrator));
    }
    if view.stage == Stage::Live {
        screen.button(&words.attention.call, Does::Say(Action::Attention)).enabled = view.attention.may_ask();
    }
    let inside = matches!(view.stage, Stage::Connecting | Stage::Live | Stage::Away);
    screen.button(if inside { &words.end } else { &words.cancel }, Does::Say(Action::End));
}

/// Text of others in one line, without signs that turn others around.
fn plain(text: &str) -> String {
    let turns =
        |char: &char| matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|char| !turns(char)).map(|char| if char.is_control() { ' ' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{UnixMillis, text::Name};

    use super::*;
    use crate::{
        language::Language,
        view::{AttentionView, ForgottenView, TechnicianView},
    };

    fn words() -> &'static Words {
        words::of(Language::English)
    }

    fn view(stage: Stage) -> View {
        let mut view = View::new(stage);
        view.technician = Some(TechnicianView {
            name: Name::lossy("Ada\u{202e} Lind"),
            company: Name::lossy("Lind & Co"),
            relay: "help.example.org".to_owned(),
            online: true,
            words: vec!["one".into(), "two".into(), "three".into()],
            words_match: false,
            remembered: false,
            company_checked: false,
            seat: Seat::Desktop,
        });
        view
    }

    fn asking(kind: QuestionKind) -> View {
        let mut view = view(Stage::Asking);
        view.question = Some(QuestionView {
            id: 7,
            kind,
            asked: [Capability::View, Capability::Control, Capability::Point].into(),
            program: None,
            allow_active: true,
            until: UnixMillis(0),
        });
        view
    }

    fn allow(screen: &Screen) -> Option<&Action> {
        screen.buttons.iter().find_map(|button| match &button.does {
            Does::Say(action @ Action::Allow { .. }) if button.enabled => Some(action),
            _ => None,
        })
    }

    #[test]
    fn a_technician_at_a_browser_is_named_so_in_every_language() {
        let mut view = asking(QuestionKind::First);
        let texts = |view: &View, language| {
            let screen = screen(view, &Local::default(), words::of(language));
            let text = |item: &Item| match item {
                Item::Text(text) => Some(text.clone()),
                _ => None,
            };
            screen.items.iter().filter_map(text).filter(|text| text.contains("help.example.org")).collect::<Vec<_>>()
        };
        assert!(texts(&view, Language::English).is_empty());
        if let Some(technician) = &mut view.technician {
            technician.seat = Seat::Browser;
            technician.words_match = true;
        }
        assert_eq!(texts(&view, Language::English), ["in a browser, by way of help.example.org"]);
        for language in Language::ALL {
            assert_eq!(texts(&view, language).len(), 1, "{language:?}");
        }
    }

    #[test]
    fn nobody_is_let_in_before_the_warning_is_answered() {
        let view = asking(QuestionKind::First);
        for called in [None, Some(true)] {
            let screen = screen(&view, &Local { called, ..Local::default() }, words());
            assert!(allow(&screen).is_none() && screen.shows.is_none());
            assert!(screen.buttons.iter().any(|button| button.does == Does::Say(Action::Deny { question: 7 })));
        }
        let screen = screen(&view, &Local { called: Some(false), ..Local::default() }, words());
        assert!(allow(&screen).is_some() && screen.shows == Some(7));
    }

    #[test]
    fn only_what_is_checked_is_allowed_and_nobody_steers_what_he_may_not_see() {
        let view = asking(QuestionKind::More);
        let of = |unchecked: &[Capability]| {
            let local = Local { unchecked: unchecked.iter().copied().collect(), ..Local::default() };
            match allow(&screen(&view, &local, words())) {
                Some(Action::Allow { capabilities, may_return: false, .. }) => capabilities.clone(),
                _ => Vec::new(),
            }
        };
        assert_eq!(of(&[]), [Capability::View, Capability::Control, Capability::Point]);
        assert_eq!(of(&[Capability::Control]), [Capability::View, Capability::Point]);
        assert!(of(&[Capability::View]).is_empty(), "and then there is nothing to allow");
    }

    #[test]
    fn who_opens_files_sees_which_and_can_choose_others() {
        let mut view = asking(QuestionKind::More);
        let files = |whole| Some(FilesView { folder: "/home/weber/Down\u{202e}loads".to_owned(), whole });
        view.files = files(false);
        let has = |screen: &Screen, does: Action| {
            let of_item = |item: &Item| matches!(item, Item::Check { does: Does::Say(said), .. } if *said == does);
            screen.items.iter().any(of_item)
                || screen.buttons.iter().any(|button| button.does == Does::Say(does.clone()))
        };
        let without = screen(&view, &Local::default(), words());
        assert!(!has(&without, Action::PickFolder) && !format!("{without:?}").contains("/home"));
        if let Some(question) = &mut view.question {
            question.asked = [Capability::FilesIn].into();
        }
        let with = screen(&view, &Local::default(), words());
        assert!(format!("{with:?}").contains("/home/weber/Downloads"), "{with:?}");
        assert!(has(&with, Action::PickFolder) && has(&with, Action::WholeDisk { whole: true }));
        view.files = files(true);
        let whole = screen(&view, &Local::default(), words());
        assert!(
            format!("{whole:?}").contains(&words().consent.whole) && has(&whole, Action::WholeDisk { whole: false })
        );
        let unchecked = Local { unchecked: [Capability::FilesIn].into(), ..Local::default() };
        assert!(!has(&screen(&view, &unchecked, words()), Action::PickFolder));
    }

    #[test]
    fn an_answer_too_early_is_none() {
        let mut view = asking(QuestionKind::More);
        if let Some(question) = &mut view.question {
            question.allow_active = false;
        }
        assert!(allow(&screen(&view, &Local::default(), words())).is_none());
    }

    #[test]
    fn attention_is_asked_for_as_often_as_it_may_be_and_what_is_kept_can_go() {
        use deskhand_protocol::record::EndReason;
        let button = |view: &View, does: Action| {
            let screen = screen(view, &Local::default(), words());
            screen
                .buttons
                .into_iter()
                .find(|button| button.does == Does::Say(does.clone()))
                .map(|button| button.enabled)
        };
        let mut view = view(Stage::Live);
        assert_eq!(button(&view, Action::Attention), Some(true));
        view.attention = AttentionView::Asked;
        assert_eq!(button(&view, Action::Attention), Some(false));
        view.stage = Stage::Ended { reason: EndReason::CustomerEnded };
        view.folder = Some("/home/weber/.local/share/deskhand-helper".to_owned());
        assert_eq!(button(&view, Action::Attention), None);
        assert_eq!(button(&view, Action::Forget), Some(true));
        view.forgotten = Some(ForgottenView { removed: 3, left: Vec::new() });
        assert_eq!((button(&view, Action::Forget), button(&view, Action::Close)), (None, Some(true)));
    }

    #[test]
    fn every_state_has_its_words_in_every_language_and_a_way_out() {
        use deskhand_protocol::record::EndReason;
        let stages = [
            Stage::Field,
            Stage::Calling,
            Stage::Waiting,
            Stage::Known,
            Stage::Connecting,
            Stage::Live,
            Stage::Away,
            Stage::Ended { reason: EndReason::Reported },
        ];
        for language in Language::ALL {
            for stage in stages {
                let mut view = view(stage);
                view.problem = Some(Problem::NoRelay);
                let screen = screen(&view, &Local::default(), words::of(language));
                assert!(matches!(&screen.items[..], [Item::Title(title), Item::Problem(_), ..] if !title.is_empty()));
                assert!(!screen.buttons.is_empty(), "{stage:?}");
                let all = format!("{screen:?}");
                assert!(!all.contains("{}") && !all.contains('\u{202e}'), "{all}");
            }
        }
    }
}
