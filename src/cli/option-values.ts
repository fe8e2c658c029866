import { InvalidArgumentError } from 'commander';

/** As namespaces are named, and service accounts, roles and claims may be (RFC 1123). */
export const LABEL = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

export function nameOf(value: string): string {
  if (!LABEL.test(value)) throw new InvalidArgumentError('A name is made of lower case letters, digits and dashes.');
  return value;
}

/** Of an option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Of an option that may be repeated, and that takes several values with commas between them. */
export function collectList(value: string, before: readonly string[]): readonly string[] {
  const items = value.split(',').map((item) => item.trim());
  const named = items.filter((item) => item !== '');
  // A variable of a shell that is not set: whoever wrote it meant something, and everything it is not.
  if (named.length === 0) throw new InvalidArgumentError('It names nothing.');
  return [...before, ...named];
}

export function countOf(value: string): number {
  if (!/^[1-9]\d{0,2}$/.test(value)) throw new InvalidArgumentError('It is a number from 1 to 999.');
  return Number(value);
}

export function collectNames(value: string, before: readonly string[]): readonly string[] {
  return [...before, ...collectList(value, []).map(nameOf)];
}
