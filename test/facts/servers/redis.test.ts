import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { effectiveRedis } from '../../../src/facts/servers/effective-redis.ts';
import type { RedisFamily } from '../../../src/facts/servers/inputs.ts';
import type { RedisServer } from '../../../src/facts/servers/redis-server.ts';
import { inputs, type Written } from './support.ts';

type Values = { readonly [Fact in keyof RedisServer]?: RedisServer[Fact]['value'] };

function valuesOf(server: RedisServer, facts: Values): Values {
  return Object.fromEntries(Object.keys(facts).map((fact) => [fact, server[fact as keyof RedisServer].value]));
}

const OPEN = { requiresPassword: false, isOpenToNetwork: true };
const CLOSED = { requiresPassword: true, isOpenToNetwork: false };
const UNKNOWN = { requiresPassword: undefined };
/** Start scripts in the manner of charts: the password from a mounted Secret, files copied into place, options in a list. */
const START = `#!/bin/bash
[[ -f $PW_FILE ]] && export PW="$(< "$PW_FILE")"
for name in redis.conf users.acl; do :; done
if [[ -f /mounted/redis.conf ]]; then
  cp /mounted/redis.conf /etc/redis/redis.conf
fi
if [[ -f /mounted/users.acl ]]; then
  cp /mounted/users.acl /etc/redis/users.acl
fi
options=(--port "$PORT")
options+=(--requirepass "\${PW}")
options+=(--include /etc/redis/redis.conf)
exec redis-server "\${options[@]}"
`;
const START_NODE = `#!/bin/bash
. /opt/lib.sh
master_of() {
  if [ -z "$1" ]; then echo nobody; else echo "$1"; fi
}
[[ -f $PW_FILE ]] && export PW="$(< "$PW_FILE")"
if [[ -z "$(getent ahosts peers | grep -v "$HOSTNAME")" ]]; then
  export ROLE=master
else
  export ROLE=replica
  tries=1
  while still_voting; do
    if ! ((tries % 11)); then
      outcome=$(vote)
    fi
    ((tries+=1))
  done
  master=($(master_of "$PEER"))
fi
if [[ "$ROLE" = master ]]; then
  cp /mounted/master.conf /etc/redis/master.conf
else
  cp /mounted/replica.conf /etc/redis/replica.conf
  echo "replica-announce-ip $(hostname -i)" >> /etc/redis/replica.conf
fi
cp /mounted/redis.conf /etc/redis/redis.conf
options=(--port 0 --tls-port 6379 --tls-cert-file /c --tls-key-file /k)
if [[ "$ROLE" = replica ]]; then
  options+=(--replicaof "\${master[0]}" 6379)
fi
options+=(--requirepass "$PW")
if [[ "$ROLE" = master ]]; then
  options+=(--include /etc/redis/master.conf)
else
  options+=(--include /etc/redis/replica.conf)
fi
options+=(--include /etc/redis/redis.conf)
exec redis-server "\${options[@]}"
`;
const CHART: Written = {
  command: ['/bin/bash'],
  arguments: ['-ec', '/start/start.sh'],
  environment: { PW_FILE: '/secrets/redis-password', PORT: '6379' },
  files: {
    '/start/start.sh': START,
    '/start/node.sh': START_NODE,
    '/mounted/redis.conf': 'appendonly yes\nsave ""\n',
    '/mounted/master.conf': 'dir /data\n',
    '/mounted/replica.conf': 'replica-read-only yes\n',
  },
  unseenPaths: ['/secrets'],
  wholeFolders: ['/start', '/mounted'],
};

