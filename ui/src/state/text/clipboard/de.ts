/** What screens say of the two clipboards. */

import type { Messages } from '../en';

export const clipboard: Messages['clipboard'] = {
  title: 'Zwischenablage',
  paste: 'Einfügen',
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
  kind: { text: 'Text', html: 'formatierter Text', image: 'Bild' },
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
  nothingToPaste: 'In Ihrer Zwischenablage ist nichts, was sich dort einfügen lässt.',
  notYours:
    'Was in Ihrer Zwischenablage ist, kam von einem anderen Kunden und bleibt hier. Kopieren Sie es aus einem eigenen Programm.',
};
