import { newRandom } from './scratch.ts';

/** A way to start a server. `{port}`, `{tls}`, `{certificates}` and `{folder}` are filled in when it is started. */
export interface RedisConfiguration {
  readonly name: string;
  readonly words: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

const TLS = ['--tls-port', '{tls}', '--tls-cert-file', '{certificates}/tls.crt', '--tls-key-file', '{certificates}/tls.key', '--tls-ca-cert-file', '{certificates}/ca.crt'];
const conf = (text: string, ...words: readonly string[]): Omit<RedisConfiguration, 'name'> => ({ words: ['{folder}/redis.conf', ...words], files: { 'redis.conf': text } });

/** Precedences, spellings and traps, one of each. */
const CASES: readonly RedisConfiguration[] = [
  { name: 'nothing but a port', words: ['--port', '{port}'] },
  { name: 'protected mode off', words: ['--port', '{port}', '--protected-mode', 'no'] },
  { name: 'bound to everything, protected', words: ['--port', '{port}', '--bind', '0.0.0.0'] },
  { name: 'bound to everything, open', words: ['--port', '{port}', '--bind', '* -::*', '--protected-mode', 'no'] },
  { name: 'bound to loopback, open', words: ['--port', '{port}', '--bind', '127.0.0.1', '-::1', '--protected-mode', 'no'] },
  { name: 'bound to the name localhost', words: ['--port', '{port}', '--bind', 'localhost', '--protected-mode', 'no'] },
  { name: 'bound to nothing', words: ['--port', '{port}', '--bind', '', '--protected-mode', 'no'] },
  { name: 'password by argument', words: ['--port', '{port}', '--requirepass', 'secret'] },
  { name: 'name and value in one word', words: ['--port', '{port}', '--requirepass secret'] },
  { name: 'name and value with an equals sign', words: ['--port', '{port}', '--requirepass=secret'] },
  { name: 'empty password', words: ['--port', '{port}', '--requirepass', '', '--protected-mode', 'no'] },
  { name: 'password missing at the end', words: ['--port', '{port}', '--requirepass'] },
  { name: 'password missing before an option', words: ['--requirepass', '--port', '{port}'] },
  { name: 'password of two words', words: ['--port', '{port}', '--requirepass', 'a', 'b'] },
  { name: 'names without regard to case', words: ['--PORT', '{port}', '--RequirePass', 'secret'] },
  { name: 'password with blanks and quotes', words: ['--port', '{port}', '--requirepass', 'a "b" \'c\''] },
  { name: 'unexpanded password', words: ['--port', '{port}', '--requirepass', '$REDIS_PASSWORD'] },
  { name: 'later argument wins', words: ['--port', '{port}', '--requirepass', 'secret', '--requirepass', '', '--protected-mode', 'no'] },
  { name: 'argument over file', ...conf('port {port}\nrequirepass secret\nprotected-mode no\n', '--requirepass', '') },
  { name: 'file after earlier line of the file', ...conf('port {port}\nrequirepass one\nrequirepass two\n') },
  { name: 'file takes it back', ...conf('port {port}\nprotected-mode no\nrequirepass one\nrequirepass ""\n') },
  { name: 'argument over file, other way', ...conf('port {port}\nprotected-mode no\n', '--requirepass', 'secret') },
  { name: 'quoted value', ...conf('port {port}\nrequirepass "a b\\x41"\n') },
  { name: 'single quotes', ...conf("port {port}\nrequirepass 'a b'\n") },
  { name: 'comment after a value', ...conf('port {port}\nrequirepass secret # ours\n') },
  { name: 'unbalanced quotes', ...conf('port {port}\nrequirepass "secret\n') },
  { name: 'something after the quotes', ...conf('port {port}\nrequirepass "sec"ret\n') },
  { name: 'commented default', ...conf('port {port}\n  # requirepass foobared\nprotected-mode no\n') },
  { name: 'unknown directive', ...conf('port {port}\nrequire-pass secret\n') },
  { name: 'reference in a file', ...conf('port {port}\nrequirepass ${REDIS_PASSWORD}\n') },
  { name: 'windows line ends', ...conf('port {port}\r\nrequirepass secret\r\n') },
  {
    name: 'include first',
    words: ['{folder}/redis.conf'],
    files: { 'redis.conf': 'include {folder}/more.conf\nport {port}\nprotected-mode no\nrequirepass ""\n', 'more.conf': 'requirepass secret\n' },
  },
  {
    name: 'include last',
    words: ['{folder}/redis.conf'],
    files: { 'redis.conf': 'port {port}\nprotected-mode no\nrequirepass ""\ninclude {folder}/more.conf\n', 'more.conf': 'requirepass secret\n' },
  },
  {
    name: 'include as an argument',
    words: ['--port', '{port}', '--requirepass', 'secret', '--include', '{folder}/more.conf'],
    files: { 'more.conf': 'requirepass ""\nprotected-mode no\n' },
  },
  { name: 'include of a file that is not there', ...conf('port {port}\ninclude {folder}/none.conf\n') },
  { name: 'standard input after the file', words: ['{folder}/redis.conf', '-'], files: { 'redis.conf': 'port {port}\nprotected-mode no\n' }, stdin: 'requirepass secret\n' },
  {
    name: 'arguments after standard input',
    words: ['{folder}/redis.conf', '--requirepass', '', '-'],
    files: { 'redis.conf': 'port {port}\nprotected-mode no\n' },
    stdin: 'requirepass secret\n',
  },
  { name: 'empty save before an option', words: ['--save', '--port', '{port}'] },
  { name: 'empty save at the end', words: ['--port', '{port}', '--save'] },
  { name: 'empty save as a word', words: ['--port', '{port}', '--save', ''] },
  { name: 'save rules', words: ['--port', '{port}', '--save', '60', '1'] },
  { name: 'memory in mb', words: ['--port', '{port}', '--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] },
  { name: 'memory in m', words: ['--port', '{port}', '--maxmemory', '100m'] },
  { name: 'memory in GB', words: ['--port', '{port}', '--maxmemory', '1GB', '--timeout', '300', '--appendonly', 'yes'] },
  { name: 'debug command', words: ['--port', '{port}', '--enable-debug-command', 'local', '--enable-module-command', 'yes'] },
  { name: 'renamed commands', ...conf('port {port}\nprotected-mode no\nrename-command FLUSHALL ""\nrename-command KEYS LIST_KEYS\n') },
  { name: 'masterauth is no password', words: ['--port', '{port}', '--masterauth', 'secret', '--protected-mode', 'no'] },
  { name: 'user default open, password after', ...conf('port {port}\nprotected-mode no\nuser default on nopass ~* &* +@all\nrequirepass secret\n') },
  { name: 'user default open, password before', ...conf('port {port}\nprotected-mode no\nrequirepass secret\nuser default on nopass ~* &* +@all\n') },
  { name: 'user default off', ...conf('port {port}\nuser default off\nuser app on >secret ~* &* +@all\n') },
  { name: 'user default without rules', ...conf('port {port}\nprotected-mode no\nuser default on\n') },
  { name: 'user default with a password', ...conf('port {port}\nprotected-mode no\nuser default on >secret ~* &* +@all\n') },
  { name: 'user default: password, then nopass', ...conf('port {port}\nprotected-mode no\nuser default on >secret nopass ~* &* +@all\n') },
  { name: 'user default: nopass, then password', ...conf('port {port}\nprotected-mode no\nuser default on nopass >secret ~* &* +@all\n') },
  { name: 'user default: nopass, then resetpass', ...conf('port {port}\nprotected-mode no\nuser default on nopass resetpass ~* &* +@all\n') },
  { name: 'user default may only ping', ...conf('port {port}\nprotected-mode no\nuser default on nopass -@all +ping\n') },
  { name: 'user default may read', ...conf('port {port}\nprotected-mode no\nuser default on nopass ~* -@all +@read\n') },
  { name: 'user default open and protected', ...conf('port {port}\nbind 0.0.0.0\nuser default on nopass ~* &* +@all\n') },
  { name: 'user default off but nopass, protected', ...conf('port {port}\nbind 0.0.0.0\nuser default off nopass\nuser app on >x ~* +@all\n') },
  { name: 'another user, default as it is', ...conf('port {port}\nbind 0.0.0.0\nuser app on >secret ~* +@all\n') },
  { name: 'guest without a password', ...conf('port {port}\nprotected-mode no\nrequirepass secret\nuser guest on nopass ~* +@all\n') },
  { name: 'guest without a password, switched off', ...conf('port {port}\nprotected-mode no\nrequirepass secret\nuser guest off nopass ~* +@all\n') },
  { name: 'dangerous commands taken away', ...conf('port {port}\nprotected-mode no\nuser default on nopass ~* &* +@all -@dangerous\n') },
  { name: 'dangerous commands given back', ...conf('port {port}\nprotected-mode no\nuser default on nopass ~* &* -@dangerous +@all\n') },
  { name: 'selector', ...conf('port {port}\nprotected-mode no\nuser default on nopass -@all +ping (+@read ~*)\n') },
  { name: 'the same user twice', ...conf('port {port}\nuser app on >a ~* +@all\nuser app on >b ~* +@all\n') },
  { name: 'ACL file', words: ['--port', '{port}', '--aclfile', '{folder}/users.acl'], files: { 'users.acl': 'user default off\nuser app on >secret ~* &* +@all\n' } },
  {
    name: 'ACL file, open, with a password',
    words: ['--port', '{port}', '--protected-mode', 'no', '--requirepass', 'secret', '--aclfile', '{folder}/users.acl'],
    files: { 'users.acl': 'user default on nopass ~* &* +@all\n' },
  },
  {
    name: 'ACL file without the default user',
    words: ['--port', '{port}', '--protected-mode', 'no', '--requirepass', 'secret', '--aclfile', '{folder}/users.acl'],
    files: { 'users.acl': 'user app on >secret ~* &* +@all\n' },
  },
  { name: 'empty ACL file', words: ['--port', '{port}', '--protected-mode', 'no', '--requirepass', 'secret', '--aclfile', '{folder}/users.acl'], files: { 'users.acl': '\n' } },
  { name: 'ACL file with a comment', words: ['--port', '{port}', '--aclfile', '{folder}/users.acl'], files: { 'users.acl': '# ours\nuser default off\n' } },
  {
    name: 'ACL file and users',
    words: ['{folder}/redis.conf', '--aclfile', '{folder}/users.acl'],
    files: { 'redis.conf': 'port {port}\nuser app on >x ~* +@all\n', 'users.acl': 'user default off\n' },
  },
  { name: 'ACL file that is not there', words: ['--port', '{port}', '--aclfile', '{folder}/none.acl'] },
  { name: 'TLS beside plaintext', words: ['--port', '{port}', '--protected-mode', 'no', ...TLS] },
  { name: 'TLS alone', words: ['--port', '0', '--protected-mode', 'no', ...TLS] },
  { name: 'TLS, certificate optional', words: ['--port', '0', '--protected-mode', 'no', ...TLS, '--tls-auth-clients', 'optional'] },
  { name: 'TLS, no certificate asked', words: ['--port', '0', ...TLS, '--tls-auth-clients', 'no', '--requirepass', 'secret'] },
  { name: 'TLS without a certificate of its own', words: ['--port', '0', '--tls-port', '{tls}'] },
  { name: 'no port at all', words: ['--port', '0', '--unixsocket', '{folder}/redis.sock'] },
];

/** Every setting against every other, as dice decide: precedences meet in ways that nobody thinks of. */
function generated(count: number): RedisConfiguration[] {
  const random = newRandom(20261121);
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const lines = ['port {port}'];
    const words: string[] = [];
    const put = (line: string): void => {
      if (line === '') return;
      if (random(3) > 0) lines.push(line);
      else
        words.push(
          `--${line.split(' ')[0]}`,
          ...line
            .split(' ')
            .slice(1)
            .map((word) => word.replaceAll('"', '')),
        );
    };
    put(pick(['', 'requirepass secret', 'requirepass ""', 'requirepass $PASSWORD']));
    put(pick(['', '', 'requirepass other', 'requirepass ""']));
    put(pick(['', 'protected-mode yes', 'protected-mode no', 'protected-mode no']));
    put(pick(['', 'bind 0.0.0.0', 'bind 127.0.0.1', 'bind * -::*', 'bind 127.0.0.1 -::1']));
    const acl = pick([
      '',
      '',
      'user default on nopass ~* &* +@all',
      'user default off',
      'user default on >x ~* &* +@all',
      'user guest on nopass ~* +@all',
      'user app on >x ~* &* +@all -@admin',
    ]);
    const isFile = acl !== '' && random(2) === 0;
    if (isFile) put('aclfile {folder}/users.acl');
    else if (acl !== '') lines.push(acl);
    const tls = pick(['', '', 'yes', 'no', 'optional']);
    if (tls !== '') words.push(...TLS, '--tls-auth-clients', tls);
    if (tls !== '' && random(2) === 0) words.push('--port', '0');
    return {
      name: `dice ${index + 1}`,
      words: ['{folder}/redis.conf', ...words],
      files: { 'redis.conf': `${lines.join('\n')}\n`, ...(isFile ? { 'users.acl': `${acl}\n` } : {}) },
    };
  });
}

export const REDIS_CONFIGURATIONS: readonly RedisConfiguration[] = [...CASES, ...generated(80)];
