import { describe, expect, test } from 'vitest';
import { compose, type Files, indent, lineOf, plain, type ReadOptions, type Subjects } from './support.ts';

const UNKNOWN = undefined;

/** A project with one service `app`, whose fields are given; further top-level sections follow. */
function composeText(fields: string, rest = ''): string {
  return `name: shop\nservices:\n  app:\n${indent(fields, 4)}\n${rest}`;
}

const app = (fields: string, rest = '', options: ReadOptions = {}): Subjects => compose(composeText(`image: a:1\n${fields}`, rest), options);

const built = (dockerfile: string, fields = 'read_only: false'): Subjects => compose({ 'compose.yaml': composeText(`build: .\n${fields}`), Dockerfile: dockerfile });

describe('user', () => {
  test.each<[string, string, boolean | undefined, boolean | undefined, number | null | undefined, number | null | undefined]>([
    // fields, runsAsRoot, isNonRootGuaranteed, runAsUser, runAsGroup
    ['none: the image decides, and was not seen', 'read_only: true', UNKNOWN, false, null, null],
    ['a number', 'user: 1000', false, true, 1000, null],
    ['a number in quotes', 'user: "1000"', false, true, 1000, null],
    ['with a group', 'user: "1000:1001"', false, true, 1000, 1001],
    ['in group 0', 'user: "1000:0"', false, true, 1000, 0],
    ['0', 'user: 0', true, false, 0, null],
    ['0:0', 'user: "0:0"', true, false, 0, 0],
    ['00', 'user: "00"', true, false, 0, null],
    ['+0', 'user: "+0"', true, false, 0, null],
    ['0 in another group', 'user: "0:1000"', true, false, 0, 1000],
    ['root', 'user: root', true, false, null, null],
    ['root with a group', 'user: "root:app"', true, false, null, null],
    ['a name', 'user: app', false, false, null, null],
    ['a name and a numeric group', 'user: "app:7"', false, false, null, 7],
    ['only a group: the user is then 0', 'user: ":7"', true, false, null, 7],
    ['empty: the image decides', 'user: ""', UNKNOWN, false, null, null],
    ['a variable that is not set here', 'user: "${UID}:${GID}"', UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN],
    ['a variable for the group only', 'user: "1000:${GID}"', false, true, 1000, UNKNOWN],
    ['a variable with a default', 'user: "${UID:-1000}"', false, true, 1000, null],
    ['zeros without end', `user: "${'0'.repeat(100_000)}"`, true, false, 0, null],
    ['a number without end', `user: "${'1'.repeat(100_000)}"`, UNKNOWN, UNKNOWN, UNKNOWN, null],
    ['a user that Docker refuses', 'user: "4294967296"', UNKNOWN, UNKNOWN, 4294967296, null],
  ])('%s', (_, fields, runsAsRoot, isNonRootGuaranteed, runAsUser, runAsGroup) => {
    expect(app(fields).facts('container', ['runsAsRoot', 'isNonRootGuaranteed', 'runAsUser', 'runAsGroup'])).toEqual({ runsAsRoot, isNonRootGuaranteed, runAsUser, runAsGroup });
  });

  test.each<[string, string, string, boolean | undefined, string]>([
    // Dockerfile, fields, runsAsRoot, place
    ['USER of the Dockerfile', 'FROM alpine:3.20\nUSER 7', '', false, 'Dockerfile:2'],
    ['USER root', 'FROM alpine:3.20\nUSER root', '', true, 'Dockerfile:2'],
    ['no USER: the base decides', 'FROM alpine:3.20', '', UNKNOWN, 'Dockerfile:1 missing'],
    ['FROM scratch', 'FROM scratch', '', true, 'Dockerfile:1 missing'],
    ['user wins over the Dockerfile', 'FROM alpine:3.20\nUSER root', 'user: "7"', false, 'compose.yaml:5'],
    ['user 0 wins over a good Dockerfile', 'FROM alpine:3.20\nUSER 7', 'user: "0"', true, 'compose.yaml:5'],
  ])('built here: %s', (_, text, fields, runsAsRoot, place) => {
    const subjects = built(text, fields === '' ? 'read_only: false' : fields);
    expect(subjects.fact('container.runsAsRoot')).toBe(runsAsRoot);
    expect(lineOf(subjects.one('container'), 'container.runsAsRoot').split(' compose')[0]).toContain(place);
  });
});

