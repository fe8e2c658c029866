/** A fact as sentences write it, `variable.name`, in its two parts. */
export interface FactName {
  readonly variable: string;
  readonly name: string;
}

/**
 * Kept, for policies have a few hundred names and a scan asks for them half a million times: a name that is cut out anew must be
 * looked for among all texts of the program before anything can be looked up by it.
 */
const known = new Map<string, FactName>();

export function factName(fact: string): FactName {
  let parts = known.get(fact);
  if (parts === undefined) {
    const dot = fact.indexOf('.');
    parts = { variable: fact.slice(0, dot), name: fact.slice(dot + 1) };
    known.set(fact, parts);
  }
  return parts;
}
