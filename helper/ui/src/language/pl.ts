import type { Words } from './en';
import { counted } from './plural';

/** Every sentence of the page in Polish. It calls nobody Pan or Pani: it does not know whom it speaks to. */
export const pl: Words = {
  product: 'Pomocnik Deskhand',

  tools: { language: 'Język', size: 'Wielkość tekstu' },

  field: {
    title: 'Pomoc na tym komputerze',
    lead: 'Technik podał adres i kod albo przysłał link. Proszę wpisać to lub wkleić tutaj.',
    label: 'Adres i kod albo link',
    example: 'pomoc.example.org K7MP-4QXD',
    call: 'Połącz',
    hint: {
      rest_of_code: 'Technik poda cztery ostatnie znaki kodu. Proszę dopisać je na końcu.',
      whole_link: 'Proszę skopiować cały adres strony, z której pochodzi ten program, i wkleić go tutaj.',
    },
    safe: 'Nikt nie widzi tego ekranu, dopóki nie ma na to zgody.',
  },

  steps: {
    calling: 'Łączenie z technikiem…',
    callingLead: (relay) => `Trwa szukanie technika przez ${relay}.`,
    waiting: 'Oczekiwanie na technika',
    waitingLead: 'Zgłoszenie jest na liście. To okno pojawi się na wierzchu, gdy technik zechce pomóc.',
    waitingOffline: 'Technika w tej chwili nie ma. To okno może pozostać otwarte.',
    known: 'Technik już jest',
    knownLead: 'Za chwilę pojawi się pytanie, na co mu pozwolić. Nikt jeszcze nie widzi tego ekranu.',
    connecting: 'Nawiązywanie połączenia…',
    connectingLead: (name) => `${name} ma zgodę na dostęp. Trwa nawiązywanie połączenia.`,
    live: (name) => `Połączono: ${name}`,
    away: (name) => `Oczekiwanie na powrót: ${name}`,
    awayFor: {
      network: 'Ten komputer nie może połączyć się z internetem albo adres technika nie odpowiada. Próby są ponawiane.',
      technician: 'Komputer technika jest w tej chwili niedostępny.',
      path: 'Połączenie zostało przerwane. Trwa szukanie nowej drogi do komputera technika.',
    },
    awayLead: 'Teraz nikt nie widzi tego ekranu. Jeśli przez dwie minuty nic nie pomoże, sesja zakończy się sama.',
    ended: 'Sesja jest zakończona',
    endedSafe: 'Nikt już nie widzi tego ekranu.',
  },

  ended: {
    customer_ended: 'Została zakończona na tym komputerze.',
    technician_ended: 'Zakończył ją technik.',
    expired: 'Nikt nie użył kodu na czas.',
    too_many_wrong_codes: 'Zbyt wiele razy podano błędny kod.',
    hard_end: 'Minął najdłuższy dozwolony czas.',
    idle_end: 'Technik przez godzinę nic nie robił.',
    reported: 'Została przerwana, a technik zgłoszony.',
    key_changed:
      'Druga strona nie mogła już udowodnić, że to ten sam technik. Dla bezpieczeństwa wszystko zostało zamknięte.',
    interrupted: 'Technik nie wrócił.',
  },

  who: {
    label: 'Kto pomaga',
    says: 'podaje się za:',
    checked: 'sprawdzono',
    from: 'z firmy',
    over: (relay) => `przez ${relay}`,
    browser: (relay) => `w przeglądarce, za pośrednictwem ${relay}`,
    browserMore: 'Kto prowadzi ten adres, mógłby widzieć to, co on.',
    unproven: 'jeszcze nieudowodnione',
    invited: (name) => `na zaproszenie: ${name}`,
    also: (names) => `W tej sesji jest także: ${names}`,
  },

  words: {
    title: 'Proszę zapytać technika o jego trzy słowa',
    label: 'Słowa do porównania:',
    same: 'Takie same',
    differ: 'Inne słowa',
    remembered: 'Ten technik był już sprawdzony na tym komputerze. Jego klucz jest ten sam.',
    company: (c) => `${c} – firma była już sprawdzona na tym komputerze. Jej klucz poświadcza tego technika.`,
    matched: 'Sprawdzone: rozmowa toczy się z tą samą osobą, którą widać tutaj.',
    why: 'Jeśli są inne, ktoś może podsłuchiwać po drodze: wtedy proszę wybrać „Inne słowa”.',
  },

  consent: {
    title: 'Czy może to zrobić?',
    lead: (name) => `${name} prosi o zgodę na następujące czynności na tym komputerze.`,
    list: 'O co prosi technik',
    handsTitle: 'Czy może też używać myszy i klawiatury?',
    handsLead:
      'Wtedy pracuje na tym komputerze tak, jakby przy nim siedział. Mysz i klawiatura tutaj nadal działają i w każdej chwili można go zatrzymać.',
    again: 'O to padnie pytanie jeszcze raz.',
    mayReturn: 'Może odejść i wrócić bez pytania aż do końca tej sesji',
    folder: 'Folder na pliki',
    whole: 'cały dysk',
    otherFolder: 'Inny folder…',
    openWhole: 'Udostępnij cały dysk',
    deny: 'Nie zgadzam się',
    allow: 'Zgadzam się',
    allowSoon: 'Zgadzam się (za 1 s)',
    left: counted('pl', {
      one: 'Bez odpowiedzi za # sekundę będzie to odmowa.',
      few: 'Bez odpowiedzi za # sekundy będzie to odmowa.',
      many: 'Bez odpowiedzi za # sekund będzie to odmowa.',
      other: 'Bez odpowiedzi za # sekundy będzie to odmowa.',
    }),
  },

  deed: {
    ask: {
      lock: 'Czy może teraz zablokować ten komputer?',
      'sign-out': 'Czy może teraz wylogować z tego komputera?',
      restart: 'Czy może teraz uruchomić ten komputer ponownie?',
      'task-manager': 'Czy może teraz zakończyć ten program?',
    },
    more: {
      lock: 'Potem trzeba zalogować się hasłem. Nic nie zostanie zamknięte.',
      'sign-out': 'Wszystkie programy zostaną zamknięte, a sesja się skończy. Proszę najpierw zapisać swoją pracę.',
      restart:
        'Wszystkie programy zostaną zamknięte. Proszę najpierw zapisać swoją pracę. Potem padnie pytanie, czy technik może wrócić.',
      'task-manager': 'To, czego program nie zapisał, może przepaść.',
    },
    other: 'Czy może to teraz zrobić?',
  },

  capability: {
    view: { ask: 'Widzieć ten ekran', more: 'Wszystko, co na nim widać. Proszę najpierw zamknąć to, co prywatne.' },
    control: {
      ask: 'Używać myszy i klawiatury',
      more: 'Mysz i klawiatura tutaj nadal działają i w każdej chwili można go zatrzymać.',
    },
    point: {
      ask: 'Wskazywać i rysować na tym ekranie',
      more: 'Żeby pokazać, gdzie kliknąć. Niczego przez to nie zmienia.',
    },
    'clipboard-in': {
      ask: 'Włożyć coś do schowka',
      more: 'To, co zostanie potem wklejone, może pochodzić od niego.',
    },
    'clipboard-out': {
      ask: 'Czytać schowek',
      more: 'To, co zostanie skopiowane podczas jego pracy, dostanie także on. Proszę nie kopiować haseł.',
    },
    'files-in': {
      ask: 'Umieszczać pliki na tym komputerze',
      more: 'Trafiają do folderu poniżej i nie mogą uruchomić się same.',
    },
    'files-out': {
      ask: 'Pobierać pliki z tego komputera',
      more: 'Może oglądać i kopiować to, co jest w folderze poniżej.',
    },
    lock: { ask: 'Zablokować ten komputer', more: 'Potem trzeba zalogować się swoim hasłem.' },
    'sign-out': {
      ask: 'Wylogować z tego komputera',
      more: 'Programy zostaną zamknięte. Proszę najpierw zapisać swoją pracę.',
    },
    restart: {
      ask: 'Uruchomić ten komputer ponownie',
      more: 'Programy zostaną zamknięte. Proszę najpierw zapisać swoją pracę.',
    },
    'task-manager': {
      ask: 'Widzieć i kończyć programy',
      more: 'To, czego program nie zapisał, przepada, gdy się go zakończy.',
    },
    'system-info': { ask: 'Zobaczyć, jaki to komputer', more: 'Jego system, pamięć, dyski i programy.' },
  },

  group: {
    look: 'Oglądanie',
    hands: 'Mysz i klawiatura',
    clipboard: 'Schowek',
    files: 'Pliki',
    interrupt: 'Co przerywa pracę',
    keep: 'Nagrywanie',
  },

  guard: {
    title: 'Czy ktoś zadzwonił i kazał to zrobić?',
    no: 'Nie, to była moja prośba o pomoc',
    yes: 'Tak, ktoś do mnie zadzwonił',
    why: 'Oszuści dzwonią i podają się za bank, dużą firmę albo policję.',
    stopTitle: 'W takim razie proszę się tu zatrzymać.',
    stop: 'Żaden bank, żadna duża firma ani policja nie dzwoni po to, żeby obejrzeć czyjś komputer. To oszustwo, jeśli dzwoniący:',
    signs: [
      'chce zobaczyć konto bankowe albo hasła',
      'żąda pieniędzy, kart podarunkowych albo przelewu',
      'mówi, że trzeba się spieszyć albo nikomu o tym nie mówić',
    ],
    report: 'Przerwij i zgłoś',
    justStop: 'Przerwij',
    goOn: 'Dobrze znam tę osobę. Dalej',
  },

  reported: {
    title: 'Komu teraz o tym powiedzieć',
    tell: [
      'Jeśli widać było konto bankowe albo hasło: proszę natychmiast zadzwonić do banku.',
      'Proszę zawiadomić policję. Zna ona to oszustwo i nie ma się czego wstydzić.',
      'Proszę powiedzieć komuś zaufanemu, żeby obejrzał ten komputer, zanim będzie dalej używany.',
    ],
    kept: 'To, co ten komputer wie o tej osobie, jest zapisane w tym pliku. Proszę pokazać go temu, kto będzie pomagał:',
    relay:
      'Zawiadomiony został też serwer tego połączenia. Może on należeć do oszusta: proszę nie polegać tylko na nim.',
  },

  live: {
    may: 'Technik może',
    bar: 'Pasek u góry ekranu pozostaje, dopóki technik jest połączony.',
    pause: 'Wstrzymaj',
    pausedTitle: 'Wstrzymano',
    paused: 'Technik nic nie widzi i nic nie może zrobić. Nie trzeba się spieszyć.',
    resume: 'Wznów',
    held: 'Wstrzymane tutaj',
    takeAway: 'Odbierz na dobre',
    barHidden: 'Mysz i klawiatura są wstrzymane, bo pasek u góry ekranu jest zasłonięty. Proszę go odsłonić.',
    until: (time) => `Sesja zakończy się sama najpóźniej o ${time}.`,
  },

  attention: {
    call: 'Przywołaj technika',
    asked: 'Technik został przywołany: jego komputer wydał dźwięk.',
    unanswered: 'Nikt jeszcze nie spojrzał. Możesz przywołać go ponownie.',
    seen: 'Technik zobaczył, że go przywołujesz.',
  },

  permissions: {
    title: 'Ten Mac potrzebuje najpierw zgody',
    lead: 'Bez jednorazowej zgody Mac nie pokazuje ekranu żadnemu programowi i żadnemu nie pozwala klikać ani pisać.',
    screen: {
      open: 'Otwórz ustawienia ekranu',
      after: 'Jeśli potem macOS zechce zamknąć ten program, proszę się zgodzić i uruchomić go ponownie.',
    },
    hands: {
      open: 'Otwórz ustawienia myszy i klawiatury',
      after: 'To potrzebne tylko wtedy, gdy technik ma klikać i pisać. Działa od razu.',
    },
    how: 'Na liście, która się otworzy, proszę włączyć ten program (Deskhand). macOS może zapytać o hasło: pyta o nie ten właśnie komputer.',
    safe: 'Nawet wtedy nikt nie zobaczy ani nie zrobi niczego bez zgody w tym oknie. Można to tam w każdej chwili wyłączyć.',
  },

  forget: {
    kept: 'Ten program przechowuje na tym komputerze jeden mały folder:',
    what: 'Zawiera klucz tego komputera, listę sprawdzonych osób i zgłoszenia.',
    forget: 'Zapomnij ten komputer',
    done: 'Wszystko zostało usunięte. Na tym komputerze nie zostało nic z tego programu. Sam program też możesz usunąć.',
    left: 'Tego nie udało się usunąć:',
    close: 'Zamknij',
  },

  request: {
    open: (whom: string) => `Nie ma kodu? Poproś o pomoc: ${whom}`,
    name: 'Imię i nazwisko',
    problem: 'Na czym polega problem?',
    goes: (whom: string) => `Otrzyma to tylko ${whom}. Nikt przez to nie zobaczy tego ekranu.`,
    send: 'Poproś o pomoc',
    stage: {
      sending: 'Prośba jest w drodze.',
      waiting: 'Prośba dotarła. Proszę zostawić to okno otwarte: dalszy ciąg nastąpi sam, gdy technik się nią zajmie.',
      put_aside: 'Nikt nie może się teraz tym zająć. Proszę zadzwonić.',
      too_many: 'Zbyt wiele próśb w krótkim czasie. Proszę odczekać minutę i spróbować ponownie.',
      failed: 'Prośba nie dotarła. Proszę sprawdzić połączenie z internetem i spróbować ponownie.',
    },
  },

  chat: {
    title: 'Czat',
    empty: 'Nic jeszcze nie napisano.',
    label: 'Wiadomość do technika',
    send: 'Wyślij',
    me: 'Ja',
    sending: 'w drodze',
    reach: { sent: 'wysłano', delivered: 'dostarczono', read: 'przeczytano' },
  },

  browser: {
    title: 'Pokaż bez programu',
    rest: 'Ostatnie cztery znaki kodu',
    incomplete: 'Adres tej strony jest niepełny. Otwórz cały odnośnik od swojego technika.',
    unable: 'Ta przeglądarka nie może niczego pokazać technikowi. Wróć i uruchom zamiast tego program.',
    trust: (relay: string) => `Ta strona ufa serwerowi ${relay}: kto go prowadzi, mógłby patrzeć razem z technikiem.`,
    only: 'Może patrzeć i nic więcej: bez myszy, klawiatury, schowka i plików.',
    camera: { ask: 'Zobaczyć to, co widzi kamera', more: 'Kieruj ją tylko na to, co ma zobaczyć.' },
    choose: 'Przeglądarka pyta, co chcesz pokazać',
    chooseLead: 'Wybierz to w oknie przeglądarki. Wcześniej nic nie jest pokazywane.',
    live: (name: string) => `${name} widzi to, co pokazujesz`,
    shown: 'To, co pokazujesz',
    close: 'Zamknięcie tej strony kończy sesję.',
  },

  end: 'Zakończ sesję',
  startOver: 'Zacznij od nowa',
  asAdministrator: 'Uruchom ponownie jako administrator',
  cancel: 'Anuluj',

  problem: {
    bad_address: 'Na początku brakuje adresu. Wygląda to tak: pomoc.example.org K7MP-4QXD',
    insecure_address: 'Ten adres nie jest bezpieczny (http). Proszę poprosić technika o adres z https.',
    bad_code: 'Brakuje kodu albo ma on złą postać. Wygląda tak: K7MP-4QXD',
    invalid_code: 'Ten kod jest nieważny albo stracił ważność. Proszę poprosić technika o nowy.',
    wrong_code: 'Kod się nie zgadza. Proszę sprawdzić go z technikiem i wpisać jeszcze raz.',
    too_many_wrong_codes: 'Zbyt wiele razy podano błędny kod. Proszę poprosić technika o nowy.',
    too_many: 'Zbyt wiele prób w krótkim czasie. Proszę odczekać minutę i spróbować jeszcze raz.',
    no_relay: 'Adres nie odpowiada. Proszę sprawdzić adres i połączenie z internetem; próby są ponawiane.',
    wrong_relay:
      'Odpowiada tam coś innego, niż podał technik. Dla bezpieczeństwa nic nie zostało wysłane. Proszę poprosić go o nowy plik lub kod.',
    version: 'Ten program i program technika nie pasują do siebie. Proszę poprosić go o najnowszą wersję.',
    not_proven: 'Druga strona nie mogła udowodnić, że to właściwy technik. Nic jej nie pokazano.',
    not_certified:
      'Dzwoniący nie ma poświadczenia firmy, od której pochodzi ten program. Nic mu nie pokazano. Proszę zapytać w firmie.',
    package_damaged:
      'Plik support.deskhand jest uszkodzony. Proszę poprosić technika o przesłanie go jeszcze raz albo wpisać kod.',
    package_foreign:
      'Plik support.deskhand nie jest plikiem pomocy. Proszę poprosić technika o przesłanie go jeszcze raz albo wpisać kod.',
    package_newer:
      'Plik support.deskhand jest nowszy niż ten program. Proszę pobrać program jeszcze raz albo wpisać kod.',
    package_expired: 'Plik support.deskhand jest za stary. Proszę poprosić technika o nowy albo wpisać kod.',
    package_unreadable:
      'Pliku support.deskhand nie można odczytać. Proszę poprosić technika o przesłanie go jeszcze raz albo wpisać kod.',
    name_damaged: 'Nazwa tego programu została zmieniona. Proszę pobrać go jeszcze raz albo wpisać kod.',
    inside_archive:
      'Proszę najpierw rozpakować paczkę: zamknąć to okno, wybrać „Wyodrębnij wszystkie” dla pobranego pliku i uruchomić program z nowego folderu. Można też wpisać kod.',
    no_connection: 'Nie znaleziono drogi do komputera technika. Może on spróbować jeszcze raz.',
    no_capture: 'Tego ekranu nie można pokazać. Technik został o tym powiadomiony.',
    no_portal:
      'Ten pulpit nie pozwala technikowi zobaczyć całego ekranu. Proszę się wylogować, przy ponownym logowaniu wybrać sesję z „X11” lub „Xorg” w nazwie i zadzwonić jeszcze raz.',
    not_alone:
      'Technik właśnie używał myszy lub klawiatury, dlatego to kliknięcie się nie liczyło. Proszę chwilę odczekać i kliknąć jeszcze raz.',
    secure_desktop:
      'Windows prosi o zgodę lub hasło. Technik nie może tego zobaczyć ani na to odpowiedzieć: proszę zrobić to samodzielnie.',
    elevated: 'Okno na wierzchu należy do administratora. Technik je widzi, ale nie może w nim klikać ani pisać.',
    no_input: 'Myszy i klawiatury nie można tu używać z zewnątrz. Technik może tylko patrzeć.',
  },
};