describe('security_opt', () => {
  const options = (list: string): Subjects => app(`security_opt: ${list}`);
  test.each<[string, string, boolean]>([
    // options, canGainPrivileges
    ['nothing', '[]', true],
    ['bare', '[no-new-privileges]', false],
    [':true', '["no-new-privileges:true"]', false],
    ['=true', '["no-new-privileges=true"]', false],
    [':false is an explicit off', '["no-new-privileges:false"]', true],
    ['=false', '["no-new-privileges=false"]', true],
    // moby reads it with strconv.ParseBool.
    [':1', '["no-new-privileges:1"]', false],
    [':0', '["no-new-privileges:0"]', true],
    [':False', '["no-new-privileges:False"]', true],
    [':f', '["no-new-privileges:f"]', true],
    ['=TRUE', '["no-new-privileges=TRUE"]', false],
    ['what Docker refuses is no promise', '["no-new-privileges:yes"]', true],
    ['the last one counts', '["no-new-privileges:true", "no-new-privileges:false"]', true],
    ['a mapping is another spelling of it to YAML', '[no-new-privileges: true]', true],
  ])('no-new-privileges: %s', (_, list, canGainPrivileges) => {
    expect(options(list).fact('container.canGainPrivileges')).toBe(canGainPrivileges);
  });

  test.each<[string, string, string, string]>([
    // options, seccomp, ownSeccomp
    ['Docker has a default', '[]', 'RuntimeDefault', ''],
    ['unconfined with :', '["seccomp:unconfined"]', 'Unconfined', 'Unconfined'],
    ['unconfined with =', '[seccomp=unconfined]', 'Unconfined', 'Unconfined'],
    ['a profile', '["seccomp:./profile.json"]', 'Localhost', 'Localhost'],
    ['the built-in one', '[seccomp=builtin]', 'RuntimeDefault', 'RuntimeDefault'],
  ])('seccomp: %s', (_, list, seccomp, ownSeccomp) => {
    expect(options(list).facts('container', ['seccomp', 'ownSeccomp'])).toEqual({ seccomp, ownSeccomp });
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['apparmor:unconfined', '["apparmor:unconfined"]', { appArmor: 'Unconfined' }],
    ['apparmor=profile', '[apparmor=mine]', { appArmor: 'Localhost' }],
    ['no apparmor', '[]', { appArmor: '' }],
    ['label:disable', '["label:disable"]', { isLabelConfinementOff: true }],
    ['label=disable', '[label=disable]', { isLabelConfinementOff: true }],
    ['disable alone', '[disable]', { isLabelConfinementOff: true }],
    ['label:type', '["label:type:spc_t", "label=user:system_u"]', { isLabelConfinementOff: false, ownSeLinuxType: 'spc_t', ownSeLinuxUser: 'system_u' }],
    ['systempaths=unconfined', '[systempaths=unconfined]', { hasUnmaskedProc: true, procMount: 'Unmasked' }],
    ['blanks around', '[" seccomp=unconfined "]', { seccomp: 'Unconfined' }],
    ['items that are no strings', '[1, null, {a: b}]', { seccomp: 'RuntimeDefault', canGainPrivileges: true }],
  ])('%s', (_, list, expected) => {
    expect(options(list).facts('container', Object.keys(expected))).toEqual(expected);
  });
});

describe('privileged, capabilities, root file system', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['nothing', 'tty: false', { isPrivileged: false, canGainPrivileges: true, hasReadOnlyRoot: false, dropsAllCapabilities: false, addedCapabilities: [] }],
    ['privileged', 'privileged: true', { isPrivileged: true, canGainPrivileges: true, seccomp: 'Unconfined' }],
    ['privileged: yes, as compose reads it', 'privileged: yes', { isPrivileged: true }],
    ['privileged by a default', 'privileged: ${PRIVILEGED:-true}', { isPrivileged: true }],
    ['privileged by a variable that is not set here', 'privileged: ${PRIVILEGED}', { isPrivileged: UNKNOWN, canGainPrivileges: true, seccomp: UNKNOWN }],
    ['privileged by a variable, with no new privileges', 'privileged: ${PRIVILEGED}\nsecurity_opt: [no-new-privileges]', { canGainPrivileges: UNKNOWN }],
    ['privileged: false', 'privileged: false', { isPrivileged: false }],
    ['privileged, and no new privileges', 'privileged: true\nsecurity_opt: [no-new-privileges]', { canGainPrivileges: true }],
    ['privileged with a profile of its own', 'privileged: true\nsecurity_opt: [seccomp=mine.json]', { seccomp: 'Localhost' }],
    ['read_only', 'read_only: true', { hasReadOnlyRoot: true }],
    ['read_only by a variable that is not set here', 'read_only: ${RO}', { hasReadOnlyRoot: UNKNOWN }],
    ['cap_drop ALL', 'cap_drop: [ALL]', { dropsAllCapabilities: true, droppedCapabilities: ['ALL'] }],
    ['cap_drop all: Docker reads any case', 'cap_drop: [all]', { dropsAllCapabilities: true, droppedCapabilities: ['ALL'] }],
    ['cap_drop CAP_ALL likewise', 'cap_drop: [cap_all]', { dropsAllCapabilities: true, ownDroppedCapabilities: ['cap_all'] }],
    ['cap_drop others', 'cap_drop: [NET_RAW]', { dropsAllCapabilities: false }],
    ['cap_add', 'cap_add: [SYS_ADMIN, cap_net_admin]', { addedCapabilities: ['SYS_ADMIN', 'NET_ADMIN'], ownAddedCapabilities: ['SYS_ADMIN', 'cap_net_admin'] }],
    ['cap_add as one string, which compose refuses', 'cap_add: SYS_ADMIN', { addedCapabilities: UNKNOWN }],
    ['by an anchor', '<<: {privileged: true, cap_add: [SYS_ADMIN]}', { isPrivileged: true, addedCapabilities: ['SYS_ADMIN'] }],
  ])('%s', (_, fields, expected) => {
    expect(app(fields).facts('container', Object.keys(expected))).toEqual(expected);
  });

  test.each<[string, string, string, string]>([
    ['privileged, where that is the reason', 'privileged: true\nsecurity_opt: [no-new-privileges]', 'canGainPrivileges', 'compose.yaml:5'],
    ['security_opt, where privileged is off', 'privileged: false\nsecurity_opt: ["no-new-privileges:false"]', 'canGainPrivileges', 'compose.yaml:6'],
    ['the service, where nothing is set', 'tty: false', 'canGainPrivileges', 'compose.yaml:3'],
    ['security_opt', 'security_opt: [seccomp=unconfined]', 'seccomp', 'compose.yaml:5'],
    ['cap_add', 'cap_add: [ALL]', 'addedCapabilities', 'compose.yaml:5'],
  ])('it stands at %s', (_, fields, fact, place) => {
    expect(lineOf(app(fields).one('container'), `container.${fact}`)).toBe(place);
  });
});

