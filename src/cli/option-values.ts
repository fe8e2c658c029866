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
  return [...before, ...items.filter((item) => item !== '')];
}

export function collectNames(value: string, before: readonly string[]): readonly string[] {
  return [...before, ...collectList(value, []).map(nameOf)];
}
