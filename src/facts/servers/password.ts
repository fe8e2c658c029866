import { Sealed } from '../../sealed.ts';
import { isSeen } from '../connections/text.ts';
import type { Pool } from './pool.ts';

/** A reference that nothing has expanded is a password that everybody can read. */
export function isUnexpanded(text: string): boolean {
  return isSeen(text) && /^\$(?:\{[^}]*\}|\([^)]*\)|[A-Za-z_]\w*)$/.test(text);
}

/** A password for its features only; null where there is none, undefined where it was not seen. */
export function sealPassword(text: string | null, pool: Pool): Sealed | null | undefined {
  if (text === null || text === '') return null;
  if (isSeen(text)) return new Sealed(text);
  return text.length === 1 ? pool.unknownsIn(text)[0]?.sealed : undefined;
}
