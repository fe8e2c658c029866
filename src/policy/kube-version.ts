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

/** The oldest of the versions that clusters tell, as far as it is known; the latest where none does. */
export function kubeVersionOf(told: Iterable<string> = []): KubeVersion {
  const minors = [...told].flatMap((version) => {
    const minor = /^v1\.(\d{1,3})\./.exec(version)?.[1];
    return minor === undefined ? [] : [Number(minor)];
  });
  return minors.length === 0 ? LATEST_KUBERNETES : new KubeVersion(1, Math.min(...minors, Number(LATEST_KUBERNETES.minor)));
}
