/** Hands a file to the person at this browser, who finds it among his downloads. */

import type { SavedTable } from '../../protocol/generated/SavedTable';

/** How long the browser may take to begin, in milliseconds. */
const BEGUN = 60_000;

export function save(file: Blob, name: string): SavedTable {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), BEGUN);
  return { path: name, bytes: file.size };
}
