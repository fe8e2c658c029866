import { isSeen, type Known, type Source } from '../../servers/known.ts';
import { bitnamiSentinel, effectiveSentinel, type Sentinel } from '../../servers/sentinel.ts';
import { placesOf } from '../datastore.ts';
import type { Program } from '../program.ts';
import { familyOfImage, versionOf } from '../recognise.ts';
import { inputsOf } from '../servers.ts';
import { type Entrance, type HopReading, unreadHop, type WatchedSet } from './hop.ts';

/** A sentinel: which servers it watches under which name, and what it asks of those who ask it. */
export function readSentinel(program: Program): HopReading {
  const family = familyOfImage(program.image) ?? 'other-redis';
  const inputs = { ...inputsOf(program, versionOf(program.image, family)), family };
  const sentinel: Sentinel = bitnamiSentinel(program.image.repository.toLowerCase(), inputs) ?? effectiveSentinel(inputs);
  const { server, monitors } = sentinel;
  if (!isSeen(monitors)) return unreadHop(`sentinel stands between, and which servers it watches is not known: ${monitors.because}`, monitors.hint);
  const { plaintextPort, tlsPort } = server;
  const ports = [plaintextPort.value, tlsPort.value].filter((port) => port !== undefined && port > 0) as number[];
  const at = (source: Source): WatchedSet['place'] => placesOf([source], program)[0] ?? { resource: program.container.resource, path: [] };
  const entrance: Entrance = {
    kind: 'directory',
    ports: isSeen(plaintextPort) && isSeen(tlsPort) ? ports : [],
    front: {
      accepts: above(plaintextPort),
      offers: above(tlsPort),
      needsNoPassword: server.requiresPassword.value === undefined ? undefined : !server.requiresPassword.value,
      isPooler: false,
      places: placesOf([...plaintextPort.sources, ...tlsPort.sources], program),
      because: 'because' in plaintextPort ? plaintextPort.because : 'because' in tlsPort ? tlsPort.because : '',
    },
    sets: monitors.value.flatMap(({ name, host, port, source }) => (name === undefined ? [] : [{ name, host, port, place: at(source) }])),
  };
  return { entrances: [entrance] };
}

function above(port: Known<number>): boolean | undefined {
  return port.value === undefined ? undefined : port.value > 0;
}
