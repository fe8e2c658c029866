import type { App, Posture } from './app.ts';
import type { NodeMap } from './yaml.ts';

/** How likely an owner of each posture sets a thing. Read column by column, these are five kinds of teams. */
// biome-ignore format: the columns are the point
const odds = {
  nonRoot:        { hardened: 0.98, careful: 0.75, usual: 0.25, careless: 0.04, node: 0 },
  seccomp:        { hardened: 0.97, careful: 0.55, usual: 0.08, careless: 0.01, node: 0.1 },
  noEscalation:   { hardened: 0.98, careful: 0.72, usual: 0.28, careless: 0.04, node: 0.1 },
  dropAll:        { hardened: 0.97, careful: 0.62, usual: 0.18, careless: 0.02, node: 0.1 },
  readOnlyRoot:   { hardened: 0.92, careful: 0.42, usual: 0.1, careless: 0.01, node: 0.1 },
  memoryLimit:    { hardened: 0.99, careful: 0.93, usual: 0.75, careless: 0.3, node: 0.6 },
  cpuLimit:       { hardened: 0.9, careful: 0.68, usual: 0.5, careless: 0.2, node: 0.3 },
  requests:       { hardened: 0.99, careful: 0.95, usual: 0.85, careless: 0.4, node: 0.8 },
  probes:         { hardened: 0.97, careful: 0.9, usual: 0.72, careless: 0.3, node: 0.4 },
  withholdToken:  { hardened: 0.92, careful: 0.5, usual: 0.12, careless: 0.01, node: 0 },
  digest:         { hardened: 0.55, careful: 0.12, usual: 0.02, careless: 0, node: 0.05 },
  latest:         { hardened: 0, careful: 0.02, usual: 0.09, careless: 0.3, node: 0.05 },
  secretInPlain:  { hardened: 0, careful: 0.01, usual: 0.06, careless: 0.25, node: 0.02 },
  secretAsFile:   { hardened: 0.55, careful: 0.2, usual: 0.05, careless: 0, node: 0 },
  tls:            { hardened: 0.97, careful: 0.8, usual: 0.4, careless: 0.1, node: 0.5 },
  networkPolicy:  { hardened: 0.6, careful: 0.2, usual: 0.04, careless: 0, node: 0 },
  ownAccount:     { hardened: 0.55, careful: 0.25, usual: 0.12, careless: 0.06, node: 0.9 },
  root:           { hardened: 0, careful: 0.02, usual: 0.06, careless: 0.2, node: 0.5 },
  privileged:     { hardened: 0, careful: 0, usual: 0.008, careless: 0.05, node: 0.6 },
  addsCapability: { hardened: 0.05, careful: 0.08, usual: 0.06, careless: 0.08, node: 0.7 },
} satisfies Record<string, Record<Posture, number>>;

export function likes(app: App, setting: keyof typeof odds): boolean {
  return app.random.chance(odds[setting][app.posture]);
}

/** The pod's part. Half of those who care set ids here, the others on each container; some on both. */
export function podSecurity(app: App, isAgent: boolean): NodeMap | undefined {
  const { random, stack } = app;
  const context: NodeMap = {};
  if (likes(app, 'nonRoot') && random.chance(0.7)) {
    context['runAsNonRoot'] = true;
    if (random.chance(0.7)) context['runAsUser'] = stack.user;
    if (random.chance(0.4)) context['runAsGroup'] = stack.user;
  }
  if (random.chance(0.3)) context['fsGroup'] = stack.user;
  if (context['fsGroup'] !== undefined && random.chance(0.3)) context['fsGroupChangePolicy'] = 'OnRootMismatch';
  if (likes(app, 'seccomp') && random.chance(0.75)) context['seccompProfile'] = { type: 'RuntimeDefault' };
  // Refused together with the network of the host, which agents use.
  if (!isAgent && random.chance(0.01)) context['sysctls'] = [{ name: random.pick(['net.core.somaxconn', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies']), value: '1' }];
  if (random.chance(0.02)) context['supplementalGroups'] = [random.int(2000, 4000)];
  return Object.keys(context).length === 0 ? undefined : context;
}

/** The container's part, and whether the program can write to its root file system. */
export function containerSecurity(app: App, user: number): { context: NodeMap | undefined; isReadOnly: boolean } {
  const { random } = app;
  const isPrivileged = likes(app, 'privileged');
  const adds = likes(app, 'addsCapability')
    ? random.some(
        app.posture === 'node' ? ['NET_ADMIN', 'SYS_PTRACE', 'BPF', 'DAC_READ_SEARCH', 'NET_RAW'] : ['NET_BIND_SERVICE', 'CHOWN', 'SYS_NICE', 'IPC_LOCK'],
        random.int(1, 2),
      )
    : [];
  const drops = likes(app, 'dropAll') ? ['ALL'] : random.chance(0.03) ? ['NET_RAW', 'MKNOD'] : [];
  const isReadOnly = likes(app, 'readOnlyRoot');
  const context: NodeMap = {};
  // The API server refuses a privileged container that also forbids privilege escalation.
  if (isPrivileged) context['privileged'] = true;
  else if (likes(app, 'noEscalation')) context['allowPrivilegeEscalation'] = false;
  else if (random.chance(0.03)) context['allowPrivilegeEscalation'] = true;
  if (!isPrivileged && random.chance(0.1)) context['privileged'] = false;
  if (isReadOnly) context['readOnlyRootFilesystem'] = true;
  else if (random.chance(0.05)) context['readOnlyRootFilesystem'] = false;
  if (likes(app, 'root')) context['runAsUser'] = 0;
  else if (likes(app, 'nonRoot') && random.chance(0.65)) {
    context['runAsNonRoot'] = true;
    if (random.chance(0.7)) context['runAsUser'] = user;
  }
  if (adds.length + drops.length > 0) context['capabilities'] = { add: adds.length > 0 ? adds : undefined, drop: drops.length > 0 ? drops : undefined };
  if (likes(app, 'seccomp') && random.chance(0.5)) context['seccompProfile'] = { type: 'RuntimeDefault' };
  else if (random.chance(0.004)) context['seccompProfile'] = { type: 'Unconfined' };
  if (random.chance(0.01)) context['appArmorProfile'] = { type: 'RuntimeDefault' };
  return { context: Object.keys(context).length === 0 ? undefined : context, isReadOnly };
}