describe('namespaces of the host', () => {
  const other = '  other:\n    image: b:1\n';
  test.each<[string, string, string, Record<string, unknown>]>([
    ['none', 'tty: false', '', { usesHostNetwork: false, usesHostPid: false, usesHostIpc: false, usesHostUts: false, usesHostUserNamespace: false, sharesProcesses: false }],
    ['network_mode: host', 'network_mode: host', '', { usesHostNetwork: true }],
    ['network_mode: bridge', 'network_mode: bridge', '', { usesHostNetwork: false }],
    ['network_mode: none', 'network_mode: none', '', { usesHostNetwork: false }],
    ['network_mode: service: of one with the host’s', 'network_mode: service:other', `${other}    network_mode: host\n`, { usesHostNetwork: true }],
    ['network_mode: service: of one without', 'network_mode: service:other', other, { usesHostNetwork: false }],
    [
      'network_mode: service: of one that shares with one with the host’s',
      'network_mode: service:other',
      `${other}    network_mode: service:third\n  third:\n    image: c:1\n    network_mode: host\n`,
      { usesHostNetwork: true },
    ],
    ['network_mode: service: in a circle', 'network_mode: service:other', `${other}    network_mode: service:app\n`, { usesHostNetwork: false }],
    ['network_mode: service: of itself', 'network_mode: service:app', '', { usesHostNetwork: false }],
    ['network_mode: service: of nobody', 'network_mode: service:gone', '', { usesHostNetwork: false }],
    ['network_mode: container: is not in the file', 'network_mode: container:vpn', '', { usesHostNetwork: UNKNOWN }],
    ['network_mode by a variable that is not set here', 'network_mode: ${MODE}', '', { usesHostNetwork: UNKNOWN }],
    ['network_mode by a default', 'network_mode: ${MODE:-host}', '', { usesHostNetwork: true }],
    ['pid: host', 'pid: host', '', { usesHostPid: true, sharesProcesses: false }],
    ['pid: service:', 'pid: service:other', other, { usesHostPid: false, sharesProcesses: true }],
    ['pid: service: of one with the host’s', 'pid: service:other', `${other}    pid: host\n`, { usesHostPid: true, sharesProcesses: true }],
    ['pid: container:', 'pid: container:x', '', { usesHostPid: UNKNOWN, sharesProcesses: true }],
    ['ipc: host', 'ipc: host', '', { usesHostIpc: true }],
    ['ipc: shareable', 'ipc: shareable', '', { usesHostIpc: false }],
    ['ipc: service: of one with the host’s', 'ipc: service:other', `${other}    ipc: host\n`, { usesHostIpc: true }],
    ['ipc: container:', 'ipc: container:x', '', { usesHostIpc: UNKNOWN }],
    ['uts: host', 'uts: host', '', { usesHostUts: true }],
    ['userns_mode: host', 'userns_mode: host', '', { usesHostUserNamespace: true }],
  ])('%s', (_, fields, services, expected) => {
    expect(compose(composeText(`image: a:1\n${fields}`, services)).facts('workload', Object.keys(expected), 'app')).toEqual(expected);
  });

  test('a platform of Windows', () => {
    expect(app('platform: windows/amd64').fact('workload.os')).toBe('windows');
  });

  test('sysctls as a map and as a list', () => {
    expect(app('sysctls: {net.core.somaxconn: 1024}').fact('workload.sysctls')).toEqual(['net.core.somaxconn']);
    expect(app('sysctls: [net.core.somaxconn=1024]').fact('workload.sysctls')).toEqual(['net.core.somaxconn']);
  });
});

