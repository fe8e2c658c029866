import type { Absence } from '../../model/subject.ts';
import type { Sealed } from '../../sealed.ts';

/** Whether a password could be found by trying; undefined where that depends on how it was made. */
export function shortness(password: Sealed): boolean | undefined {
  return password.isLongEnough === undefined ? undefined : !password.isLongEnough;
}

export const OF_MIDDLE_LENGTH: Absence = {
  because: 'the password has 12 to 19 characters, which is enough only if they were drawn at random; that cannot be seen',
  hint: 'use 20 or more',
};

export const OF_UNSEEN_PASSWORD: Absence = {
  because: 'how strong a password is cannot be seen where only its name is written',
  hint: 'let a generator make it (external-secrets), or let a scan of the cluster read Secrets: --read-secrets',
};

export const OF_LONE_WORD: Absence = {
  because: 'drivers differ on whether a lone word before the @ is a user or a password',
  hint: 'write redis://user:password@… or redis://:password@…',
};
