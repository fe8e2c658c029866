import { readStunnelConf, type StunnelOption } from '../../../server-config/stunnel-conf.ts';
import type { Verification } from '../../connections/address.ts';
import { linesOf, type MountedFile, type Program } from '../program.ts';
import { askOf, type Entrance, type HopReading, isHostName, lineAt, type Onward, unreadHop } from './hop.ts';

const LOOKS = 'look at its services';
const USUAL = /(?:^|\/)stunnel[\w.-]{0,40}\.conf$|^\/etc\/stunnel\/(?:conf\.d\/)?[\w.-]{1,60}\.conf$/;

/** The services of a stunnel: TLS on one side of each, and plain text on the other. */
export function readStunnel({ texts, mounted }: Program): HopReading {
  const named = [...(texts.command ?? []), ...(texts.arguments ?? [])].map(({ text }) => text.marked).filter((word) => /^\/[\w./-]{1,200}\.conf$/.test(word));
  const files = mounted.files.filter(({ path }) => (named.length === 0 ? USUAL.test(path) : named.includes(path)));
  if (files.length === 0 || files.some((file) => linesOf(file) === undefined))
    return unreadHop('stunnel stands between, and its configuration is not part of this scan', 'scan the ConfigMap or file that holds its services');
  const entrances: Entrance[] = [];
  for (const file of files) {
    const conf = readStunnelConf(file.text ?? '');
    const further = conf.includes.flatMap(({ folder }) => mounted.files.filter(({ path }) => path.startsWith(`${folder.replace(/\/+$/, '')}/`)));
    if (conf.includes.length > 0 && (further.length === 0 || further.some((other) => linesOf(other) === undefined)))
      return unreadHop('stunnel stands between, and files that its configuration includes are not part of this scan', 'scan them, too');
    for (const [own, { services, isCut }] of [[file, conf] as const, ...further.map((other) => [other, readStunnelConf(other.text ?? '')] as const)]) {
      if (isCut) return unreadHop('stunnel stands between, and its configuration has more services than are followed', LOOKS);
      entrances.push(...services.map(({ name, options }) => serviceOf(name, options, own)));
    }
  }
  return { entrances };
}

function serviceOf(name: string, options: readonly StunnelOption[], file: MountedFile): Entrance {
  const last = (key: string): StunnelOption | undefined => options.findLast((option) => option.name === key);
  const isClient = isYes(last('client'));
  const accept = last('accept');
  const { port } = endOf(accept?.value ?? '');
  const connects = options.filter((option) => option.name === 'connect');
  const onward = connects.map((option): Onward => {
    const { host, port: target, isSocket } = endOf(option.value);
    return {
      host: isSocket ? undefined : host === undefined ? 'localhost' : isHostName(host) ? host : undefined,
      port: target,
      isSocket,
      ...(isClient
        ? clientTls(last, options, file)
        : { tls: askOf('never', 'none', 'stunnel takes TLS off here, and goes on without it', ['client']), places: placesOf(last('client'), file) }),
      source: `${file.path} ${name}`,
      place: lineAt(file, option.line),
      isSecret: file.isSecret,
    };
  });
  const place = lineAt(file, accept?.line ?? options.at(-1)?.line ?? 1);
  return {
    kind: 'relay',
    ports: port === undefined ? [] : [port],
    endsTls: !isClient,
    onward,
    family: last('protocol')?.value.toLowerCase() === 'pgsql' ? 'postgres' : undefined,
    places: [place],
  };
}

/** Nothing is checked unless it is asked for (stunnel(8), verifyChain, verifyPeer, checkHost). */
function clientTls(last: (key: string) => StunnelOption | undefined, options: readonly StunnelOption[], file: MountedFile): Pick<Onward, 'tls' | 'places'> {
  const old = last('verify');
  const level = Number(old?.value ?? '0');
  const pins = isYes(last('verifypeer')) || level >= 3;
  const checksChain = isYes(last('verifychain')) || level === 2;
  const shared = last('psksecrets');
  const checksName = options.some((option) => option.name === 'checkhost' || option.name === 'checkip');
  const verification: Verification = pins || shared !== undefined || (checksChain && checksName) ? 'name' : checksChain ? 'authority' : 'none';
  const says = {
    none: 'does not check the certificate: verifyChain and verifyPeer are not set',
    authority: 'checks who issued the certificate, and for lack of checkHost not whom it is for',
    name: 'checks the certificate',
  }[verification];
  // It does not start with the one and without the other.
  const refusal = checksName && !pins && !checksChain && shared === undefined ? 'stunnel wants verifyChain or verifyPeer where checkHost is set' : undefined;
  const decided = [last('verifychain'), last('verifypeer'), old, last('checkhost'), shared, last('client')].filter((option) => option !== undefined);
  return {
    tls: {
      ...askOf(
        'always',
        verification,
        `stunnel insists on TLS and ${says}`,
        decided.map(({ name }) => name),
      ),
      refusal,
    },
    places: new Map(decided.map((option) => [option.name, lineAt(file, option.line)])),
  };
}

function placesOf(option: StunnelOption | undefined, file: MountedFile): Onward['places'] {
  return option === undefined ? new Map() : new Map([[option.name, lineAt(file, option.line)]]);
}

function isYes(option: StunnelOption | undefined): boolean {
  return option?.value.toLowerCase() === 'yes';
}

/** Names of /etc/services. */
const SERVICES: Readonly<Record<string, number>> = { postgresql: 5432, redis: 6379 };

/** `[host:]port`, or the path of a socket. */
function endOf(text: string): Pick<Onward, 'host' | 'port' | 'isSocket'> {
  if (text.startsWith('/')) return { host: undefined, port: undefined, isSocket: true };
  const colon = text.lastIndexOf(':');
  const end = text.slice(colon + 1);
  const port = /^\d{1,5}$/.test(end) ? Number(end) : Object.hasOwn(SERVICES, end) ? SERVICES[end] : undefined;
  const host = colon === -1 ? '' : text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host: host === '' ? undefined : host, port, isSocket: false };
}