describe('volumes', () => {
  const one = (fields: string, rest = ''): Record<string, unknown> => app(fields, rest).facts('volume', ['kind', 'hostPath', 'exposesHost', 'exposesSocket', 'isWritable']);
  const bind = (hostPath: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    kind: 'hostPath',
    hostPath,
    exposesHost: false,
    exposesSocket: false,
    isWritable: true,
    ...more,
  });
  const none = { kind: 'volume', hostPath: '', exposesHost: false, exposesSocket: false, isWritable: true };
  const unknown = { kind: UNKNOWN, hostPath: UNKNOWN, exposesHost: UNKNOWN, exposesSocket: UNKNOWN, isWritable: true };

  test.each<[string, string, Record<string, unknown>]>([
    ['a name', 'data:/data', none],
    ['anonymous', '/data', none],
    ['an absolute path', '/srv/data:/data', bind('/srv/data')],
    ['read-only', '/srv/data:/data:ro', bind('/srv/data', { isWritable: false })],
    ['read-only among other modes', '/srv/data:/data:z,ro', bind('/srv/data', { isWritable: false })],
    ['a relative path is below the project', './data:/data', bind('./data')],
    ['the project itself', '.:/app', bind('.')],
    ['above the project', '../data:/data', bind('../data')],
    ['a relative path that is named like a folder of the host', './etc:/etc/app', bind('./etc')],
    ['the same with dots', './run/../etc:/x', bind('./run/../etc')],
    ['a home', '~/data:/data', bind('/home/data')],
    ['all homes', '~:/data', bind('/home', { exposesHost: true })],
    ['a home by its variable', '${HOME}:/data', bind('/home', { exposesHost: true })],
    ['below a home by its variable', '$HOME/data:/data', bind('/home/data')],
    ['the project by its variable', '${PWD}:/app', bind('.')],
    ['another variable may be a path or a name', '${DATA}:/data', unknown],
    ['a variable inside of a path', '/srv/${DATA}:/data', bind('/srv/${DATA}', { exposesHost: UNKNOWN, exposesSocket: UNKNOWN })],
    ['a default', '${DATA:-/etc}:/data', bind('/etc', { exposesHost: true })],
    ['Docker’s socket', '/var/run/docker.sock:/var/run/docker.sock', bind('/run/docker.sock', { exposesHost: true, exposesSocket: true })],
    ['Docker’s socket, read-only', '/var/run/docker.sock:/s:ro', bind('/run/docker.sock', { exposesHost: true, exposesSocket: true, isWritable: false })],
    ['a parent of it', '/var/run:/r', bind('/run', { exposesHost: true, exposesSocket: true })],
    ['the root', '/:/host', bind('/', { exposesHost: true, exposesSocket: true })],
    ['up from somewhere', '/srv/../etc:/x', bind('/etc', { exposesHost: true })],
    ['a drive of Windows', 'C:\\data:/data', bind('C:\\data')],
    ['a drive of Windows with slashes, read-only', 'C:/data:/data:ro', bind('C:/data', { isWritable: false })],
    ['drives on both sides', 'C:\\data:D:\\x:ro', bind('C:\\data', { isWritable: false })],
    ['Docker’s pipe of Windows', '\\\\.\\pipe\\docker_engine:\\\\.\\pipe\\docker_engine', bind('\\\\.\\pipe\\docker_engine', { exposesHost: true, exposesSocket: true })],
  ])('short: %s', (_, text, expected) => {
    expect(one(`volumes: [${JSON.stringify(text)}]`)).toEqual(expected);
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['a volume', '{type: volume, source: data, target: /data}', none],
    ['without a type', '{source: data, target: /data}', none],
    ['a bind', '{type: bind, source: /etc, target: /x}', bind('/etc', { exposesHost: true })],
    ['a bind, read-only', '{type: bind, source: /srv/x, target: /x, read_only: true}', bind('/srv/x', { isWritable: false })],
    ['a bind of the project', '{type: bind, source: ., target: /x}', bind('.')],
    ['in memory', '{type: tmpfs, target: /x}', { ...none, kind: 'emptyDir' }],
    [
      'a pipe',
      '{type: npipe, source: "\\\\\\\\.\\\\pipe\\\\docker_engine", target: "\\\\\\\\.\\\\pipe\\\\docker_engine"}',
      { ...none, kind: 'npipe', hostPath: '\\\\.\\pipe\\docker_engine', exposesHost: true, exposesSocket: true },
    ],
    ['an image', '{type: image, source: a:1, target: /x}', { ...none, kind: 'image' }],
  ])('long: %s', (_, text, expected) => {
    expect(one(`volumes: [${text}]`)).toEqual(expected);
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['a bind in disguise', '{driver_opts: {type: none, o: bind, device: /etc}}', bind('/etc', { exposesHost: true })],
    ['among other options', '{driver_opts: {type: none, o: "rw,rbind", device: /srv/x}}', bind('/srv/x')],
    ['one of the project', '{driver_opts: {type: none, o: bind, device: ./x}}', bind('./x')],
    ['one by a variable', '{driver_opts: {type: none, o: bind, device: "${DATA}"}}', { ...unknown, kind: 'hostPath' }],
    ['NFS is none', '{driver_opts: {type: nfs, o: "addr=10.0.0.1,rw", device: ":/x"}}', none],
    ['nothing said', '{}', none],
    ['null', 'null', none],
    ['external', '{external: true}', none],
  ])('a named volume: %s', (_, definition, expected) => {
    expect(one('volumes: ["data:/data"]', `volumes: {data: ${definition}}\n`)).toEqual(expected);
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['tmpfs as a string', 'tmpfs: /tmp:size=64m', { ...none, kind: 'emptyDir' }],
    ['tmpfs as a list', 'tmpfs: [/tmp]', { ...none, kind: 'emptyDir' }],
    ['a device', 'devices: ["/dev/ttyUSB0:/dev/ttyUSB0"]', { ...none, kind: 'device', hostPath: '/dev/ttyUSB0' }],
    ['a device without a target', 'devices: [/dev/snd]', { ...none, kind: 'device', hostPath: '/dev/snd' }],
    ['a device that is the host', 'devices: ["/dev/sda:/dev/xvda:rwm"]', { ...none, kind: 'device', hostPath: '/dev/sda', exposesHost: true }],
    ['all devices', 'devices: ["/dev:/dev"]', { ...none, kind: 'device', hostPath: '/dev', exposesHost: true }],
    ['a device in the long form', 'devices: [{source: /dev/mem, target: /dev/mem}]', { ...none, kind: 'device', hostPath: '/dev/mem', exposesHost: true }],
    ['the socket by its own key', 'use_api_socket: true', bind('/run/docker.sock', { exposesHost: true, exposesSocket: true })],
  ])('%s', (_, fields, expected) => {
    expect(one(fields)).toEqual(expected);
  });

  test('devices by CDI name, and what is no text, are passed over', () => {
    expect(app('devices: [vendor.com/class=gpu, 5, [{toString: 1}]]').of('volume')).toHaveLength(0);
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['a folder of programs', 'volumes: ["data:/usr/bin"]', { path: '/usr/bin', hidesCode: true, isReadOnly: false }],
    ['read-only it may', 'volumes: ["data:/usr/bin:ro"]', { path: '/usr/bin', hidesCode: false, isReadOnly: true }],
    ['a folder of data', 'volumes: ["data:/var/lib/app"]', { path: '/var/lib/app', hidesCode: false }],
    ['a target of Windows', 'volumes: ["C:\\\\data:D:\\\\x"]', { path: 'D:\\x' }],
    ['shared propagation', 'volumes: ["/srv:/srv:rshared"]', { propagation: 'Bidirectional' }],
    ['slave propagation', 'volumes: ["/srv:/srv:rslave"]', { propagation: 'None' }],
    ['shared propagation in the long form', 'volumes: [{type: bind, source: /srv, target: /srv, bind: {propagation: shared}}]', { propagation: 'Bidirectional' }],
  ])('mount: %s', (_, fields, expected) => {
    expect(app(fields).facts('mount', Object.keys(expected))).toEqual(expected);
  });
});

