import { describe, expect, test } from 'vitest';
import { type DockerfileOptions, looksLikeDockerfile, readDockerfile } from '../../src/collect/dockerfile.ts';
import { TextFile } from '../../src/collect/text-file.ts';
import type { DockerfileImage } from '../../src/model/inventory.ts';

function read(text: string, options: DockerfileOptions = {}): DockerfileImage {
  const image = readDockerfile(new TextFile('Dockerfile', text), options);
  if ('fault' in image) throw new Error(image.fault);
  return image;
}

const plain = (value: object) => Object.fromEntries(Object.entries(value));
const ports = (image: DockerfileImage) => image.declares.exposedPorts.map(({ port }) => port);

describe('looksLikeDockerfile', () => {
  test.each<[string, string, boolean]>([
    ['Dockerfile', '', true],
    ['a/b/Dockerfile', 'FROM x', true],
    ['Containerfile', 'FROM x', true],
    ['Dockerfile.prod', 'ARG A\nfrom x', true],
    ['api.Dockerfile', 'FROM x', true],
    ['api.dockerfile', 'FROM \\\n x', true],
    ['Dockerfile.prod', 'FROM', true],
    ['Dockerfile.prod', 'nothing of the kind', false],
    ['Dockerfile.j2', 'FROM x', false],
    ['Dockerfile.tmpl', 'FROM x', false],
    ['Dockerfile.erb', 'FROM x', false],
    ['Dockerfile.dockerignore', 'FROM x', false],
    ['Dockerfile.prod', 'FROM {{ image }}', false],
    ['Dockerfiles.md', 'FROM x', false],
    ['dockerfile.ts', 'FROM x', false],
    ['notes.txt', 'FROM x', false],
  ])('%s with %j: %s', (name, text, expected) => {
    expect(looksLikeDockerfile(name, text)).toBe(expected);
  });
});

describe('bases', () => {
  test.each<[string, string, (string | undefined)[], boolean]>([
    ['one stage', 'FROM node:18', ['node:18'], false],
    ['lower case and a platform', 'from --platform=$BUILDPLATFORM node:18 as build', ['node:18'], false],
    ['an earlier stage, whatever its case', 'FROM node:18 AS Build\nFROM build', ['node:18', undefined], false],
    ['a later stage is an image', 'FROM b\nFROM x AS b', ['b', 'x'], false],
    ['a number is no stage', 'FROM x\nFROM 0', ['x', '0'], false],
    ['scratch', 'FROM go AS b\nFROM scratch\nCOPY --from=b /a /a', ['go', undefined], false],
    ['an argument with a default', 'ARG TAG=3.20\nFROM alpine:${TAG}', ['alpine:3.20'], false],
    ['an argument of an argument', 'ARG V=3\nARG TAG="${V}.20"\nFROM "alpine:$TAG"', ['alpine:3.20'], false],
    ['an empty argument', 'ARG REGISTRY=\nFROM ${REGISTRY}node:18', ['node:18'], false],
    ['a default in place', 'FROM alpine:${TAG:-3.20}', ['alpine:3.20'], false],
    ['an alternative', 'ARG SLIM=1\nFROM node:18${SLIM:+-slim}${FAT:+-fat}', ['node:18-slim'], false],
    ['an argument without a default', 'ARG TAG\nFROM alpine:$TAG', ['alpine:${TAG}'], true],
    ['an argument of a stage is not for FROM', 'FROM x\nARG TAG=1\nFROM alpine:$TAG', ['x', 'alpine:${TAG}'], true],
    ['a pattern, which the build works out', 'ARG T=v1\nFROM a:${T#v}', ['a:${T#v}'], true],
    ['a template', 'FROM {{ .Image }}', ['{{'], true],
  ])('%s', (_, text, bases, unresolved) => {
    const { stages } = read(text).declares;
    expect(stages.map(({ base }) => base)).toEqual(bases);
    expect(stages.at(-1)?.unresolved).toBe(unresolved);
  });

  test('build arguments win over defaults, of declared arguments only', () => {
    const args = { TAG: '3.21', OTHER: 'x' };
    expect(read('ARG TAG=3.20\nFROM alpine:${TAG}${OTHER}', { args }).declares.stages[0]?.base).toBe('alpine:3.21${OTHER}');
    expect(read('FROM alpine\nARG TAG=1\nUSER $TAG', { args }).declares.user).toBe('3.21');
  });

  test('names stages, by number where they have no name', () => {
    expect(read('FROM a AS build\nFROM b').declares.stages.map(({ name }) => name)).toEqual(['build', '1']);
  });
});

