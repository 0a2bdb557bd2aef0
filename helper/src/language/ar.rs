//! Arabic. Its buttons have no letter of their own: its keyboards differ too much.

use deskhand_protocol::capability::{Capability, Group};

use super::{BarWords, DialogWords};

pub(super) const DIALOG: DialogWords = DialogWords {
    title: "ما المجلد الذي يُسمح له باستخدامه؟",
    choose: "استخدام هذا المجلد",
    cancel: "إلغاء",
    running: "برنامج Deskhand Helper يعمل بالفعل على هذا الكمبيوتر. أغلقه أولًا ثم شغّله من جديد.",
};

pub(super) const BAR: BarWords = BarWords {
    says: "يقول إنه",
    through: "عبر",
    browser: "في متصفّح، عبر",
    nothing: "لا شيء الآن",
    paused: "متوقف مؤقتًا: لا يرى شيئًا ولا يستطيع فعل شيء",
    hidden: "توقفت الفأرة ولوحة المفاتيح: كان هذا الشريط مغطى",
    elevated: "في المقدمة نافذة لمسؤول النظام: يمكنه المشاهدة فقط",
    connecting: "جارٍ الاتصال",
    away: "انقطع الاتصال؛ في انتظار عودته",
    just_now: "الآن",
    minutes: "د",
    may: "الأذونات",
    pause: "إيقاف مؤقت",
    resume: "متابعة",
    chat: "المحادثة",
    chat_new: "المحادثة: رسالة جديدة",
    call: "نداء",
    called: "نودي",
    seen: "رآه",
    end: "إنهاء الجلسة",
    end_keys: "Ctrl+Alt+End",
    group: |group| match group {
        Group::Look => "الشاشة",
        Group::Hands => "الفأرة ولوحة المفاتيح",
        Group::Clipboard => "الحافظة",
        Group::Files => "الملفات",
        Group::Interrupt => "القفل وإعادة التشغيل",
        Group::Keep => "التسجيل",
    },
    capability: |capability| match capability {
        Capability::View => "رؤية شاشتكم",
        Capability::Control => "استخدام الفأرة ولوحة المفاتيح",
        Capability::Point => "الإشارة والرسم على شاشتكم",
        Capability::ClipboardIn => "وضع شيء في الحافظة",
        Capability::ClipboardOut => "قراءة الحافظة",
        Capability::FilesIn => "وضع ملفات على جهازكم",
        Capability::FilesOut => "أخذ ملفات من جهازكم",
        Capability::Lock => "قفل جهازكم",
        Capability::SignOut => "تسجيل خروجكم",
        Capability::Restart => "إعادة تشغيل جهازكم",
        Capability::TaskManager => "رؤية برامجكم وإنهاؤها",
        Capability::SystemInfo => "معرفة ما هو هذا الكمبيوتر",
        Capability::Terminal => "كتابة الأوامر",
        Capability::Audio => "سماع جهازكم",
        Capability::Record => "تسجيل الجلسة",
    },
};