describe('ports', () => {
  const ports = (fields: string, options: ReadOptions = {}): unknown[] =>
    app(fields, '', options)
      .of('port')
      .map(({ facts }) => facts as unknown as Record<string, unknown>)
      .map(({ hostAddress, hostPort, number, protocol }) => [hostAddress, plain(hostPort), plain(number), protocol].map(String).join(' '));

  test.each<[string, string, string[]]>([
    ['a container’s port', '"80"', [' 0 80 TCP']],
    ['a number', '80', [' 0 80 TCP']],
    ['published', '"8080:80"', [' 8080 80 TCP']],
    ['on one address', '"127.0.0.1:8080:80"', ['127.0.0.1 8080 80 TCP']],
    ['on one address, any port', '"127.0.0.1::80"', ['127.0.0.1 0 80 TCP']],
    ['IPv6 in brackets', '"[::1]:8080:80"', ['::1 8080 80 TCP']],
    ['IPv6 without', '"::1:8080:80"', ['::1 8080 80 TCP']],
    ['UDP', '"53:53/udp"', [' 53 53 UDP']],
    ['a range', '"8000-8001:80-81"', [' 8000 80 TCP', ' 8001 81 TCP']],
    ['a long range: its ends are enough', '"8000-8999:3000-3999"', [' 8000 3000 TCP', ' 8999 3999 TCP', ' 8389 3389 TCP']],
    ['a range that holds a debugger’s port', '"9220-9240:9220-9240"', [' 9220 9220 TCP', ' 9240 9240 TCP', ' 9229 9229 TCP', ' 9230 9230 TCP']],
    ['one of a range of host ports', '"8000-8010:80"', [' 8000 80 TCP']],
    ['the long form', '{target: 80, published: "8080", host_ip: 127.0.0.1, protocol: udp}', ['127.0.0.1 8080 80 UDP']],
    ['the long form with a range', '{target: 80, published: "8080-8090"}', [' 8080 80 TCP']],
    ['the long form, not published', '{target: 80}', [' 0 80 TCP']],
    ['the long form without a target', '{published: "80"}', []],
    ['a variable for the host’s port', '"${PORT}:80"', [' undefined 80 TCP']],
    ['a variable for the container’s port', '"8080:${PORT}"', [' 8080 undefined TCP']],
    ['a variable for the address', '"${ADDRESS}:8080:80"', ['undefined 8080 80 TCP']],
    ['a variable for everything', '"${PORTS}"', ['undefined undefined undefined TCP']],
    ['a default', '"${PORT:-8080}:80"', [' 8080 80 TCP']],
    ['variables in the long form', '{target: "${T}", published: "${P}"}', [' undefined undefined TCP']],
    ['more than any port', `"${'9'.repeat(400)}:80"`, []],
    ['more than any port in the container', `"80:${'9'.repeat(400)}"`, []],
    ['no port at all', '"http"', []],
    ['a list', '[[{toString: 1}]]', []],
  ])('%s', (_, item, expected) => {
    expect(ports(`ports: [${item}]`)).toEqual(expected);
  });

  test('expose is not published', () => {
    expect(ports('expose: ["3000", "4000/udp"]')).toEqual([' 0 3000 TCP', ' 0 4000 UDP']);
  });

  test('with the host’s network, every port is one of the host, whatever is published', () => {
    expect(ports('network_mode: host\nports: ["8080:80"]\nexpose: ["3000"]')).toEqual([' 80 80 TCP', ' 3000 3000 TCP']);
  });

  test.each<[string, string, boolean | undefined, boolean | undefined]>([
    ['Node’s inspector', '"9229:9229"', true, false],
    ['SSH', '"2222:22"', false, true],
    ['a web server', '"80:80"', false, false],
    ['unknown', '"80:${PORT}"', UNKNOWN, UNKNOWN],
  ])('%s', (_, item, isDebug, isRemoteShell) => {
    expect(app(`ports: [${item}]`).facts('port', ['isDebug', 'isRemoteShell'])).toEqual({ isDebug, isRemoteShell });
  });
});

describe('limits', () => {
  test.each<[string, string, boolean | undefined, number | null | undefined]>([
    // fields, isMemoryLimited, memoryLimit
    ['none', 'tty: false', false, null],
    ['mem_limit', 'mem_limit: 512m', true, 512 * 2 ** 20],
    ['a number of bytes', 'mem_limit: 1048576', true, 2 ** 20],
    ['gb', 'mem_limit: 1.5gb', true, 1.5 * 2 ** 30],
    ['KiB', 'mem_limit: 64KiB', true, 2 ** 16],
    ['bytes', 'mem_limit: 64b', true, 64],
    ['deploy', 'deploy: {resources: {limits: {memory: 1G}}}', true, 2 ** 30],
    ['deploy before mem_limit', 'mem_limit: 1g\ndeploy: {resources: {limits: {memory: 2g}}}', true, 2 ** 31],
    ['a reservation limits nothing', 'deploy: {resources: {reservations: {memory: 1G}}}', false, null],
    ['zero means none', 'mem_limit: 0', false, null],
    ['a variable that is not set here', 'mem_limit: ${MEMORY}', UNKNOWN, UNKNOWN],
    ['a unit that Docker does not know', 'mem_limit: 5 bananas', UNKNOWN, UNKNOWN],
    ['more than any number holds', `mem_limit: "${'9'.repeat(400)}"`, UNKNOWN, UNKNOWN],
  ])('memory: %s', (_, fields, isMemoryLimited, memoryLimit) => {
    expect(app(fields).facts('container', ['isMemoryLimited', 'memoryLimit'])).toEqual({ isMemoryLimited, memoryLimit });
  });

  test.each<[string, string, boolean | undefined]>([
    ['none', 'tty: false', false],
    ['cpus', 'cpus: 0.5', true],
    ['cpus in quotes', 'cpus: "0.5"', true],
    ['cpu_quota', 'cpu_quota: 50000', true],
    ['deploy', 'deploy: {resources: {limits: {cpus: "0.5"}}}', true],
    ['zero', 'cpus: 0', false],
    ['shares are no limit', 'cpu_shares: 512', false],
    ['a variable that is not set here', 'cpus: ${CPUS}', UNKNOWN],
  ])('cpu: %s', (_, fields, expected) => {
    expect(app(fields).fact('container.isCpuLimited')).toBe(expected);
  });

  test.each<[string, string, boolean | undefined]>([
    ['none', 'tty: false', false],
    ['pids_limit', 'pids_limit: 100', true],
    ['-1 means none', 'pids_limit: -1', false],
    ['0 means none', 'pids_limit: 0', false],
    ['deploy', 'deploy: {resources: {limits: {pids: 100}}}', true],
    ['deploy of zero', 'deploy: {resources: {limits: {pids: 0}}}', false],
    ['a variable that is not set here', 'pids_limit: ${PIDS}', UNKNOWN],
  ])('pids: %s', (_, fields, expected) => {
    expect(app(fields).fact('container.isPidsLimited')).toBe(expected);
  });

  test.each<[string, string, boolean, boolean]>([
    ['a limit is a request', 'mem_limit: 1g\ncpus: 1', true, true],
    ['reservations', 'deploy: {resources: {reservations: {memory: 1G, cpus: "1"}}}', true, true],
    ['mem_reservation', 'mem_reservation: 1g', true, false],
    ['nothing', 'tty: false', false, false],
  ])('requests: %s', (_, fields, isMemoryRequested, isCpuRequested) => {
    expect(app(fields).facts('container', ['isMemoryRequested', 'isCpuRequested'])).toEqual({ isMemoryRequested, isCpuRequested });
  });

  test.each<[string, string, string, string]>([
    ['mem_limit', 'mem_limit: 1g', 'isMemoryLimited', 'compose.yaml:5'],
    ['deploy', 'deploy: {resources: {limits: {memory: 1g}}}', 'memoryLimit', 'compose.yaml:5'],
    ['the service', 'tty: false', 'isMemoryLimited', 'compose.yaml:3'],
  ])('it stands at %s', (_, fields, fact, place) => {
    expect(lineOf(app(fields).one('container'), `container.${fact}`)).toBe(place);
  });
});

