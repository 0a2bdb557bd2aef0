/** What the plain window says where there is no webview: the same sentences, without the page. */

import type { Language } from './choice';
import type { Words } from './en';

/** Stands for a name or an address until there is one. */
const HOLE = '{}';

/** The sentences of one language, as the program reads them. */
export function native(words: Words): object {
  const { field, steps, ended, who, consent, deed, capability, guard, reported, live, attention, forget } = words;
  const { tools, request, chat, problem } = words;
  return {
    product: words.product,
    tools: { language: tools.language },
    field: { ...field, example: undefined },
    steps: {
      ...steps,
      callingLead: steps.callingLead(HOLE),
      connectingLead: steps.connectingLead(HOLE),
      live: steps.live(HOLE),
      away: steps.away(HOLE),
    },
    ended,
    who: {
      says: who.says,
      from: who.from,
      over: who.over(HOLE),
      browser: who.browser(HOLE),
      browserMore: who.browserMore,
      invited: who.invited(HOLE),
      also: who.also(HOLE),
    },
    words: words.words,
    consent: {
      title: consent.title,
      lead: consent.lead(HOLE),
      handsTitle: consent.handsTitle,
      handsLead: consent.handsLead,
      again: consent.again,
      mayReturn: consent.mayReturn,
      folder: consent.folder,
      whole: consent.whole,
      otherFolder: consent.otherFolder,
      openWhole: consent.openWhole,
      deny: consent.deny,
      allow: consent.allow,
      allowSoon: consent.allowSoon,
    },
    deed,
    capability,
    guard,
    reported,
    live: { bar: live.bar, pausedTitle: live.pausedTitle, paused: live.paused, barHidden: live.barHidden },
    attention,
    forget: { kept: forget.kept, forget: forget.forget, done: forget.done, left: forget.left, close: forget.close },
    request: { ...request, open: request.open(HOLE), goes: request.goes(HOLE) },
    chat,
    end: words.end,
    startOver: words.startOver,
    asAdministrator: words.asAdministrator,
    cancel: words.cancel,
    problem,
  };
}

/** All languages, in the form of the file beside the program's sources. */
export function nativeFile(all: Record<Language, Words>): string {
  const entries = Object.entries(all).map(([language, words]) => [language, native(words)]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`;
}
