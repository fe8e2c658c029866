/**
 * What stands where a secret will be: a name in capitals, an order to the reader, a row of `x`. It is masked like a secret, for
 * nobody can be sure, and is no finding.
 */

/** Filled in by a program: `API_TOKEN`, `{token}`, `%s`, `%(token)s`, `@TOKEN@`, `` `command` ``. */
const TEMPLATE = /^(?:[A-Z]{2,}(?:_[A-Z]+)*_(?:KEY|TOKEN|SECRET|PASSWORD|PASS|PWD)|\{[^{}\d\n]{0,100}\}|%(?:\([\w.-]{1,100}\))?s|@[A-Za-z_.-]{1,100}@|`.*|…|\.\.\.)$/s;

/** Whether a value only says what will be put here. */
export function isTemplate(value: string): boolean {
  return TEMPLATE.test(value.trim());
}

const ORDER = /(?:^|[^a-z])(?:your|insert|enter|put|paste|replace)(?:[ _.-]?[a-z]{1,15}){0,5}?[ _.-]?(?:key|token|secret|password|credentials?|here)/i;
const HERE = /(?:[_ .-]here|[A-Z]HERE)$/;
const ROW = /[xX*•.#]{6}/;

/**
 * Whether somebody else's key is still to be put here. For what its owner makes up (a password) this must not be asked: whatever
 * stands there is the password, and if it is `your_password`, then everybody knows it.
 */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  return isTemplate(text) || HERE.test(text) || ROW.test(text) || ORDER.test(text.slice(0, 300)) || (text.length >= 16 && bitsPerCharacter(text) < 2);
}

/** Whether something of a token's format was typed by hand. */
export function isDummyToken(token: string): boolean {
  return HERE.test(token) || ROW.test(token) || bitsPerCharacter(token.slice(0, LONGEST)) < 3;
}

const LONGEST = 500;

/** Shannon's entropy of the characters of a text; three for eight characters that are used equally often. */
export function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