describe('health checks', () => {
  test.each<[string, string, boolean | undefined]>([
    ['none: the image decides', 'tty: false', UNKNOWN],
    ['a test', 'healthcheck: {test: [CMD, curl, localhost]}', true],
    ['a test as text', 'healthcheck: {test: curl localhost}', true],
    ['disable', 'healthcheck: {disable: true}', false],
    ['disable: yes', 'healthcheck: {disable: yes}', false],
    ['NONE', 'healthcheck: {test: [NONE]}', false],
    ['only an interval: the image’s test', 'healthcheck: {interval: 5s}', UNKNOWN],
    ['an empty test: the image’s', 'healthcheck: {test: []}', UNKNOWN],
    ['null', 'healthcheck: null', UNKNOWN],
  ])('%s', (_, fields, expected) => {
    expect(app(fields).facts('container', ['hasHealthCheck', 'hasReadinessProbe', 'hasLivenessProbe'])).toEqual({
      hasHealthCheck: expected,
      hasReadinessProbe: expected,
      hasLivenessProbe: expected,
    });
  });

  test.each<[string, string, string, boolean | undefined]>([
    ['HEALTHCHECK of the Dockerfile', 'FROM a:1\nHEALTHCHECK CMD x', 'tty: false', true],
    ['HEALTHCHECK NONE', 'FROM a:1\nHEALTHCHECK NONE', 'tty: false', false],
    ['none there: the base decides', 'FROM a:1', 'tty: false', UNKNOWN],
    ['FROM scratch', 'FROM scratch', 'tty: false', false],
    ['the service wins', 'FROM a:1\nHEALTHCHECK CMD x', 'healthcheck: {disable: true}', false],
    ['the service only sets the interval', 'FROM a:1\nHEALTHCHECK CMD x', 'healthcheck: {interval: 5s}', true],
  ])('built here: %s', (_, dockerfile, fields, expected) => {
    expect(built(dockerfile, fields).fact('container.hasHealthCheck')).toBe(expected);
  });
});

describe('restart', () => {
  test.each<[string, string, boolean]>([
    ['none', 'tty: false', false],
    ['no', 'restart: "no"', false],
    ['always', 'restart: always', true],
    ['unless-stopped', 'restart: unless-stopped', true],
    ['on-failure', 'restart: on-failure', false],
    ['on-failure:5', 'restart: on-failure:5', false],
    ['deploy: any', 'deploy: {restart_policy: {condition: any}}', true],
    ['deploy: on-failure', 'deploy: {restart_policy: {condition: on-failure}}', false],
    ['deploy wins over restart', 'restart: always\ndeploy: {restart_policy: {condition: none}}', false],
  ])('%s', (_, fields, expected) => {
    expect(app(fields).fact('container.restartsForever')).toBe(expected);
  });
});

describe('a terminal that somebody keeps open', () => {
  test.each<[string, string, boolean]>([
    ['sleeping', 'stdin_open: true\ntty: true\ncommand: sleep infinity', true],
    ['sleeping, as a list', 'stdin_open: true\ntty: true\ncommand: [tail, -f, /dev/null]', true],
    ['a shell', 'stdin_open: true\ntty: true\ncommand: bash', true],
    ['a program', 'stdin_open: true\ntty: true\ncommand: node app.js', false],
    ['no terminal', 'command: sleep infinity', false],
    ['a command that is no text', 'stdin_open: true\ntty: true\ncommand: [{toString: 1}]', false],
    ['a command that is a mapping', 'stdin_open: true\ntty: true\ncommand: {toString: 1}', false],
  ])('%s', (_, fields, expected) => {
    expect(app(fields).fact('container.isInteractiveShell')).toBe(expected);
  });
});

