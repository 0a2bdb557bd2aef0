//! The page's own sentences. A test of the page writes the file that they are read from.

use std::{collections::BTreeMap, sync::LazyLock};

use deskhand_protocol::{
    capability::Capability,
    record::{EndReason, Marks},
};
use serde::{Deserialize, Serialize};

use crate::{
    language::Language,
    view::{AttentionView, HelpStage, Problem, WaitsFor},
};

static ALL: LazyLock<BTreeMap<String, Words>> =
    LazyLock::new(|| serde_json::from_str(include_str!("words.json")).unwrap_or_default());

static NONE: LazyLock<Words> = LazyLock::new(Words::default);

/// Those of a language.
pub(super) fn of(language: Language) -> &'static Words {
    let name = match language {
        Language::English => "en",
        Language::German => "de",
        Language::French => "fr",
        Language::Spanish => "es",
        Language::Portuguese => "pt",
        Language::Polish => "pl",
        Language::Turkish => "tr",
        Language::Arabic => "ar",
    };
    ALL.get(name).unwrap_or(&NONE)
}

/// A sentence with a name or an address in it.
pub(super) fn filled(sentence: &str, with: &str) -> String {
    sentence.replacen("{}", with, 1)
}

macro_rules! sentences {
    ($name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        #[derive(Debug, Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $name { $(pub(super) $field: $type),* }
    };
}

sentences!(Words {
    tools: Tools,
    field: Field,
    steps: Steps,
    ended: BTreeMap<String, String>,
    who: Who,
    words: Compare,
    consent: Consent,
    deed: Deed,
    capability: BTreeMap<String, Said>,
    guard: Guard,
    reported: Reported,
    live: Live,
    attention: Attention,
    forget: Forget,
    request: Request,
    chat: Chat,
    end: String,
    start_over: String,
    as_administrator: String,
    cancel: String,
    problem: BTreeMap<String, String>,
});
sentences!(Tools { language: String });
sentences!(Field { title: String, lead: String, label: String, call: String, hint: Hints, safe: String });
sentences!(Steps {
    calling: String,
    calling_lead: String,
    waiting: String,
    waiting_lead: String,
    waiting_offline: String,
    known: String,
    known_lead: String,
    connecting: String,
    connecting_lead: String,
    live: String,
    away: String,
    away_for: AwayFor,
    away_lead: String,
    ended: String,
    ended_safe: String,
});
sentences!(AwayFor { network: String, technician: String, path: String });
sentences!(Who {
    says: String,
    from: String,
    over: String,
    browser: String,
    browser_more: String,
    invited: String,
    also: String,
});
sentences!(Compare { label: String, same: String, differ: String, why: String });
sentences!(Consent {
    title: String,
    lead: String,
    hands_title: String,
    hands_lead: String,
    again: String,
    may_return: String,
    folder: String,
    whole: String,
    other_folder: String,
    open_whole: String,
    deny: String,
    allow: String,
    allow_soon: String,
});
sentences!(Deed { ask: BTreeMap<String, String>, more: BTreeMap<String, String>, other: String });
sentences!(Said { ask: String, more: String });
sentences!(Guard {
    title: String,
    no: String,
    yes: String,
    why: String,
    stop_title: String,
    stop: String,
    signs: Vec<String>,
    report: String,
    just_stop: String,
    go_on: String,
});
sentences!(Reported { tell: Vec<String>, kept: String, relay: String });
sentences!(Live { bar: String });
sentences!(Attention { call: String, asked: String, unanswered: String, seen: String });
sentences!(Forget { kept: String, forget: String, done: String, left: String, close: String });
sentences!(Request {
    open: String,
    name: String,
    problem: String,
    goes: String,
    send: String,
    stage: BTreeMap<String, String>,
});
sentences!(Chat {
    title: String,
    empty: String,
    label: String,
    send: String,
    me: String,
    sending: String,
    reach: Reach,
});
sentences!(Reach { sent: String, delivered: String, read: String });

/// The same as in [`Hint`](crate::view::Hint), which the page names so.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Hints {
    pub(super) rest_of_code: String,
    pub(super) whole_link: String,
}

/// The name under which a value goes to the page.
fn name(value: &impl Serialize) -> Option<String> {
    match serde_json::to_value(value).ok()? {
        serde_json::Value::String(name) => Some(name),
        _ => None,
    }
}

impl Words {
    pub(super) fn problem(&self, problem: Problem) -> Option<&str> {
        self.problem.get(&name(&problem)?).map(String::as_str)
    }

    pub(super) fn ended(&self, reason: EndReason) -> Option<&str> {
        self.ended.get(&name(&reason)?).map(String::as_str)
    }

    pub(super) fn capability(&self, capability: Capability) -> Option<&Said> {
        self.capability.get(&name(&capability)?)
    }
}

impl Deed {
    pub(super) fn ask(&self, capability: Capability) -> Option<&String> {
        self.ask.get(&name(&capability)?)
    }

    pub(super) fn more(&self, capability: Capability) -> Option<&String> {
        self.more.get(&name(&capability)?)
    }
}

impl Attention {
    pub(super) fn said(&self, attention: AttentionView) -> Option<&str> {
        match attention {
            AttentionView::Quiet => None,
            AttentionView::Asked => Some(&self.asked),
            AttentionView::Unanswered => Some(&self.unanswered),
            AttentionView::Seen => Some(&self.seen),
        }
    }
}

impl Request {
    pub(super) fn said(&self, stage: HelpStage) -> Option<&str> {
        self.stage.get(&name(&stage)?).map(String::as_str)
    }
}

impl Chat {
    /// How far one of his messages has got.
    pub(super) fn reached(&self, seq: Option<u32>, marks: Marks) -> &str {
        match seq {
            None => &self.sending,
            Some(seq) if seq <= marks.read => &self.reach.read,
            Some(seq) if seq <= marks.delivered => &self.reach.delivered,
            Some(_) => &self.reach.sent,
        }
    }
}

impl AwayFor {
    pub(super) fn of(&self, waits_for: WaitsFor) -> &str {
        match waits_for {
            WaitsFor::Network => &self.network,
            WaitsFor::Technician => &self.technician,
            WaitsFor::Path => &self.path,
        }
    }
}
