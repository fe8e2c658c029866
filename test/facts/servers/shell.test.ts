import { describe, expect, test } from 'vitest';
import { isSeen } from '../../../src/facts/connections/text.ts';
import { ContainerFiles } from '../../../src/facts/servers/container-files.ts';
import { Pool } from '../../../src/facts/servers/pool.ts';
import { followCommand } from '../../../src/facts/servers/shell-run.ts';
import { parseShell } from '../../../src/facts/servers/shell-syntax.ts';

interface World {
  readonly environment?: Readonly<Record<string, string>>;
  readonly isEnvironmentComplete?: boolean;
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly unseenPaths?: readonly string[];
  readonly wholeFolders?: readonly string[];
}

/** The command lines of `server` that a command comes to; what is not known stands as `?`. */
function launches(command: readonly string[], world: World = {}): string[] {
  const files = new ContainerFiles({
    files: Object.entries(world.files ?? {}).map(([path, text]) => ({ path, text })),
    unseenPaths: world.unseenPaths ?? [],
    wholeFolders: world.wholeFolders ?? [],
  });
  const words = command.map((text, index) => ({ text, source: { input: 'argument', list: 'command', index } as const }));
  const found = followCommand(words, new Map(Object.entries(world.environment ?? {})), files, {
    pool: new Pool(),
    isEnvironmentComplete: world.isEnvironmentComplete ?? true,
    isServer: (program) => program.endsWith('server'),
  });
  return found.map((launch) => launch.words.map(({ text }) => (isSeen(text) ? (text === '' ? "''" : text) : text.replaceAll(/[\uE000-\uEFFF]/g, '?'))).join(' '));
}

const script = (text: string, world: World = {}) => launches(['sh', '-c', text], world);
const PW = { PW: 'secret' };

describe('a command line', () => {
  test.each<[string[], string[]]>([
    [['server', '--port', '1'], ['--port 1']],
    [['/usr/bin/server'], ['']],
    [['sleep', '1'], []],
    [['sh', '-c', 'server --port 1'], ['--port 1']],
    [['/bin/bash', '-ec', 'exec server a'], ['a']],
    [['bash', '-c', 'server "$@"', 'zero', 'one', 'two words'], ['one two words']],
    [['tini', '--', 'server', 'a'], ['a']],
    [['gosu', 'redis', 'server', 'a'], ['a']],
    [['setpriv', '--reuid', 'redis', '--', 'server', 'a'], ['a']],
    [['env', 'PW=x', 'sh', '-c', 'server $PW'], ['x']],
    [['su', 'redis', '-c', 'server a'], ['a']],
    [['sh', '/start.sh'], []],
  ])('%j', (command, expected) => {
    expect(launches(command)).toEqual(expected);
  });
});

describe('a script', () => {
  test.each<[string, string[]]>([
    ['server $PW', ['secret']],
    ['server "$PW"', ['secret']],
    ["server '$PW'", ['$PW']],
    ['server \\$PW', ['$PW']],
    ['server ${PW}x', ['secretx']],
    ['server $NONE a', ['a']],
    ['server "$NONE" a', ["'' a"]],
    ['server ${NONE:-none}', ['none']],
    ['server ${PW:-none}', ['secret']],
    ['server ${PW:+set}', ['set']],
    ['server ${NONE:+set}', ['']],
    ['server ${PW%x}', ['?']],
    ['server $(cat /secret)', ['?']],
    ['server "$(date)"', ['?']],
    ['server `date`', ['?']],
    ['A="x y"; server $A', ['x y']],
    ['A="x y"; server "$A"', ['x y']],
    ['export A=x && exec server $A', ['x']],
    ['A=(--a "b c"); A+=(d); server "${A[@]}"', ['--a b c d']],
    ['set -- server a; exec "$@" b', ['a b']],
    ['mkdir -p /x && chown a /x; server a &', ['a']],
    ['server a; server b', ['a']],
    ['# server no\nserver a # server b', ['a']],
    ['server \\\n  --a \\\n  b', ['--a b']],
    ['if [ -n "$PW" ]; then server a; else server b; fi', ['a']],
    ['if [ -z "$PW" ]; then server a; elif [ "$PW" = secret ]; then server b; else server c; fi', ['b']],
    ['if [[ $PW != secret && -n $PW ]]; then server a; fi; server b', ['b']],
    ['[ -n "$NONE" ] && A=x; server "$A"', ["''"]],
    ['[[ -n "$PW" ]] && A=x; server "$A"', ['x']],
    ['if redis-cli ping; then server a; else server b; fi', ['a', 'b']],
    ['redis-cli ping && A=x; server "$A"', ['?']],
    ['for x in a b; do server $x; done; server c', ['', 'c']],
    ['while ! nc -z db; do sleep 1; done; server a', ['a']],
    ['case $PW in a) server a;; *) server b;; esac', ['a', 'b']],
    ['f() { server a; }\nserver b', ['b']],
    ['{ server a; }', ['a']],
    ['(cd /x; server a)', ['a']],
    ['exit 1; server a', []],
    ['true || server a; server b', ['b']],
    ['false || server a', ['a']],
    ['echo "server a"', []],
    ['eval "server a"', ['a']],
  ])('%s', (text, expected) => {
    expect(script(text, { environment: PW })).toEqual(expected);
  });

  test('a variable that may come from what was not seen is not known', () => {
    expect(script('server "$NONE"', { isEnvironmentComplete: false })).toEqual(['?']);
    expect(script('server "${NONE:-x}"', { isEnvironmentComplete: false })).toEqual(['?']);
  });
});