describe('environment', () => {
  test.each<[string, string, string, string]>([
    // environment, source, secretKind
    ['a map', '{DB_PASSWORD: hunter2}', 'literal', 'value of a secret name'],
    ['a list', '[DB_PASSWORD=hunter2]', 'literal', 'value of a secret name'],
    ['a number', '{DB_PASSWORD: 12345678}', 'literal', 'value of a secret name'],
    ['null: from the caller', '{DB_PASSWORD: null}', 'host', ''],
    ['a name alone: from the caller', '[DB_PASSWORD]', 'host', ''],
    ['empty', '{DB_PASSWORD: ""}', 'none', ''],
    ['empty in a list', '[DB_PASSWORD=]', 'none', ''],
    ['a value with =', '[DB_PASSWORD=a=b]', 'literal', 'value of a secret name'],
    ['from .env', '{DB_PASSWORD: "${PW}"}', 'literal', ''],
    ['not set', '{DB_PASSWORD: "${UNSET}"}', 'literal', ''],
    ['required', '{DB_PASSWORD: "${UNSET:?set it}"}', 'literal', ''],
    ['required, in a text', '{DB_PASSWORD: "a-${UNSET:?set it}"}', 'literal', ''],
    ['a default is written in the file', '{DB_PASSWORD: "${UNSET:-hunter2}"}', 'literal', 'value of a secret name'],
    ['a default that was not used', '{DB_PASSWORD: "${PW:-hunter2}"}', 'literal', ''],
    ['a file', '{DB_PASSWORD_FILE: /run/secrets/db}', 'literal', ''],
    ['in a URL', '{A: "postgres://app:hunter2@db/app"}', 'literal', 'password in a URL'],
    ['in a URL from .env', '{A: "postgres://app:${PW}@db/app"}', 'literal', ''],
    ['in a URL with a host from .env', '{A: "postgres://app:hunter2@${PW}/app"}', 'literal', 'password in a URL'],
    ['in a URL in a list with a host from .env', '["A=postgres://app:hunter2@${PW}/app"]', 'literal', 'password in a URL'],
    ['in a URL, not set', '{A: "postgres://app:${UNSET}@db/app"}', 'literal', ''],
  ])('%s', (_, environment, source, secretKind) => {
    const subjects = compose({ 'compose.yaml': composeText(`image: a:1\nenvironment: ${environment}`), '.env': 'PW=hunter2\n' });
    expect(subjects.facts('variable', ['source', 'secretKind', 'holdsLiteralSecret'])).toEqual({ source, secretKind, holdsLiteralSecret: secretKind !== '' });
  });

  const interpolated = (value: string, files: Files = {}, options: ReadOptions = {}): unknown =>
    compose({ 'compose.yaml': composeText(`image: a:1\nenvironment: {A: ${JSON.stringify(value)}}`), ...files }, options).fact('variable.emptyInterpolations');

  test.each<[string, string, string[] | undefined, string[] | undefined]>([
    // value, without any environment, with a .env
    ['nothing to fill in', 'x', [], []],
    ['not set', '${X}', UNKNOWN, ['X']],
    ['not set, without braces', '$X', UNKNOWN, ['X']],
    ['required', '${X:?}', [], []],
    ['an empty default', '${X:-}', ['X'], ['X']],
    ['a default', '${X:-d}', [], []],
    ['an escape', '$${X}', [], []],
    ['set', '${SET}', UNKNOWN, []],
    ['set to nothing', '${EMPTY}', UNKNOWN, ['EMPTY']],
    ['an alternative that is not taken', '${X:+y}', [], []],
    ['one empty for sure, one open', '${X:-}${Y}', ['X'], ['X', 'Y']],
  ])('what comes out empty: %s', (_, value, without, withFile) => {
    expect(interpolated(value)).toEqual(without);
    expect(interpolated(value, { '.env': 'SET=1\nEMPTY=\n' })).toEqual(withFile);
  });

  test('a caller’s environment decides as well as a .env', () => {
    expect(interpolated('${X}', {}, { environment: { Y: '1' } })).toEqual(['X']);
    expect(interpolated('${X}', {}, { environment: { X: '1' } })).toEqual([]);
  });

  test('it stands at the variable, in a map and in a list', () => {
    expect(lineOf(app('environment:\n  A: x\n  B: y').one('variable', 'B'), 'variable.secretKind')).toBe('compose.yaml:7');
    expect(lineOf(app('environment:\n  - A=x\n  - B=y').one('variable', 'B'), 'variable.secretKind')).toBe('compose.yaml:7');
  });

  test.each<[string, string, boolean | undefined]>([
    ['plain TCP', '{DOCKER_HOST: "tcp://docker:2375"}', true],
    ['from the caller', '{DOCKER_HOST: null}', UNKNOWN],
    ['TLS', '{DOCKER_HOST: "tcp://docker:2376"}', false],
  ])('Docker’s API: %s', (_, environment, expected) => {
    expect(app(`environment: ${environment}`).fact('variable.opensDockerApi')).toBe(expected);
  });
});

describe('commands', () => {
  test.each<[string, string, string, string]>([
    ['text', 'command: redis-server --requirepass hunter2', 'command', 'value of --requirepass'],
    ['a list', 'command: [redis-server, --requirepass, hunter2]', 'command[2]', 'value of --requirepass'],
    ['an entrypoint', 'entrypoint: [app, --password=hunter2]', 'entrypoint[1]', 'value of --password'],
    ['a health check', 'healthcheck: {test: [CMD, redis-cli, -a, hunter2, ping]}', 'healthcheck[3]', 'value of -a'],
    ['a health check in a shell', 'healthcheck: {test: [CMD-SHELL, "PGPASSWORD=hunter2 psql"]}', 'healthcheck[1]', 'value of PGPASSWORD'],
    ['a variable', 'command: [redis-server, --requirepass, "${UNSET}"]', 'command[2]', ''],
    ['an item before it that is no text', 'command: [{toString: 1}, hunter2]', 'command[1]', ''],
  ])('%s', (_, fields, part, secretKind) => {
    expect(app(fields).fact('argument.secretKind', part)).toBe(secretKind);
  });

  test('a flag at the end of entrypoint, its value in command', () => {
    expect(app('entrypoint: [app, --password]\ncommand: [hunter2]').fact('argument.secretKind', 'command[0]')).toBe('value of --password');
  });

  test('what comes out empty', () => {
    expect(app('command: [app, "${X:-}"]').fact('argument.emptyInterpolations', 'command[1]')).toEqual(['X']);
    expect(app('command: app ${X}').fact('argument.emptyInterpolations', 'command')).toBe(UNKNOWN);
  });
});

