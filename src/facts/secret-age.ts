import type { Resource } from '../model/inventory.ts';
import { field, isObject, listAt, objectAt, stringAt } from './read.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Controllers that renew what they write: how old their object is says nothing. */
const RENEWING_OWNERS = new Set(['ExternalSecret', 'Certificate', 'VaultStaticSecret', 'VaultDynamicSecret']);
const NO_CREDENTIALS = new Set(['kubernetes.io/service-account-token', 'helm.sh/release.v1', 'bootstrap.kubernetes.io/token']);

/**
 * Days since the data of a Secret was written; null where the API server has not noted it. Making the object anew with the same
 * value makes it young again: this is the least age that it may have.
 */
export function secretAge({ value }: Resource): bigint | null {
  const metadata = objectAt(value, 'metadata');
  const created = Date.parse(stringAt(metadata, 'creationTimestamp'));
  if (Number.isNaN(created) || NO_CREDENTIALS.has(stringAt(value, 'type')) || isRenewed(metadata)) return null;
  const written = listAt(metadata, 'managedFields').flatMap((entry) => {
    const isOfData = isObject(entry) && field(objectAt(entry, 'fieldsV1'), 'f:data') !== undefined;
    const time = isOfData ? Date.parse(stringAt(entry, 'time')) : Number.NaN;
    return Number.isNaN(time) ? [] : [time];
  });
  return BigInt(Math.max(0, Math.floor((Date.now() - Math.max(created, ...written)) / DAY)));
}

function isRenewed(metadata: Parameters<typeof objectAt>[0]): boolean {
  const isOwned = listAt(metadata, 'ownerReferences').some((owner) => isObject(owner) && RENEWING_OWNERS.has(stringAt(owner, 'kind')));
  const labels = objectAt(metadata, 'labels');
  const annotations = objectAt(metadata, 'annotations');
  return isOwned || stringAt(labels, 'reconcile.external-secrets.io/managed') === 'true' || stringAt(annotations, 'cert-manager.io/certificate-name') !== '';
}
