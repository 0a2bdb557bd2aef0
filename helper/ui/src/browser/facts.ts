/** What a browser says of itself, as a technician reads it in his list. */

import { version } from '../../package.json';

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Chromium|Chrome|CriOS|HeadlessChrome)\/(\d+)/, 'Chromium'],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//, 'Safari'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Windows/, 'Windows'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux|X11/, 'Linux'],
];

export interface Facts {
  host: string;
  os: string;
  arch: string;
  helper_version: string;
}

export function facts({ userAgent }: { userAgent: string }): Facts {
  const browser = BROWSERS.map(([pattern, name]) => {
    const found = pattern.exec(userAgent);
    return found ? `${name} ${found[1] ?? ''}`.trim() : null;
  }).find((name) => name !== null);
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent));
  return { host: browser ?? 'Browser', os: system?.[1] ?? '', arch: '', helper_version: version };
}
