/** What screens say of the two clipboards. */

import type { Messages } from '../en';

export const clipboard: Messages['clipboard'] = {
  title: 'Zwischenablage',
  paste: 'Einfügen',
  take: 'Kopieren',
  takeHint: 'Was der Kunde kopiert hat, in Ihre Zwischenablage legen',
  pasteHint: 'Ihre Zwischenablage zum Kunden geben und dort die Einfügen-Taste drücken',
  way: {
    to_customer: 'Ihre Zwischenablage geht zum Kunden',
    from_customer: 'Die Zwischenablage des Kunden kommt zu Ihnen',
  },
  pause: {
    to_customer: 'Was Sie kopieren, lässt sich dort einfügen. Klicken, um das anzuhalten.',
    from_customer: 'Was dort kopiert wird, lässt sich hier einfügen. Klicken, um das anzuhalten.',
  },
  open: {
    to_customer: 'Angehalten: Was Sie kopieren, bleibt hier. Klicken, um fortzufahren.',
    from_customer: 'Angehalten: Was dort kopiert wird, bleibt dort. Klicken, um fortzufahren.',
  },
  kind: { text: 'Text', html: 'formatierter Text', image: 'Bild', files: 'Dateien' },
  moved: {
    to_customer: (what) => `Kopiert: Der Kunde kann es einfügen (${what})`,
    from_customer: (what) => `Der Kunde hat kopiert: Sie können es einfügen (${what})`,
  },
  tooBig: (what, size, limit) =>
    `Zu groß für die Zwischenablage (${what}): mindestens ${size}, kopiert werden höchstens ${limit}. Senden Sie es als Datei.`,
  failed: {
    stale: (what) => `Inzwischen wurde etwas anderes kopiert (${what}).`,
    gone: (what) => `Das Programm, das es kopiert hatte, wurde geschlossen (${what}). Kopieren Sie es noch einmal.`,
    unfit: (what) => `Das Kopierte ist beschädigt oder nicht das, was es vorgibt (${what}). Nichts wurde eingefügt.`,
    not_allowed: (what) => `Die Zwischenablage ist angehalten oder nicht erlaubt (${what}). Nichts wurde kopiert.`,
  },
  files: {
    get: (count) =>
      count === 1 ? 'Kopierte Datei holen' : count === 0 ? 'Kopierte Dateien holen' : `${count} kopierte Dateien holen`,
    getHint: 'Die Dateien, die der Kunde kopiert hat, holen und in Ihre Zwischenablage legen',
    copied: {
      to_customer: (count, size) =>
        count === 1
          ? `Eine Datei ist in Ihrer Zwischenablage (${size}). „Einfügen“ sendet sie.`
          : `${count} Dateien sind in Ihrer Zwischenablage (${size}). „Einfügen“ sendet sie.`,
      from_customer: (count, size) =>
        count === 1
          ? `Der Kunde hat eine Datei kopiert (${size}).`
          : `Der Kunde hat ${count} Dateien kopiert (${size}).`,
    },
    notCarried: {
      too_many: () =>
        'Höchstens 128 Dateien auf einmal gehen durch die Zwischenablage. Senden oder holen Sie sie unter „Dateien“.',
      too_big: (size) =>
        `Zu groß für die Zwischenablage: mindestens ${size}, auf einmal gehen höchstens 2 GB. Senden oder holen Sie es unter „Dateien“.`,
      not_plain: () =>
        'Unter dem Kopierten ist ein Ordner oder eine Verknüpfung; durch die Zwischenablage gehen nur Dateien. Senden oder holen Sie es unter „Dateien“.',
      not_there: () =>
        'Eine der kopierten Dateien ist nicht mehr da oder darf nicht gelesen werden. Kopieren Sie sie noch einmal.',
    },
    gone: 'Inzwischen wurde etwas anderes kopiert.',
    missing: (what) => `Der Kunde hat nicht erlaubt: ${what}. Kopierte Dateien brauchen das und die Zwischenablage.`,
    paused: 'Diese Richtung ist angehalten. Kopierte Dateien bleiben, wo sie sind.',
    moving: {
      to_customer: (count, done) =>
        count === 1
          ? `Die kopierte Datei wird gesendet. ${done}`
          : `${count} kopierte Dateien werden gesendet. ${done}`,
      from_customer: (count, done) =>
        count === 1 ? `Die kopierte Datei wird geholt. ${done}` : `${count} kopierte Dateien werden geholt. ${done}`,
    },
    ready: {
      to_customer: (count) =>
        count === 1
          ? 'Die Datei ist in der Zwischenablage des Kunden.'
          : `${count} Dateien sind in der Zwischenablage des Kunden.`,
      from_customer: (count) =>
        count === 1 ? '1 Datei lässt sich jetzt hier einfügen.' : `${count} Dateien lassen sich jetzt hier einfügen.`,
    },
    cancelled: 'Abgebrochen. Nichts wurde in die Zwischenablage gelegt.',
    failed: (why) => `Nicht alle Dateien sind angekommen, nichts wurde in die Zwischenablage gelegt. ${why}`,
  },
  nothingToPaste: 'In Ihrer Zwischenablage ist nichts, was sich dort einfügen lässt.',
  notYours:
    'Was in Ihrer Zwischenablage ist, kam von einem anderen Kunden und bleibt hier. Kopieren Sie es aus einem eigenen Programm.',
};
