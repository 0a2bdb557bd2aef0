/** Sentences of the small floating picture, in German. */

import type { FloatingText } from './en';

export const floating: FloatingText = {
  title: (who) => `Live-Bild: ${who}`,
  move: 'Bild verschieben (ziehen oder Pfeiltasten)',
  close: 'Bild weglegen',
  open: (who) => `Zurück zu ${who}`,
  bringBack: 'Live-Bild wieder zeigen',
};
