import { InputError } from '../errors.ts';

/** The Kubernetes version that sentences are judged for. */
export class KubeVersion {
  readonly major: bigint;
  readonly minor: bigint;

  constructor(major: number, minor: number) {
    this.major = BigInt(major);
    this.minor = BigInt(minor);
  }

  toString(): string {
    return `${this.major}.${this.minor}`;
  }
}

/** The newest version that the rules here know. */
export const LATEST_KUBERNETES = new KubeVersion(1, 37);

/** `1.30`, `v1.30` or `1.30.4`; the latest where nothing is said. */
export function parseKubeVersion(text: string | undefined): KubeVersion {
  if (text === undefined || text === 'latest') return LATEST_KUBERNETES;
  const match = /^v?(\d+)\.(\d+)(?:\.\d+\S*)?$/.exec(text);
  if (match === null || match[1] !== '1') throw new InputError(`--kube-version ${text}: write it as 1.30`);
  return new KubeVersion(Number(match[1]), Number(match[2]));
}
