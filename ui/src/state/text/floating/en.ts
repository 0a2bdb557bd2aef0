/** Sentences of the small floating picture, in English. */

export const floating = {
  title: (who: string) => `Live picture: ${who}`,
  move: 'Move the picture (drag it, or press the arrow keys)',
  close: 'Put the picture away',
  open: (who: string) => `Back to ${who}`,
  bringBack: 'Show the live picture again',
};

export type FloatingText = typeof floating;
