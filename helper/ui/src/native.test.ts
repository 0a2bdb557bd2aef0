import { expect, test } from 'vitest';
import { ar } from './language/ar';
import { de } from './language/de';
import { en } from './language/en';
import { es } from './language/es';
import { fr } from './language/fr';
import { nativeFile } from './language/native';
import { pl } from './language/pl';
import { pt } from './language/pt';
import { tr } from './language/tr';

/** `npx vitest run --update src/native.test.ts` writes the file anew. */
test('the plain window says what the page says', async () => {
  const file = nativeFile({ en, de, fr, es, pt, pl, tr, ar });
  await expect(file).toMatchFileSnapshot('../../src/plain/words.json');
});
