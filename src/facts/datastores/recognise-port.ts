import { unseen } from '../servers/known.ts';
import type { Server } from './datastore.ts';
import type { Network } from './network.ts';
import type { Program } from './program.ts';
import { type Engine, type Recognised, recogniseHop } from './recognise.ts';
import { serverOf } from './servers.ts';

const PORTS: ReadonlyMap<number, Engine> = new Map([
  [5432, 'postgres'],
  [6379, 'redis'],
]);

/** What listens at such a port and is no server of the kind: what passes on to one, and what speaks its language only. */
const OTHERS =
  /proxy|prox[iy]|gateway|router|ingress|nginx|traefik|socat|tunnel|forward|bastion|ssh|tailscale|teleport|boundary|bouncer|pool|supavisor|odyssey|pgcat|exporter|admin|commander|insight|cockroach|crate|questdb|yugabyte|materialize|risingwave|greptime|h2|mock|fake|toxi|wait|netcat|busybox|sentinel|webdis|console|operator|backup|immudb|envoy|wireguard|openvpn|pomerium|linkerd|istio|(?:^|[/_-])(?:gost|kong|apisix|caddy|consul|nomad|frpc?|frps)(?:$|[/_-])/;

/** What looks at a server, or is a page for it: it serves nobody in the server's place. */
const ONLOOKERS = /exporter|(?:^|[/_-])(?:pg-?admin\d?|adminer|commander|insight|redisinsight|phpredisadmin|rebrow|pgweb|cloudbeaver|dbgate|pghero)(?:$|[/_-])|redis-commander/;

/** By its image, or because it is gone when the others run. */
export function isOnlooker({ image, role }: Program): boolean {
  return role === 'init' || role === 'ephemeral' || ONLOOKERS.test(image.repository.toLowerCase());
}

/**
 * A server told by its port alone: the container says that it listens there, and a Service leads to it. Nothing but that is known of
 * it: its image may be anybody's.
 */
export function recogniseByPort(program: Program, network: Network): Recognised | undefined {
  const found = program.ports.find((port) => PORTS.has(port));
  const engine = found === undefined ? undefined : PORTS.get(found);
  if (engine === undefined || found === undefined || program.role === 'init' || program.role === 'ephemeral' || /^(?:Job|CronJob)$/.test(program.ownerKind)) return undefined;
  if (OTHERS.test(program.image.repository.toLowerCase()) || OTHERS.test(nameOf(program)) || recogniseHop(program) !== undefined || !network.leadsTo(program, found))
    return undefined;
  return { engine, family: engine === 'redis' ? 'other-redis' : 'other-postgres', version: undefined } as Recognised;
}

function nameOf({ container }: Program): string {
  return ((container.facts as { name?: string }).name ?? '').toLowerCase();
}

/** None of its settings is known: what an image of this name starts, and how, nobody has seen. */
export function serverByPort(program: Program, recognised: Recognised): Server {
  const { engine, server } = serverOf(program, recognised, undefined);
  const unknown = unseen(
    `only its port tells that it is a ${engine} server, and what its image does is not known`,
    'use an image of the project, or scan the configuration together with it',
  );
  return { engine, server: Object.fromEntries(Object.keys(server).map((fact) => [fact, unknown])) } as unknown as Server;
}
