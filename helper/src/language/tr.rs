//! Turkish.

use deskhand_protocol::capability::{Capability, Group};

use super::{BarWords, DialogWords};

pub(super) const DIALOG: DialogWords = DialogWords {
    title: "Hangi klasörü kullanabilir?",
    choose: "Bu klasörü _kullan",
    cancel: "_Vazgeç",
    running: "Deskhand Helper bu bilgisayarda zaten çalışıyor. Önce onu kapatın, sonra yeniden başlatın.",
};

pub(super) const BAR: BarWords = BarWords {
    says: "kendi söylediği ad:",
    through: "yol:",
    browser: "bir tarayıcıda, yol:",
    nothing: "şimdilik hiçbir şey",
    paused: "Duraklatıldı: hiçbir şey göremez ve yapamaz",
    hidden: "Fare ve klavye durduruldu: bu çubuk örtülmüştü",
    elevated: "Önde bir yönetici penceresi var: yalnızca bakabilir",
    connecting: "bağlanıyor",
    away: "bağlantı koptu; geri gelmesi bekleniyor",
    just_now: "az önce",
    minutes: "dk",
    may: "_İzinler",
    pause: "D_uraklat",
    resume: "_Devam et",
    chat: "_Sohbet",
    chat_new: "_Sohbet: yeni mesaj",
    call: "Ça_ğır",
    called: "Çağrıldı",
    seen: "Gördü",
    end: "_Bitir",
    end_keys: "Ctrl+Alt+End",
    group: |group| match group {
        Group::Look => "ekran",
        Group::Hands => "fare ve klavye",
        Group::Clipboard => "pano",
        Group::Files => "dosyalar",
        Group::Interrupt => "kilit ve yeniden başlatma",
        Group::Keep => "kayıt",
    },
    capability: |capability| match capability {
        Capability::View => "Ekranınızı görmek",
        Capability::Control => "Farenizi ve klavyenizi kullanmak",
        Capability::Point => "Ekranınızda göstermek ve çizmek",
        Capability::ClipboardIn => "Panonuza bir şey koymak",
        Capability::ClipboardOut => "Panonuzu okumak",
        Capability::FilesIn => "Bilgisayarınıza dosya koymak",
        Capability::FilesOut => "Bilgisayarınızdan dosya almak",
        Capability::Lock => "Bilgisayarınızı kilitlemek",
        Capability::SignOut => "Oturumunuzu kapatmak",
        Capability::Restart => "Bilgisayarınızı yeniden başlatmak",
        Capability::TaskManager => "Programlarınızı görmek ve kapatmak",
        Capability::SystemInfo => "Bunun nasıl bir bilgisayar olduğunu görmek",
        Capability::Terminal => "Komut yazmak",
        Capability::Audio => "Bilgisayarınızı dinlemek",
        Capability::Record => "Oturumu kaydetmek",
    },
};