describe('env files', () => {
  const files = { 'compose.yaml': composeText('image: a:1\nenv_file: [a.env, conf/b.env]'), 'a.env': 'DB_PASSWORD=hunter2\nLOG=info\n', 'conf/b.env': 'DB_PASSWORD=hunter3\n' };
  const subjects = compose(files);

  test('every entry of every file is one', () => {
    expect(subjects.of('entry').map((entry) => `${entry.identity().part}: ${(entry.facts as { secretKind?: string }).secretKind}`)).toEqual([
      'a.env DB_PASSWORD: value of a secret name',
      'a.env LOG: ',
      'conf/b.env DB_PASSWORD: value of a secret name',
    ]);
  });

  test('it stands in its own file', () => {
    expect(lineOf(subjects.one('entry', 'a.env LOG'), 'entry.key')).toBe('a.env:2');
  });

  test('nothing of them is in a fact', () => {
    expect(
      JSON.stringify(
        subjects.all.map(({ facts }) => facts),
        (_, value) => (typeof value === 'bigint' ? String(value) : value),
      ),
    ).not.toMatch(/hunter/);
  });
});

describe('images', () => {
  test.each<[string, Files, Record<string, unknown>]>([
    ['an image', { 'compose.yaml': composeText('image: redis:8') }, { reference: 'redis:8', isBuiltHere: false, runsAsRoot: UNKNOWN }],
    ['built here', { 'compose.yaml': composeText('build: .'), Dockerfile: 'FROM a:1\nUSER 7' }, { reference: '', isBuiltHere: true, runsAsRoot: false, isTagMoving: UNKNOWN }],
    [
      'built here and named',
      { 'compose.yaml': composeText('build: .\nimage: shop/app:1'), Dockerfile: 'FROM a:1' },
      { reference: 'shop/app:1', isBuiltHere: true, isTagMoving: false },
    ],
    [
      'built in a folder',
      { 'compose.yaml': composeText('build: {context: ./app, dockerfile: Dockerfile.prod}'), 'app/Dockerfile.prod': 'FROM a:1\nUSER 7' },
      { isBuiltHere: true, runsAsRoot: false },
    ],
    ['a target', { 'compose.yaml': composeText('build: {context: ., target: dev}'), Dockerfile: 'FROM a:1 AS dev\nUSER root\nFROM a:1\nUSER 7' }, { runsAsRoot: true }],
    ['an argument', { 'compose.yaml': composeText('build: {context: ., args: {UID: 7}}'), Dockerfile: 'FROM a:1\nARG UID\nUSER $UID' }, { runsAsRoot: false }],
  ])('%s', (_, files, expected) => {
    expect(compose(files).facts('image', Object.keys(expected))).toEqual(expected);
  });

  test('a build whose Dockerfile was not seen has a container all the same', () => {
    const subjects = compose(composeText('build: ./gone'));
    expect(subjects.of('image')).toHaveLength(0);
    expect(subjects.fact('container.runsAsRoot')).toBe(UNKNOWN);
    expect(subjects.one('container').absence('image.isTagMoving').because).toMatch(/built/);
  });
});

describe('workspace', () => {
  test.each<[string, string, string | undefined, boolean | undefined]>([
    ['none', 'tty: false', '', false],
    ['an argument', 'command: agent --workspace=/root', '/root', false],
    ['an argument of its own', 'entrypoint: [agent]\ncommand: [--workspace, /work]\nvolumes: ["work:/work"]', '/work', true],
    ['a variable of whoever starts it', 'environment: [WORKSPACE]', UNKNOWN, UNKNOWN],
    ['a label', 'labels: {seaworthy.dev/workspace: /work}\nvolumes: ["work:/work"]', '/work', true],
    ['a label in a list', 'labels: [seaworthy.dev/workspace=/work]\nvolumes: ["work:/work"]', '/work', true],
    ['a variable', 'environment: {AGENT_WORKSPACE: /work}\nvolumes: ["work:/work"]', '/work', true],
    ['in memory', 'environment: {WORKSPACE: /work/a}\ntmpfs: /work', '/work/a', true],
    ['of the host', 'environment: {WORKSPACE: /work}\nvolumes: ["./src:/work"]', '/work', false],
    ['the host’s inside of a good one', 'environment: {WORKSPACE: /work/a}\nvolumes: ["work:/work", "./src:/work/a"]', '/work/a', false],
    ['read-only', 'environment: {WORKSPACE: /work}\nvolumes: ["work:/work:ro"]', '/work', false],
    ['code', 'environment: {WORKSPACE: /app}\nvolumes: ["work:/app"]', '/app', false],
    ['code in disguise', 'environment: {WORKSPACE: /app/}\nvolumes: ["work:/app"]', '/app/', false],
    ['no mount', 'environment: {WORKSPACE: /work}', '/work', false],
  ])('%s', (_, fields, workspace, isWorkspaceConfined) => {
    expect(app(fields).facts('container', ['workspace', 'isWorkspaceConfined'])).toEqual({ workspace, isWorkspaceConfined });
  });

  test('in an env file, which environment beats', () => {
    const files = { 'compose.yaml': composeText('image: a:1\nenv_file: a.env'), 'a.env': 'WORKSPACE=/root\n' };
    expect(compose(files).fact('container.workspace')).toBe('/root');
    expect(compose({ ...files, 'compose.yaml': composeText('image: a:1\nenv_file: a.env\nenvironment: {WORKSPACE: /work}') }).fact('container.workspace')).toBe('/work');
  });
});

test('what an env file says of Docker’s API counts unless environment says otherwise', () => {
  const files = { 'compose.yaml': composeText('image: a:1\nenv_file: a.env'), 'a.env': 'A=1\nDOCKER_HOST=tcp://docker:2375\n' };
  expect(compose(files).fact('variable.opensDockerApi')).toBe(true);
  expect(lineOf(compose(files).one('variable'), 'variable.opensDockerApi')).toBe('a.env:2');
  const other = composeText('image: a:1\nenv_file: a.env\nenvironment: {DOCKER_HOST: "unix:///run/docker.sock"}');
  expect(compose({ ...files, 'compose.yaml': other }).fact('variable.opensDockerApi')).toBe(false);
});
