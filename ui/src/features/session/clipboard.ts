/** What became of copied content, as a sentence. */

import { formatBytes } from '../../state/format';
import { t } from '../../state/text';
import type { ClipboardNotice } from '../../state/types';

export interface ClipboardSentence {
  text: string;
  /** Whether something is missing: it is then shown, and not only said. */
  problem: boolean;
}

export function clipboardNotice(notice: ClipboardNotice): ClipboardSentence {
  switch (notice.notice) {
    case 'moved':
      return { text: t.clipboard.moved[notice.way](t.clipboard.kind[notice.content]), problem: false };
    case 'nothing_to_paste':
      return { text: t.clipboard.nothingToPaste, problem: true };
    case 'not_yours':
      return { text: t.clipboard.notYours, problem: true };
    case 'failed': {
      const what = t.clipboard.kind[notice.content];
      if (notice.why === 'too_big')
        return { text: t.clipboard.tooBig(what, formatBytes(notice.size), formatBytes(notice.limit)), problem: true };
      return { text: t.clipboard.failed[notice.why](what), problem: notice.why !== 'stale' };
    }
  }
}