describe('files', () => {
  test('scripts that are part of the scan are followed', () => {
    expect(launches(['/start.sh', 'x'], { files: { '/start.sh': '#!/bin/sh\n. /lib.sh\nserver "$A" "$1"\n', '/lib.sh': 'A=a\n' } })).toEqual(['a x']);
    expect(launches(['bash', '/start.sh'], { files: { '/start.sh': undefined } })).toEqual([]);
  });

  test('a script that runs itself ends', () => {
    expect(launches(['/a.sh'], { files: { '/a.sh': 'sh /a.sh\nserver x' } })).toEqual(['x']);
  });

  test.each<[string, World, string[]]>([
    ['[ -f /c ] && server a; server b', { files: { '/c': '' } }, ['a']],
    ['[ -f /x/c ] && server a; server b', { wholeFolders: ['/x'] }, ['b']],
    ['[ -f /x/c ] && server a; server b', { unseenPaths: ['/x'] }, ['a']],
    ['[ -f /x/c ] && server a; server b', {}, ['a', 'b']],
    ['server "$(cat /c)"', { files: { '/c': 'text\n\n' } }, ['text']],
    ['server "$(< "$F")"', { files: { '/c': 'text' }, environment: { F: '/c' } }, ['text']],
    ['server "`cat $F`"', { files: { '/c': 'text' }, environment: { F: '/c' } }, ['text']],
  ])('%s', (text, world, expected) => {
    expect(script(text, world)).toEqual(expected);
  });

  test.each<[string, string | undefined]>([
    ['cat > /o <<EOF\na $PW\nEOF', 'a secret\n'],
    ["cat > /o <<'EOF'\na $PW\nEOF", 'a $PW\n'],
    ['cat <<-EOF > /o\n\ta "b"\n\tEOF', 'a "b"\n'],
    ['echo a > /o; echo "b $PW" >> /o', 'a\nb secret\n'],
    ['printf "a %s\\n" "$PW" > /o', 'a secret\n'],
    ['cp /t /o', 'template ${PW}\n'],
    ['envsubst < /t > /o', 'template secret\n'],
    ['cat /t > /o', 'template ${PW}\n'],
    ['cp /t /o; sed -i s/a/b/ /o', undefined],
    ['sed s/a/b/ /t > /o', undefined],
    ['cp /t /o; redis-cli ping && echo x >> /o', undefined],
    ['echo a | tee /o', undefined],
  ])('%s', (text, expected) => {
    const files = new ContainerFiles({ files: [{ path: '/t', text: 'template ${PW}\n' }], unseenPaths: [], wholeFolders: [] });
    const words = ['sh', '-c', `${text}\nserver`].map((word) => ({ text: word, source: { input: 'default', of: 'a test' } as const }));
    const [launch] = followCommand(words, new Map([['PW', 'secret']]), files, { pool: new Pool(), isEnvironmentComplete: true, isServer: (program) => program === 'server' });
    expect(launch?.files.read('/o')?.text).toBe(expected);
  });
});

describe('hostile scripts end, and in time', () => {
  const many = (text: string) => text.repeat(Math.floor(99_000 / text.length));
  test.each([
    '$('.repeat(45_000),
    '${'.repeat(45_000),
    many('$(('),
    many('"'),
    many('`'),
    many('if '),
    many('(('),
    many('( '),
    many('{ '),
    many('case x in a) '),
    many('a=( '),
    many('<<EOF\n'),
    `x=a;${many('x=$x$x;')}server $x`,
    `a=(x);${many('a+=("${a[@]}" "${a[@]}");')}`,
    `echo a>/o;${many('echo "$(cat /o)$(cat /o)">/o;')}`,
    many('sh -c "$0";'),
    many('eval "$PW";'),
    many('[[ '),
    many('for '),
    many("$'"),
    many('\\'),
    many('f() '),
    many(';;'),
    many('&& '),
    many('fi '),
    many(') '),
    'x'.repeat(1_000_000),
  ])('%#', (text) => {
    expect(() => parseShell(text)).not.toThrow();
    expect(() => script(text, { environment: { PW: 'eval "$PW";eval "$PW"' } })).not.toThrow();
  });
});
