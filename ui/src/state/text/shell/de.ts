/** Sentences of what stands around the page on a desktop, in German. */

import type { ShellText } from './en';

export const shell: ShellText = {
  show: 'Deskhand zeigen',
  quit: 'Deskhand beenden',
  waiting: (count) =>
    count === 0 ? 'Deskhand' : count === 1 ? 'Deskhand: 1 Person wartet' : `Deskhand: ${count} Personen warten`,
  waits: (who) => `${who} wartet`,
  asks: (who) => `${who} bittet um Hilfe`,
  title: 'Schreibtisch',
  withDesktop: 'Mit dem Schreibtisch starten',
  opensLinks: 'deskhand://-Links mit dieser Konsole öffnen',
  linksHint: 'Ein Link füllt nur ein Formular aus. Es geschieht nichts, bevor Sie es absenden.',
  keep: 'Beim Schließen des Fensters bleibt Deskhand in der Ablage',
  keepHint: 'Kunden können anrufen, während das Fenster geschlossen ist. Das Menü in der Ablage beendet das Programm.',
  failed: 'Das ließ sich nicht speichern. Nichts hat sich geändert.',
  link: {
    unknown: 'Ein Link wurde geöffnet, den Deskhand nicht versteht. Es ist nichts geschehen.',
    session: (who) =>
      who ? `Ein Link füllt eine neue Sitzung für ${who} aus.` : 'Ein Link füllt eine neue Sitzung aus.',
    find: (text) => `Ein Link sucht nach „${text}“.`,
    join: (relay) =>
      `Ein Link nennt das Relay ${relay}. Er kann das Formular ausfüllen, mit dem diese Konsole ihm beitritt.`,
    open: 'Formular öffnen',
  },
};
