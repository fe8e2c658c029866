import type { JsonObject } from '../../model/json.ts';
import { boolAt, field, isObject, objectAt, stringAt, stringsAt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';

/** Copies whole namespaces by the clock, whatever runs in them. Other projects have a kind of the same name: only these copy. */
interface Copier {
  readonly resource: string;
  readonly group: string;
  readonly kind: string;
  readonly isActive: (spec: JsonObject) => boolean;
  /** Whether it copies a namespace; where that is not told, it copies the one that it is in. */
  readonly reaches?: (spec: JsonObject, namespace: string) => boolean;
}

const COPIERS: readonly Copier[] = [
  { resource: 'velero.io/schedules', group: 'velero.io', kind: 'Schedule', isActive: (spec) => boolAt(spec, 'paused') !== true, reaches: reachOfVelero },
  { resource: 'k8up.io/schedules', group: 'k8up.io', kind: 'Schedule', isActive: (spec) => isObject(field(spec, 'backup')) },
  { resource: 'snapscheduler.backube/snapshotschedules', group: 'snapscheduler.backube', kind: 'SnapshotSchedule', isActive: (spec) => boolAt(spec, 'disabled') !== true },
];

/** Nothing that is included means everything. */
function reachOfVelero(spec: JsonObject, namespace: string): boolean {
  const template = objectAt(spec, 'template');
  const names = (list: string): boolean => stringsAt(template, list).some((name) => name === '*' || name === namespace);
  return (stringsAt(template, 'includedNamespaces').length === 0 || names('includedNamespaces')) && !names('excludedNamespaces');
}

/** Whether something copies a namespace as a whole on a schedule; undefined where such schedules may be that were not seen. */
export function isCopiedAsAWhole(index: UnitIndex, namespace: string): boolean | undefined {
  let answer: boolean | undefined = false;
  for (const { resource, group, kind, isActive, reaches } of COPIERS) {
    for (const schedule of index.all(kind)) {
      const spec = objectAt(schedule.value, 'spec');
      if (!stringAt(schedule.value, 'apiVersion').startsWith(`${group}/`) || !isActive(spec)) continue;
      if (reaches === undefined ? index.namespaceOf(schedule) === namespace : reaches(spec, namespace)) return true;
    }
    // What reaches beyond its own namespace may stand in any.
    if (index.isWithheld(resource, reaches === undefined ? namespace : '')) answer = undefined;
  }
  return answer;
}
