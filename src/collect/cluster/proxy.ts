import type { Environment } from './kubeconfig.ts';

/** The proxy that the environment names for an address, as curl and kubectl read it. */
export function proxyFor(server: string, environment: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const named = protocol === 'https:' ? (environment['HTTPS_PROXY'] ?? environment['https_proxy']) : (environment['HTTP_PROXY'] ?? environment['http_proxy']);
  if (named === undefined || named === '' || isExempt(hostname, port, environment['NO_PROXY'] ?? environment['no_proxy'] ?? '')) return undefined;
  return named.includes('://') ? named : `http://${named}`;
}

function isExempt(host: string, port: string, exemptions: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '::1' || bare.startsWith('127.')) return true;
  return exemptions
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((item) => item !== '')
    .some((item) => {
      if (item === '*') return true;
      const network = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(item);
      if (network !== null) return isInside(bare, network[1] ?? '', Number(network[2]));
      const [, name = item, itsPort = ''] = /^(.*):(\d+)$/.exec(item) ?? [];
      if (itsPort !== '' && itsPort !== port) return false;
      const domain = name.replace(/^\*?\./, '');
      // `.example.com` is for what is below it, `example.com` for itself as well.
      return bare.endsWith(`.${domain}`) || (bare === domain && domain === name);
    });
}

function isInside(host: string, network: string, bits: number): boolean {
  const asNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(host)) return false;
  const size = 2 ** (32 - bits);
  return Math.floor(asNumber(host) / size) === Math.floor(asNumber(network) / size);
}