describe('user: the last one of the last stage, or of the stages that it builds on', () => {
  test.each<[string, string, string | undefined]>([
    ['none: only the base can tell', 'FROM node:18', undefined],
    ['the last one', 'FROM a\nUSER root\nUSER 1000:1000', '1000:1000'],
    ['not of another stage', 'FROM a\nUSER 1000\nFROM b', undefined],
    ['of the stage below', 'FROM a AS x\nUSER 1000\nFROM x', '1000'],
    ['through a chain', 'FROM a AS x\nUSER 1000\nFROM x AS y\nFROM y AS z\nRUN true\nFROM other\nFROM z', '1000'],
    ['its own over the one below', 'FROM a AS x\nUSER 1000\nFROM x\nUSER 0', '0'],
    ['an argument', 'FROM a\nARG UID=1000\nUSER ${UID}', '1000'],
    ['an argument from above FROM, declared again', 'ARG UID=1000\nFROM a\nARG UID\nUSER $UID', '1000'],
    ['an argument from above FROM, not declared again', 'ARG UID=1000\nFROM a\nUSER $UID', '${UID}'],
    ['a stage hands its arguments on', 'FROM a AS x\nARG UID=1000\nFROM x\nUSER $UID', '1000'],
    ['ENV wins over ARG', 'FROM a\nARG UID=1\nENV UID=2\nARG UID=3\nUSER $UID', '2'],
    ['quotes', 'FROM a\nUSER "app"', 'app'],
    ['ONBUILD is for others', 'FROM a\nONBUILD USER 1000', undefined],
    ['scratch has none', 'FROM scratch', ''],
    ['lower case, a comment and blank lines in a continued line', 'FROM a\nuser \\\n# not this\n\n   1000', '1000'],
    ['a heredoc is not read as instructions', 'FROM a\nUSER 1000\nRUN <<EOF\nUSER root\nFROM b\nEOF', '1000'],
    ['several heredocs, with tabs, quotes and descriptors', 'FROM a\nRUN <<-A 3<<"B C" <<\'D\'\n\tA\nUSER 1\nB C\nUSER 2\nD\nUSER 3', '3'],
    ['COPY takes heredocs too', 'FROM a\nCOPY <<x /y\nUSER 1\nx\n', undefined],
    ['a shift is no heredoc', 'FROM a\nRUN echo $((1<<2)) <<< x\nUSER 1000', '1000'],
    ['the escape directive', '# escape=`\nFROM a\nRUN dir c:\\\nUSER `\n 1000', '1000'],
    ['a directive after a comment is a comment', '# hello\n# escape=`\nFROM a\nUSER \\\n 1000', '1000'],
    ['an escaped escape does not continue', 'FROM a\nRUN x \\\\\nUSER 1000', '1000'],
    ['blanks after the escape', 'FROM a\nUSER \\  \n1000', '1000'],
    ['Windows line ends and a byte order mark', '\ufeffFROM a\r\nUSER \\\r\n1000\r\n', '1000'],
  ])('%s', (_, text, user) => {
    expect(read(text).declares.user).toBe(user);
  });

  test.each<[string | undefined, string | undefined, number]>([
    ['BUILD', '1', 1],
    ['1', '2', 2],
    [undefined, undefined, 3],
    ['', undefined, 3],
  ])('target %j', (target, user, stages) => {
    const image = read('FROM a AS build\nUSER 1\nFROM build AS test\nUSER 2\nFROM c', { target });
    expect(image.declares.user).toBe(user);
    expect(image.declares.stages).toHaveLength(stages);
  });
});

