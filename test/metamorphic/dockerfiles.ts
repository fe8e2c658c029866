/** Ways to write the same Dockerfile down again; undefined where there is nothing to rewrite. */
export const WAYS_FOR_DOCKERFILES: Readonly<Record<string, (text: string) => string | undefined>> = {
  'small letters, on two lines with a comment between': (text) =>
    changeInstructions(text, (line) => line.replace(/^\s*([A-Z]+)\s+/, (_, keyword: string) => `  ${keyword.toLowerCase()} \\\n# USER root\n\n   `)),
  'CRLF and a byte order mark': (text) => `\uFEFF${text.replaceAll('\n', '\r\n')}`,
  'users and ports by arguments': (text) => changeInstructions(text, (line) => line.replace(/^(USER|EXPOSE)\s+([\w:]+)$/, 'ARG GIVEN=$2\n$1 $${GIVEN}')),
  'bases by arguments': (text) => {
    const given: string[] = [];
    const changed = changeInstructions(text, (line) => {
      const [, from, base, rest] = /^(FROM\s+)([^\s$:-][^\s$:]*:[^\s$]+)(.*)$/.exec(line) ?? [];
      return base === undefined ? line : `${from}\${BASE_${given.push(`ARG BASE_${given.length}=${base}\n`) - 1}}${rest}`;
    });
    return given.length === 0 ? undefined : given.join('') + changed;
  },
};

/** Those that stand on one line. */
function changeInstructions(text: string, change: (line: string) => string): string {
  let isContinued = false;
  const lines = text.split('\n').map((line) => {
    const isWithin = isContinued;
    const isNone = /^\s*(?:#|$)/.test(line);
    isContinued = /\\\s*$/.test(line) || (isWithin && isNone);
    return isWithin || isContinued || isNone ? line : change(line);
  });
  return lines.join('\n');
}
