/** What became of copied content, as a sentence. */

import { formatBytes } from '../../state/format';
import { t } from '../../state/text';
import type { Capability, ClipboardNotice, ClipboardWay, FilesStep, JobView } from '../../state/types';

export interface ClipboardSentence {
  text: string;
  /** Whether it is shown, and not only said: something is missing, or files are on their way. */
  shown: boolean;
  /** The job that can be called off. */
  job?: number;
}

/** What a sentence depends on beside the notice. */
export interface ClipboardContext {
  granted: readonly Capability[];
  jobs: readonly JobView[];
}

const NEEDED: Readonly<Record<ClipboardWay, readonly Capability[]>> = {
  to_customer: ['clipboard-in', 'files-in'],
  from_customer: ['clipboard-out', 'files-out'],
};

export function clipboardNotice(notice: ClipboardNotice, context: ClipboardContext): ClipboardSentence {
  switch (notice.notice) {
    case 'moved':
      return { text: t.clipboard.moved[notice.way](t.clipboard.kind[notice.content]), shown: false };
    case 'nothing_to_paste':
      return { text: t.clipboard.nothingToPaste, shown: true };
    case 'not_yours':
      return { text: t.clipboard.notYours, shown: true };
    case 'failed': {
      const what = t.clipboard.kind[notice.content];
      if (notice.why === 'too_big')
        return { text: t.clipboard.tooBig(what, formatBytes(notice.size), formatBytes(notice.limit)), shown: true };
      return { text: t.clipboard.failed[notice.why](what), shown: notice.why !== 'stale' };
    }
    case 'files':
      return filesSentence(notice.way, notice.files, context);
  }
}

function filesSentence(way: ClipboardWay, files: FilesStep, context: ClipboardContext): ClipboardSentence {
  const text = t.clipboard.files;
  switch (files.step) {
    case 'copied':
      return { text: text.copied[way](files.count, formatBytes(files.size)), shown: false };
    case 'not_carried':
      if (files.why === 'not_granted') return notAllowed(way, context);
      return { text: text.notCarried[files.why](formatBytes(files.size)), shown: true };
    case 'gone':
      return { text: text.gone, shown: false };
    case 'not_allowed':
      return notAllowed(way, context);
    case 'moving': {
      const job = context.jobs.find(({ id }) => id === files.job);
      const done = job ? t.files.progress(formatBytes(job.bytes_done), formatBytes(job.bytes)) : '';
      return { text: text.moving[way](files.count, done), shown: true, job: files.job };
    }
    case 'ready':
      return { text: text.ready[way](files.count), shown: true };
    case 'cancelled':
      return { text: text.cancelled, shown: true };
    case 'failed':
      return { text: text.failed(t.files.problem[files.error]), shown: true };
  }
}

function notAllowed(way: ClipboardWay, { granted }: ClipboardContext): ClipboardSentence {
  const missing = NEEDED[way].filter((capability) => !granted.includes(capability));
  const names = missing.map((capability) => t.capability[capability]);
  const text = t.clipboard.files;
  return { text: names.length > 0 ? text.missing(names.join(', ')) : text.paused, shown: true };
}