describe('environment', () => {
  test.each<[string, string, Record<string, string>]>([
    ['both forms', 'ENV A=1 B="two words" C=a\\ b\nENV D the  rest "is" one', { A: '1', B: 'two words', C: 'a b', D: 'the  rest is one' }],
    ['continued', "ENV A=1 \\\n  # no\n  B='$A'\n", { A: '1', B: '$A' }],
    ['values before the instruction', 'ENV A=1\nENV A=2 B=$A', { A: '2', B: '1' }],
    ['what the base may set stays', 'ENV PATH=/app:$PATH', { PATH: '/app:${PATH}' }],
    ['defaults', 'ENV A=${X:-${Y:-d}} B=${X-} C=${X:+y}', { A: 'd', B: '', C: '' }],
    ['escapes', 'ENV A=\\$X B="\\$X \\" \\n"', { A: '$X', B: '$X " \\n' }],
    ['hostile names', 'ENV __proto__=x constructor=y', { ['__proto__']: 'x', constructor: 'y' }],
    ['unclosed quotes', 'ENV A="x', { A: 'x' }],
  ])('%s', (_, text, env) => {
    const image = read(`FROM x\n${text}`);
    expect(Object.entries(image.declares.env)).toEqual(Object.entries(env));
  });

  test('is inherited across stages', () => {
    expect(plain(read('FROM a AS x\nENV A=1 B=1\nFROM x\nENV B=2').declares.env)).toEqual({ A: '1', B: '2' });
  });
});

test.each<[string, number[]]>([
  ['EXPOSE 80 443/tcp 53/UDP', [80, 443, 53]],
  ['EXPOSE 8000-8003/tcp', [8000, 8001, 8002, 8003]],
  ['ARG P=80\nEXPOSE $P ${Q:-81} $R', [80, 81]],
  ['ENV PORTS="80 81"\nEXPOSE $PORTS', [80, 81]],
  ['EXPOSE 80\nEXPOSE 80/udp', [80]],
  ['EXPOSE 0 70000 x 9-1', []],
])('%s exposes %j', (text, expected) => {
  expect(ports(read(`FROM x\n${text}`))).toEqual(expected);
});

test.each<[string, string | undefined]>([
  ['FROM x', undefined],
  ['FROM x\nHEALTHCHECK --interval=5s CMD true', 'defined'],
  ['FROM x\nHEALTHCHECK CMD true\nHEALTHCHECK none', 'none'],
  ['FROM x AS a\nHEALTHCHECK CMD true\nFROM a', 'defined'],
  ['FROM scratch', 'none'],
])('%j has health check %s', (text, expected) => {
  expect(read(text).declares.healthcheck).toBe(expected);
});

describe('origin', () => {
  const image = read('ARG T=1\nFROM --platform=x go:$T AS build\nUSER 5\nENV A=1\n\nFROM build\nENV B=1 \\\n  C=2\nEXPOSE 80 81\nHEALTHCHECK CMD x');

  test.each<[string, (string | number)[], number, number, boolean]>([
    ['the user of the stage below', ['user'], 3, 6, false],
    ['a base', ['stages', 0], 2, 19, false],
    ['a stage', ['stages', 1], 6, 6, false],
    ['a variable of the stage below', ['env', 'A'], 4, 5, false],
    ['a variable on a continued line', ['env', 'C'], 8, 3, false],
    ['a port', ['exposedPorts', 1], 9, 11, false],
    ['the health check', ['healthcheck'], 10, 1, false],
    ['anything else', ['env', 'Z'], 6, 6, true],
    ['the file', [], 6, 6, false],
  ])('finds %s', (_, path, line, column, missing) => {
    expect(image.origin.locate(path)).toMatchObject({ file: 'Dockerfile', line, column, missing });
  });

  test('a user that is not there is missing at the last FROM', () => {
    expect(read('FROM a\nFROM b\nRUN x').origin.locate(['user'])).toMatchObject({ line: 2, missing: true, pointer: '/user' });
  });

  test('every declared path leads to its line', () => {
    const { stages, exposedPorts } = image.declares;
    for (const { path } of [...stages, ...exposedPorts]) expect(image.origin.locate(path)).toMatchObject({ missing: false });
  });

  test.each([
    'ENV DB_PASSWORD=hunter2',
    'ENV DB_PASSWORD hunter2 hunter2',
    'ENV A=1 DB_PASSWORD="hunter2, \\\n hunter2"',
    'ARG NPM_TOKEN=hunter2',
    'LABEL x=postgres://a:hunter2@b/c',
    'RUN redis-server --requirepass hunter2',
    'RUN API_KEY=hunter2 make',
    '# ENV DB_PASSWORD=hunter2',
    'RUN mysql \\\n  -phunter2 x',
    'RUN curl \\\n# a comment\n  -u admin:hunter2 x',
    'RUN <<EOF\nmysql \\\n  -phunter2\nEOF',
    'HEALTHCHECK CMD ["redis-cli", "-a", "hunter2", "ping"]',
    'CMD ["redis-server", \\\n  "--requirepass", \\\n  "hunter2"]',
    'RUN <<EOF\n-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\nEOF',
  ])('masks %j', (line) => {
    const secret = read(`FROM visible\n${line}\nENV LAST=1`);
    const shown = [1, 3, 5].flatMap((number) => secret.origin.excerpt({ file: 'Dockerfile', line: number, column: 1, pointer: '', missing: false }));
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(JSON.stringify(shown)).toContain('visible');
  });
});

