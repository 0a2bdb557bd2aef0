/**
 * A name or an address inside of a sentence. It may be written the other way than the sentence: between these two
 * invisible signs (first strong isolate, pop isolate) it does not move the words around it.
 */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}
