import type { Words } from './en';
import { counted } from './plural';

/** Every sentence of the page in Turkish. */
export const tr: Words = {
  product: 'Deskhand Yardımcısı',

  tools: { language: 'Dil', size: 'Yazı boyutu' },

  field: {
    title: 'Bu bilgisayarda yardım alın',
    lead: 'Teknisyeniniz size bir adres ve bir kod ya da bir bağlantı verdi. Onu buraya yazın veya yapıştırın.',
    label: 'Adres ve kod ya da bağlantı',
    example: 'yardim.example.org K7MP-4QXD',
    call: 'Ara',
    hint: {
      rest_of_code: 'Teknisyeniniz size kodun son dört karakterini söyleyecek. Onları sona ekleyin.',
      whole_link: 'Bu programın geldiği sayfanın adresini tam olarak kopyalayıp buraya yapıştırın.',
    },
    safe: 'Siz izin verene kadar ekranınızı kimse görmez.',
  },

  steps: {
    calling: 'Aranıyor…',
    callingLead: (relay) => `Teknisyeniniz ${relay} üzerinden aranıyor.`,
    waiting: 'Teknisyeniniz bekleniyor',
    waitingLead: 'Listedesiniz. Teknisyeniniz yardım etmek istediğinde bu pencere öne gelecek.',
    waitingOffline: 'Teknisyeniniz şu anda yok. Bu pencereyi açık bırakabilirsiniz.',
    known: 'Teknisyeniniz burada',
    knownLead: 'Şimdi size neler yapabileceği sorulacak. Ekranınızı henüz kimse görmüyor.',
    connecting: 'Bağlanılıyor…',
    connectingLead: (name) => `${name} için giriş izni verdiniz. Bağlantı kuruluyor.`,
    live: (name) => `${name} bağlandı`,
    away: (name) => `${name} için bekleniyor`,
    awayFor: {
      network:
        'Bu bilgisayar internete ulaşamıyor ya da teknisyeninizin adresi yanıt vermiyor. Durmadan yeniden deneniyor.',
      technician: 'Teknisyeninizin bilgisayarına şu anda ulaşılamıyor.',
      path: 'Bağlantı koptu. Teknisyeninizin bilgisayarına yeni bir yol aranıyor.',
    },
    awayLead: 'Şu anda ekranınızı kimse görmüyor. İki dakika içinde düzelmezse oturum kendiliğinden biter.',
    ended: 'Oturum bitti',
    endedSafe: 'Artık ekranınızı kimse görmüyor.',
  },

  ended: {
    customer_ended: 'Siz bitirdiniz.',
    technician_ended: 'Teknisyeniniz bitirdi.',
    expired: 'Kod zamanında kullanılmadı.',
    too_many_wrong_codes: 'Çok fazla kez yanlış kod denendi.',
    hard_end: 'İzin verilen en uzun süre doldu.',
    idle_end: 'Teknisyeniniz bir saat boyunca hiçbir şey yapmadı.',
    reported: 'Durdurdunuz ve teknisyeni bildirdiniz.',
    key_changed: 'Karşı taraf artık aynı teknisyen olduğunu kanıtlayamadı. Güvenliğiniz için her şey kapatıldı.',
    interrupted: 'Teknisyeniniz geri gelmedi.',
  },

  who: {
    label: 'Yardım eden kişi',
    says: 'Kendi söylediği ad:',
    checked: 'doğrulandı',
    from: 'Şirket:',
    over: (relay) => `${relay} üzerinden`,
    browser: (relay) => `bir tarayıcıda, ${relay} aracılığıyla`,
    browserMore: 'Bu adresi işleten kişi onun gördüklerini görebilir.',
    unproven: 'henüz kanıtlanmadı',
    invited: (name) => `Davet eden: ${name}`,
    also: (names) => `Bu oturumdaki diğer kişiler: ${names}`,
  },

  words: {
    title: 'Teknisyeninize üç kelimesini sorun',
    label: 'Karşılaştırılacak kelimeler:',
    same: 'Aynı kelimeler',
    differ: 'Başka kelimeler',
    remembered: 'Bu teknisyeni bu bilgisayarda daha önce doğruladınız. Anahtarı aynı.',
    company: (c) => `${c} şirketini bu bilgisayarda daha önce doğruladınız. Şirketin anahtarı bu teknisyene kefil.`,
    matched: 'Doğruladınız: burada gördüğünüz kişiyle konuşuyorsunuz.',
    why: 'Farklılarsa arada dinleyen biri olabilir: o zaman “Başka kelimeler”i seçin.',
  },

  consent: {
    title: 'Bunu yapabilir mi?',
    lead: (name) => `${name} bu bilgisayarda şunları yapmak istiyor.`,
    list: 'İstenenler',
    handsTitle: 'Farenizi ve klavyenizi de kullanabilir mi?',
    handsLead:
      'O zaman bu bilgisayarda sizin gibi çalışır. Fareniz ve klavyeniz sizde kalır ve onu istediğiniz an durdurabilirsiniz.',
    again: 'Bu size bir kez daha sorulacak.',
    mayReturn: 'Bu oturum bitene kadar sormadan gidip gelebilir',
    folder: 'Dosyalar için klasör',
    whole: 'bütün disk',
    otherFolder: 'Başka klasör…',
    openWhole: 'Bütün diski aç',
    deny: 'İzin verme',
    allow: 'İzin ver',
    allowSoon: 'İzin ver (1 sn sonra)',
    left: counted('tr', { other: 'Yanıt vermezseniz # saniye sonra hayır sayılır.' }),
  },

  deed: {
    ask: {
      lock: 'Bu bilgisayarı şimdi kilitleyebilir mi?',
      'sign-out': 'Oturumunuzu şimdi kapatabilir mi?',
      restart: 'Bu bilgisayarı şimdi yeniden başlatabilir mi?',
      'task-manager': 'Bu programı şimdi kapatabilir mi?',
    },
    more: {
      lock: 'Parolanızla yeniden giriş yaparsınız. Hiçbir şey kapanmaz.',
      'sign-out': 'Bütün programlarınız kapanır ve yardım biter. Önce işinizi kaydedin.',
      restart: 'Bütün programlarınız kapanır. Önce işinizi kaydedin. Sonra size, geri gelip gelemeyeceği sorulur.',
      'task-manager': 'Kaydetmediği şeyler kaybolabilir.',
    },
    other: 'Bunu şimdi yapabilir mi?',
  },

  capability: {
    view: { ask: 'Ekranınızı görmek', more: 'Üzerinde görünen her şeyi. Önce özel olanları kapatın.' },
    control: {
      ask: 'Farenizi ve klavyenizi kullanmak',
      more: 'Sizinkiler sizde kalır ve onu istediğiniz an durdurabilirsiniz.',
    },
    point: {
      ask: 'Ekranınızda göstermek ve çizmek',
      more: 'Nereye tıklayacağınızı göstermek için. Bununla hiçbir şeyi değiştirmez.',
    },
    'clipboard-in': {
      ask: 'Panonuza bir şey koymak',
      more: 'Bundan sonra yapıştıracağınız şey ondan gelmiş olabilir.',
    },
    'clipboard-out': {
      ask: 'Panonuzu okumak',
      more: 'O buradayken kopyaladığınız her şey ona da gider. Parola kopyalamayın.',
    },
    'files-in': {
      ask: 'Bilgisayarınıza dosya koymak',
      more: 'Aşağıdaki klasöre konur ve kendiliğinden çalışamazlar.',
    },
    'files-out': {
      ask: 'Bilgisayarınızdan dosya almak',
      more: 'Aşağıdaki klasörde olanlara bakabilir ve onları kopyalayabilir.',
    },
    lock: { ask: 'Bilgisayarınızı kilitlemek', more: 'Sonra parolanızla yeniden giriş yaparsınız.' },
    'sign-out': { ask: 'Oturumunuzu kapatmak', more: 'Programlar kapanır. Önce işinizi kaydedin.' },
    restart: { ask: 'Bilgisayarınızı yeniden başlatmak', more: 'Programlar kapatılır. Önce işinizi kaydedin.' },
    'task-manager': {
      ask: 'Programlarınızı görmek ve kapatmak',
      more: 'Bir programın kaydetmediği şeyler kapanınca kaybolur.',
    },
    'system-info': {
      ask: 'Bunun nasıl bir bilgisayar olduğunu görmek',
      more: 'Sistemi, belleği, diskleri ve programları.',
    },
  },

  group: {
    look: 'Bakmak',
    hands: 'Fare ve klavye',
    clipboard: 'Pano',
    files: 'Dosyalar',
    interrupt: 'İşinizi kesen şeyler',
    keep: 'Kayıt',
  },

  guard: {
    title: 'Biri sizi arayıp bunu yapmanızı mı istedi?',
    no: 'Hayır, yardımı kendim istedim',
    yes: 'Evet, biri beni aradı',
    why: 'Dolandırıcılar arayıp kendilerini banka, büyük bir şirket veya polis olarak tanıtır.',
    stopTitle: 'Öyleyse lütfen burada durun.',
    stop: 'Hiçbir banka, büyük şirket veya polis, bilgisayarınıza bakmak için sizi aramaz. Şunları yapıyorsa dolandırıcıdır:',
    signs: [
      'banka hesabınızı veya parolalarınızı görmek istiyorsa',
      'para, hediye kartı veya havale istiyorsa',
      'acele etmenizi ya da kimseye söylememenizi istiyorsa',
    ],
    report: 'Durdur ve bildir',
    justStop: 'Durdur',
    goOn: 'Bu kişiyi iyi tanıyorum. Devam et',
  },

  reported: {
    title: 'Şimdi kime söylemelisiniz',
    tell: [
      'Banka hesabınızı veya bir parolayı gösterdiyseniz: hemen bankanızı arayın.',
      'Polise haber verin. Bu dolandırıcılığı bilirler ve utanılacak bir şey yoktur.',
      'Güvendiğiniz birine anlatın ve devam etmeden önce bu bilgisayara bakmasını isteyin.',
    ],
    kept: 'Bu bilgisayarın onun hakkında gördükleri bu dosyada saklanıyor. Size yardım eden kişiye gösterin:',
    relay: 'Bu görüşmenin sunucusuna da haber verildi. Sunucu dolandırıcının olabilir: yalnızca ona güvenmeyin.',
  },

  live: {
    may: 'Yapabilecekleri',
    bar: 'Bağlı olduğu sürece ekranın üstündeki çubuk orada kalır.',
    pause: 'Duraklat',
    pausedTitle: 'Duraklatıldı',
    paused: 'Hiçbir şey göremez ve hiçbir şey yapamaz. Acele etmeyin.',
    resume: 'Devam et',
    held: 'Siz durdurdunuz',
    takeAway: 'Tamamen geri al',
    barHidden: 'Ekranın üstündeki çubuk örtüldüğü için fare ve klavye durduruldu. Çubuğun önünü açın.',
    until: (time) => `Oturum en geç saat ${time} olduğunda kendiliğinden biter.`,
  },

  attention: {
    call: 'Teknisyeni çağır',
    asked: 'Teknisyeniniz çağrıldı: bilgisayarı ses çıkardı.',
    unanswered: 'Henüz kimse bakmadı. Yeniden çağırabilirsiniz.',
    seen: 'Teknisyeniniz onu çağırdığınızı gördü.',
  },

  permissions: {
    title: 'Mac’iniz önce sizin izninizi istiyor',
    lead: 'Siz bir kez izin verene kadar Mac, ekranınızı hiçbir programa göstermez ve hiçbir programın tıklamasına veya yazmasına izin vermez.',
    screen: {
      open: 'Ekran ayarlarını aç',
      after: 'macOS bundan sonra bu programı kapatmak isterse kabul edin ve programı yeniden başlatın.',
    },
    hands: {
      open: 'Fare ve klavye ayarlarını aç',
      after: 'Bu yalnızca teknisyeniniz tıklayıp yazacaksa gereklidir. Hemen geçerli olur.',
    },
    how: 'Açılan listede bu programı (Deskhand) etkinleştirin. macOS parolanızı sorabilir: bunu soran kendi bilgisayarınızdır.',
    safe: 'O zaman bile kimse bu pencerede izin vermediğiniz bir şeyi göremez ve yapamaz. Orada istediğiniz zaman kapatabilirsiniz.',
  },

  forget: {
    kept: 'Bu program bu bilgisayarda küçük bir klasör tutar:',
    what: 'İçinde bu bilgisayarın anahtarı, kimleri doğruladığınız ve bildirdikleriniz vardır.',
    forget: 'Bu bilgisayarı unut',
    done: 'Hepsi silindi. Bu bilgisayarda bu programdan hiçbir şey kalmadı. Programın kendisini de silebilirsiniz.',
    left: 'Bunlar silinemedi:',
    close: 'Kapat',
  },

  request: {
    open: (whom: string) => `Kod yok mu? Yardım isteyin: ${whom}`,
    name: 'Adınız',
    problem: 'Sorun nedir?',
    goes: (whom: string) => `Bunu yalnızca ${whom} alır. Bununla kimse ekranınızı görmez.`,
    send: 'Yardım iste',
    stage: {
      sending: 'İsteğiniz yolda.',
      waiting: 'İsteğiniz ulaştı. Bu pencereyi açık bırakın: bir teknisyen üstlenince kendiliğinden devam eder.',
      put_aside: 'Şu anda isteğinizi üstlenecek kimse yok. Lütfen telefon edin.',
      too_many: 'Kısa sürede çok fazla istek. Bir dakika bekleyip yeniden deneyin.',
      failed: 'İsteğiniz ulaşmadı. İnternet bağlantınızı denetleyip yeniden deneyin.',
    },
  },

  chat: {
    title: 'Sohbet',
    empty: 'Henüz hiçbir şey yazılmadı.',
    label: 'Teknisyeninize mesaj',
    send: 'Gönder',
    me: 'Siz',
    sending: 'yolda',
    reach: { sent: 'gönderildi', delivered: 'iletildi', read: 'okundu' },
  },

  browser: {
    title: 'Program olmadan göster',
    rest: 'Kodunuzun son dört karakteri',
    incomplete: 'Bu sayfanın adresi eksik. Teknisyeninizin verdiği bağlantının tamamını açın.',
    unable: 'Bu tarayıcı teknisyeninize hiçbir şey gösteremiyor. Geri dönün ve bunun yerine programı başlatın.',
    trust: (relay: string) => `Bu sayfa ${relay} sunucusuna güvenir: o sunucuyu işleten kişi de izleyebilir.`,
    only: 'Yalnızca bakabilir: fare, klavye, pano ve dosyalar yok.',
    camera: { ask: 'Kameranızın gördüğünü görmek', more: 'Kamerayı yalnızca görmesi gereken şeye tutun.' },
    choose: 'Tarayıcınız neyi göstermek istediğinizi soruyor',
    chooseLead: 'Tarayıcının penceresinde seçin. Öncesinde hiçbir şey gösterilmez.',
    live: (name: string) => `${name} gösterdiğinizi görüyor`,
    shown: 'Gösterdiğiniz',
    close: 'Bu sayfayı kapatmak oturumu bitirir.',
  },

  end: 'Oturumu bitir',
  startOver: 'Baştan başla',
  asAdministrator: 'Yönetici olarak yeniden başlat',
  cancel: 'Vazgeç',

  problem: {
    bad_address: 'Başında bir adres yok. Şöyle görünür: yardim.example.org K7MP-4QXD',
    insecure_address: 'Bu adres güvenli değil (http). Teknisyeninizden https ile başlayan bir adres isteyin.',
    bad_code: 'Kod eksik ya da biçimi yanlış. Şöyle görünür: K7MP-4QXD',
    invalid_code: 'Bu kod geçerli değil ya da artık geçerli değil. Teknisyeninizden yenisini isteyin.',
    wrong_code: 'Kod doğru değil. Teknisyeninizle kontrol edip yeniden yazın.',
    too_many_wrong_codes: 'Çok fazla kez yanlış kod denendi. Teknisyeninizden yenisini isteyin.',
    too_many: 'Kısa sürede çok fazla deneme yapıldı. Bir dakika bekleyip yeniden deneyin.',
    no_relay: 'Adres yanıt vermiyor. Adresi ve internet bağlantınızı kontrol edin; durmadan yeniden deneniyor.',
    wrong_relay:
      'Orada yanıt veren, teknisyeninizin söylediği yer değil. Güvenliğiniz için hiçbir şey gönderilmedi. Ondan yeni bir dosya veya kod isteyin.',
    version: 'Bu program ile teknisyeninizinki birbirine uymuyor. Ondan en yeni sürümü isteyin.',
    not_proven: 'Karşı taraf teknisyeniniz olduğunu kanıtlayamadı. Ona hiçbir şey gösterilmedi.',
    not_certified:
      'Arayan kişi, bu programın ait olduğu şirketçe onaylanmamış. Ona hiçbir şey gösterilmedi. Şirkete sorun.',
    package_damaged: 'support.deskhand dosyası bozuk. Teknisyeninizden yeniden göndermesini isteyin ya da kodu yazın.',
    package_foreign:
      'support.deskhand dosyası bir yardım dosyası değil. Teknisyeninizden yeniden göndermesini isteyin ya da kodu yazın.',
    package_newer: 'support.deskhand dosyası bu programdan daha yeni. Programı yeniden indirin ya da kodu yazın.',
    package_expired: 'support.deskhand dosyası çok eski. Teknisyeninizden yenisini isteyin ya da kodu yazın.',
    package_unreadable:
      'support.deskhand dosyası okunamıyor. Teknisyeninizden yeniden göndermesini isteyin ya da kodu yazın.',
    name_damaged: 'Bu programın adı değiştirilmiş. Yeniden indirin ya da kodu yazın.',
    inside_archive:
      'Lütfen önce paketi açın: bu pencereyi kapatın, indirilen dosya için “Tümünü ayıkla”yı seçin ve programı yeni klasörden başlatın. Ya da kodu yazın.',
    no_connection: 'Teknisyeninizin bilgisayarına bir yol bulunamadı. Yeniden deneyebilir.',
    no_capture: 'Bu ekran gösterilemiyor. Teknisyeninize haber verildi.',
    no_portal:
      'Bu masaüstü, teknisyeninizin ekranın tamamını görmesine izin vermiyor. Oturumu kapatın, yeniden açarken adında “X11” veya “Xorg” geçen bir oturum seçin ve bir kez daha arayın.',
    not_alone:
      'Teknisyeniniz o sırada fareyi veya klavyeyi kullanıyordu, bu yüzden bu tıklama sayılmadı. Biraz bekleyip yeniden tıklayın.',
    secure_desktop:
      'Windows izin veya parola istiyor. Teknisyeniniz bunu göremez ve yanıtlayamaz: lütfen kendiniz yapın.',
    elevated: 'Öndeki pencere bir yöneticiye ait. Teknisyeniniz onu görür, ancak içinde tıklayamaz ve yazamaz.',
    no_input: 'Burada fare ve klavye dışarıdan kullanılamıyor. Teknisyeniniz yalnızca bakabilir.',
  },
};