describe('faults', () => {
  test.each<[string, string, DockerfileOptions, RegExp, number]>([
    ['no FROM', '# nothing\nRUN x', {}, /no FROM/, 1],
    ['empty', '', {}, /no FROM/, 1],
    ['an unclosed heredoc', 'FROM a\n\nRUN <<EOF\nx', {}, /`EOF` is never closed/, 3],
    ['an unknown target', 'FROM a\nFROM b', { target: 'c' }, /no stage `c`/, 2],
    ['a number that is no stage', 'FROM a', { target: '1' }, /no stage/, 1],
  ])('%s', (_, text, options, fault, line) => {
    expect(readDockerfile(new TextFile('Dockerfile', text), options)).toEqual({ fault: expect.stringMatching(fault), line });
  });
});

describe('hostile input', () => {
  const pieces = [
    'FROM a AS b\n',
    'RUN <<E\n',
    'E\n',
    '\\\n',
    '`',
    '# escape=`\n',
    '"',
    "'",
    '${',
    '}',
    '${A:-',
    '$',
    'ENV A=1 ',
    'USER ',
    'EXPOSE 1-99 ',
    '\0',
    '\ud800',
    '\r\n',
    '__proto__=x ',
  ];

  test('never throws', () => {
    let seed = 1;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let round = 0; round < 1000; round++) {
      const text = Array.from({ length: next(30) }, () => pieces[next(pieces.length)]).join('');
      const image = readDockerfile(new TextFile('Dockerfile', text), { target: next(2) === 0 ? undefined : 'b' });
      if (!('fault' in image)) image.origin.excerpt(image.origin.locate(['user']));
    }
  });

  test.each<[string, string]>([
    ['a line of blanks', `ENV A=${' '.repeat(1_000_000)}x`],
    ['continued lines', `RUN ${'\\\n'.repeat(300_000)}`],
    ['quotes', `ENV ${'A="'.repeat(300_000)}`],
    ['nested defaults', `ENV A=${'${A:-'.repeat(200_000)}`],
    ['variables that double', `ENV A=${'a'.repeat(1000)}\n${'ENV A=$A$A$A\n'.repeat(1000)}`],
    ['many stages', Array.from({ length: 20_000 }, (_, index) => `FROM s${index - 1} AS s${index}\nENV A${index}=1\n`).join('')],
    ['port ranges', 'EXPOSE 1-65534\n'.repeat(10_000)],
    ['a directive of blanks', `# escape=${' '.repeat(1_000_000)}x`],
  ])('comes to its end with %s', (_, text) => {
    expect(readDockerfile(new TextFile('Dockerfile', `FROM x\n${text}`))).toBeDefined();
  });
});
