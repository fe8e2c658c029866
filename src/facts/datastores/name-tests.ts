/** Names of variables repeat in every container: each is held against a pattern once. */
export function testOfNames(pattern: RegExp): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    let answer = known.get(name);
    if (answer === undefined) {
      answer = pattern.test(name);
      if (known.size < MOST_NAMES) known.set(name, answer);
    }
    return answer;
  };
}

const MOST_NAMES = 10_000;