describe('a Redis server of each family', () => {
  test.each<[string, RedisFamily, Written, Values]>([
    ['the official image has no protected mode', 'redis', {}, { ...OPEN, protectedMode: false, isProtected: false, startFault: null, password: null }],
    ['nor has the one of Valkey', 'valkey', {}, { ...OPEN, protectedMode: false }],
    ['a package has it', 'packaged-redis', { version: '7.0' }, { requiresPassword: false, isProtected: true, isOpenToNetwork: false }],
    ['of other images it is not known', 'other-redis', {}, { requiresPassword: false, isProtected: undefined, isOpenToNetwork: undefined }],
    ['unless it is set', 'other-redis', { arguments: ['--protected-mode', 'no'] }, OPEN],
    ['a variable that the image does not read', 'redis', { environment: { REDIS_PASSWORD: '<pw>' } }, OPEN],
    ['a secret in an argument', 'redis', { arguments: ['--requirepass', '<pw>'] }, { ...CLOSED, passwordIsUnexpanded: false, password: undefined }],
    ['an argument after the name of the program', 'redis', { arguments: ['redis-server', '--requirepass', '<pw>'] }, CLOSED],
    ['a configuration file alone', 'redis', { arguments: ['/etc/redis.conf'], files: { '/etc/redis.conf': 'requirepass x' } }, CLOSED],
    ['a configuration file that was not seen', 'redis', { arguments: ['/etc/redis.conf'] }, { ...UNKNOWN, plaintextPort: undefined, startFault: undefined }],
    ['what comes after it is known', 'redis', { arguments: ['/etc/redis.conf', '--requirepass', '<pw>', '--port', '0'] }, { requiresPassword: undefined, plaintextPort: 0 }],
    ['a shell expands', 'redis', { arguments: ['sh', '-c', 'redis-server --requirepass "$PW"'], environment: { PW: '<pw>' } }, CLOSED],
    ['a shell expands what is not set to nothing', 'redis', { arguments: ['sh', '-c', 'redis-server --requirepass "$PW"'] }, OPEN],
    ['no shell, no expansion', 'redis', { arguments: ['--requirepass', '$PW'], environment: { PW: '<pw>' } }, { ...CLOSED, passwordIsUnexpanded: true }],
    ['nor in a file', 'redis', { arguments: ['/r.conf'], files: { '/r.conf': 'requirepass ${PW}' } }, { passwordIsUnexpanded: true }],
    ['the entry point by its name', 'redis', { command: ['docker-entrypoint.sh'], arguments: ['redis-server', '--requirepass', 'x'] }, CLOSED],
    ['a command in place of the entry point', 'redis', { command: ['redis-server'], arguments: ['--requirepass', 'x'] }, CLOSED],
    ['a start script that was not seen', 'redis', { command: ['/start.sh'] }, UNKNOWN],
    [
      'a condition that nobody can decide',
      'redis',
      { command: ['sh', '-c', 'if redis-cli ping; then redis-server --requirepass x; else redis-server; fi'] },
      { requiresPassword: undefined, plaintextPort: 6379 },
    ],
    ['flags of Valkey in a variable', 'valkey', { environment: { VALKEY_EXTRA_FLAGS: '--requirepass x' } }, CLOSED],
    ['flags of redis-stack in a variable', 'redis-stack', { environment: { REDIS_ARGS: '--requirepass x' } }, CLOSED],
    ['redis-stack without', 'redis-stack', {}, OPEN],
    ['KeyDB with the configuration of its image', 'keydb', {}, { ...OPEN, protectedMode: false }],
    ['KeyDB, a password on the command line', 'keydb', { arguments: ['keydb-server', '/etc/keydb/keydb.conf', '--requirepass', 'x'] }, CLOSED],
    ['Bitnami with a password', 'bitnami-redis', { environment: { REDIS_PASSWORD: '<pw>' } }, { ...CLOSED, startFault: null }],
    ['Bitnami with a file', 'bitnami-redis', { environment: { REDIS_PASSWORD_FILE: '/run/pw' } }, { ...CLOSED, password: undefined }],
    ['Bitnami with neither', 'bitnami-redis', {}, { startFault: 'REDIS_PASSWORD is not set, and ALLOW_EMPTY_PASSWORD is not yes' }],
    [
      'Bitnami, and variables that were not seen',
      'bitnami-redis',
      { isEnvironmentComplete: false },
      { requiresPassword: undefined, isOpenToNetwork: undefined, plaintextPort: undefined, tlsPort: undefined, startFault: null },
    ],
    [
      'Bitnami, a password, and variables that were not seen',
      'bitnami-redis',
      { isEnvironmentComplete: false, environment: { REDIS_PASSWORD: '<pw>', REDIS_TLS_ENABLED: 'no' } },
      { ...CLOSED, plaintextPort: 6379 },
    ],
    [
      'Bitnami, a switch that was not seen',
      'bitnami-redis',
      { environment: { REDIS_PASSWORD: '<pw>', REDIS_TLS_ENABLED: '<tls>' } },
      { requiresPassword: true, plaintextPort: undefined, tlsPort: undefined },
    ],
    ['Valkey, and variables that were not seen', 'valkey', { isEnvironmentComplete: false }, { requiresPassword: undefined }],
    ['Redis reads no variables', 'redis', { isEnvironmentComplete: false }, OPEN],
    ['Bitnami, empty on purpose', 'bitnami-redis', { environment: { ALLOW_EMPTY_PASSWORD: 'yes' } }, { ...OPEN, protectedMode: false, startFault: null }],
    ['Bitnami, an empty password', 'bitnami-redis', { environment: { ALLOW_EMPTY_PASSWORD: 'true', REDIS_PASSWORD: '' } }, OPEN],
    [
      'Bitnami, TLS on the one port',
      'bitnami-redis',
      { environment: { REDIS_PASSWORD: 'x', REDIS_TLS_ENABLED: 'yes', REDIS_TLS_CERT_FILE: '/c' } },
      { plaintextPort: 0, tlsPort: 6379, clientCertificates: 'required' },
    ],
    [
      'Bitnami, TLS on another',
      'bitnami-redis',
      { environment: { REDIS_PASSWORD: 'x', REDIS_TLS_ENABLED: 'yes', REDIS_TLS_PORT_NUMBER: '6380' } },
      { plaintextPort: 6379, tlsPort: 6380 },
    ],
    ['Bitnami, a file of the user', 'bitnami-redis', { environment: { REDIS_PASSWORD: 'x' }, files: { '/opt/bitnami/redis/mounted-etc/redis.conf': 'protected-mode no' } }, OPEN],
    ['Bitnami of Valkey', 'bitnami-valkey', { environment: { VALKEY_PASSWORD: 'x' } }, CLOSED],
    [
      'a node that finds out what it is',
      'bitnami-redis',
      { ...CHART, arguments: ['-c', '/start/node.sh'] },
      { ...CLOSED, plaintextPort: 0, tlsPort: 6379, appendsToFile: true, isReplica: undefined, startFault: null },
    ],
    ['a password that may be missing', 'bitnami-redis', { ...CHART, unseenPaths: [] }, { requiresPassword: undefined, plaintextPort: 6379 }],
    ['a chart', 'bitnami-redis', CHART, { ...CLOSED, appendsToFile: true, savesSnapshots: false, startFault: null }],
    ['Dragonfly', 'dragonfly', {}, { ...OPEN, plaintextPort: 6379 }],
    ['Dragonfly with a password', 'dragonfly', { arguments: ['dragonfly', '--requirepass=x', '--maxmemory=4gb'] }, { ...CLOSED, maxMemory: 4 * 1024 ** 3 }],
    ['Dragonfly by a variable, with TLS', 'dragonfly', { environment: { DFLY_requirepass: '<pw>', DFLY_tls: 'true' } }, { ...CLOSED, plaintextPort: 0, tlsPort: 6379 }],
    [
      'a sentinel',
      'redis',
      { arguments: ['redis-sentinel', '/s.conf'], files: { '/s.conf': 'sentinel monitor m 1.2.3.4 6379 2' } },
      { isSentinel: true, plaintextPort: 26379, protectedMode: false },
    ],
    ['before 7, an address to bind to turns protected mode off', 'packaged-redis', { version: '6.2', arguments: ['--bind', '0.0.0.0'] }, OPEN],
    ['an address that is filled in', 'redis', { arguments: ['--bind', '<POD_IP>'] }, { isOpenToNetwork: undefined, listensBeyondLoopback: undefined }],
    ['loopback', 'redis', { arguments: ['--bind', '127.0.0.1', '-::1'] }, { requiresPassword: false, isOpenToNetwork: false }],
    [
      'a script that writes its configuration',
      'redis',
      { command: ['sh', '-c', 'echo "requirepass $PW" > /r.conf\nexec redis-server /r.conf'], environment: { PW: '<pw>' } },
      CLOSED,
    ],
    ['a configuration that is filled in', 'redis', { command: ['sh', '-c', 'sed s/PW/$PW/ /t > /r.conf; redis-server /r.conf'] }, UNKNOWN],
  ])('%s', (_, family, written, expected) => {
    expect(valuesOf(effectiveRedis(inputs(family, written)), expected)).toEqual(expected);
  });

  test.each<[RedisFamily, string | undefined, boolean | undefined]>([
    ['redis', '5.0-alpine', false],
    ['redis', '7', undefined],
    ['redis', '7.2', undefined],
    ['redis', '7.2.4', false],
    ['redis', '7.2.11-bookworm', true],
    ['redis', '7.0.15', false],
    ['redis', '8.4.0', true],
    ['redis', '9.1', undefined],
    ['valkey', '8.0.5', false],
    ['valkey', '8.1.4', true],
    ['redis', undefined, undefined],
    ['redis', 'alpine', undefined],
  ])('%s %s is mended: %s', (family, version, expected) => {
    expect(effectiveRedis(inputs(family, version === undefined ? {} : { version })).isVersionSupported.value).toBe(expected);
  });

  test('every answer has its place, and every silence its reason', () => {
    const server = effectiveRedis(
      inputs('redis', { arguments: ['/etc/r.conf', '--requirepass', '<pw>'], files: { '/etc/r.conf': '\nport 0\ntls-port 6379\ninclude /more.conf\n' } }),
    );
    expect(server.plaintextPort).toEqual({
      value: undefined,
      sources: [{ input: 'file', path: '/etc/r.conf', line: 4 }],
      because: '/more.conf is not part of the scan',
      hint: expect.any(String),
    });
    const script = effectiveRedis(inputs('redis', { command: ['sh', '/s.sh'], files: { '/s.sh': '#!/bin/sh\n\nmkdir -p \\\n  /x\nexec redis-server \\\n  --port 1\n' } }));
    expect(script.plaintextPort).toEqual({ value: 1, sources: [{ input: 'file', path: '/s.sh', line: 5 }] });
    const whole = effectiveRedis(inputs('redis', { arguments: ['/etc/r.conf', '--requirepass', '<pw>'], files: { '/etc/r.conf': '\nport 0\ntls-port 6379\n' } }));
    expect(whole.tlsPort.sources).toEqual([{ input: 'file', path: '/etc/r.conf', line: 3 }]);
    expect(whole.requiresPassword.sources).toEqual([{ input: 'argument', list: 'arguments', index: 1 }]);
    expect(whole.bind.sources).toEqual([{ input: 'default', of: 'the redis image' }]);
  });

  test.each<[string, string, readonly string[], boolean | undefined]>([
    ['what fits', '/conf/*.inc', ['/conf'], true],
    ['what fits on both sides', '/conf/a*b*.inc', ['/conf'], true],
    ['nothing that fits', '/conf/z*.inc', ['/conf'], false],
    ['a folder that was not seen as a whole', '/conf/z*.inc', [], undefined],
    ['a pattern of folders', '/*/a.inc', ['/conf'], undefined],
  ])('an included pattern: %s', (_, pattern, wholeFolders, expected) => {
    const files = { '/conf/redis.conf': `include ${pattern}\n`, '/conf/a-bb.inc': 'requirepass EXAMPLE-not-a-password\n', '/conf/a.txt': 'requirepass ""\n' };
    expect(effectiveRedis(inputs('redis', { arguments: ['/conf/redis.conf'], files, wholeFolders })).requiresPassword.value).toBe(expected);
  });

  test('what stands where a path is asked for is not told', () => {
    const server = effectiveRedis(inputs('redis', { command: ['sh', '-c', 'exec redis-server --port "$(cat $PW)"'], environment: { PW: 'SECRET-in-the-wrong-place' } }));
    expect(server.plaintextPort.value).toBe(undefined);
    expect(JSON.stringify(server)).not.toContain('SECRET');
    const pool = JSON.stringify(
      effectiveRedis(inputs('redis', { command: ['sh', '-c', 'exec redis-server --bind "$(cat $PW)"'], environment: { PW: 'SECRET-in-the-wrong-place' } })),
    );
    expect(pool).not.toContain('SECRET');
  });

  test('no password shows in what is told', () => {
    const secret = 'kX9mQ2vL7pR4wZ1';
    const files = {
      '/r.conf': `requirepass ${secret}\nmasterauth ${secret}\nuser app on >${secret} ~* +@all\nrequire${secret} x\n${secret}\n`,
      '/i.conf': `include ${secret}\nuser ${secret} on\nuser ${secret} on\n`,
      '/s.sh': `PW=\${X:?${secret}}\nredis-server --aclfile ${secret} \${!${secret}}`,
    };
    for (const written of [
      { arguments: ['--requirepass', secret] },
      { arguments: ['/r.conf'], files },
      { command: ['sh', '-c', `redis-server --requirepass ${secret} "${secret}`] },
      { command: [secret] },
    ]) {
      const server = effectiveRedis(inputs('redis', written));
      expect(JSON.stringify(server) + inspect(server, { depth: 10 })).not.toContain(secret);
    }
  });
});
