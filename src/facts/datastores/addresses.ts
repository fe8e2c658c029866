/** How far an address reaches, by itself (RFC 1918, 4193, 6598, 3927 and the IANA registries of special addresses). */
export type Reach = 'loopback' | 'private' | 'public' | 'any';

/** Undefined where it is a name and no address. */
export function reachOf(host: string): Reach | undefined {
  const text = host.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return reachOf4(text.split('.').map(Number));
  if (/^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/i.test(text)) return reachOf6(text.toLowerCase());
  return /^(?:localhost|localhost\.localdomain|ip6-localhost|[\w-]{1,63}\.localhost)\.?$/i.test(host) ? 'loopback' : undefined;
}

function reachOf4([a = 0, b = 0]: readonly number[]): Reach {
  if (a === 127) return 'loopback';
  if (a === 0) return 'any';
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254)) return 'private';
  return 'public';
}

function reachOf6(text: string): Reach {
  if (text === '::1' || text === '0:0:0:0:0:0:0:1') return 'loopback';
  if (text === '::') return 'any';
  const mapped = /^(?:::|(?:0{1,4}:){5})ffff:(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text)?.[1];
  if (mapped !== undefined) return reachOf4(mapped.split('.').map(Number));
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (hex !== null) {
    const high = Number.parseInt(hex[1] ?? '', 16);
    return reachOf4([high >> 8, high & 255]);
  }
  // Unique local (fc00::/7) and link-local (fe80::/10).
  return /^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/.test(text) ? 'private' : 'public';
}

/** A datastore that a provider runs, as its host name tells. */
export interface Managed {
  readonly provider: string;
  /** Whether the name itself says that it is a private endpoint. */
  readonly isPrivate: boolean;
}

const MANAGED: readonly (readonly [RegExp, string])[] = [
  [/\.(?:rds|rds-preview)\.amazonaws\.com(?:\.cn)?$|\.dsql\.[a-z0-9-]{1,30}\.on\.aws$/, 'Amazon RDS'],
  [/\.cache\.amazonaws\.com(?:\.cn)?$|\.memorydb\.[a-z0-9-]{1,30}\.amazonaws\.com$/, 'Amazon ElastiCache'],
  [/\.redshift(?:-serverless)?\.amazonaws\.com$/, 'Amazon Redshift'],
  [/\.postgres(?:hsc)?\.database\.(?:azure\.com|chinacloudapi\.cn|usgovcloudapi\.net)$|\.postgres\.cosmos\.azure\.com$/, 'Azure Database for PostgreSQL'],
  [/\.redis\.cache\.windows\.net$|\.redis(?:enterprise)?\.azure\.net$|\.redisenterprise\.cache\.azure\.net$/, 'Azure Cache for Redis'],
  [/\.sql\.goog$/, 'Google Cloud SQL'],
  [/\.upstash\.io$/, 'Upstash'],
  [/\.(?:redislabs|redis-cloud|redns\.redis-cloud)\.com$|\.rlrcp\.com$/, 'Redis Cloud'],
  [/\.supabase\.(?:co|com|net)$|\.pooler\.supabase\.com$/, 'Supabase'],
  [/\.neon\.(?:tech|build)$/, 'Neon'],
  [/\.db\.ondigitalocean\.com$/, 'DigitalOcean'],
  [/\.aivencloud\.com$/, 'Aiven'],
  [/\.(?:compute-1\.amazonaws|herokuapp|heroku)\.com$/, 'Heroku'],
  [/\.render\.com$/, 'Render'],
  [/\.(?:railway\.app|rlwy\.net)$/, 'Railway'],
  [/\.psdb\.cloud$|\.pg\.psdb\.cloud$/, 'PlanetScale'],
  [/\.tsdb\.cloud\.timescale\.com$/, 'Timescale Cloud'],
  [/\.cockroachlabs\.cloud$/, 'CockroachDB Cloud'],
  [/\.crunchybridge\.com$/, 'Crunchy Bridge'],
  [/\.elephantsql\.com$/, 'ElephantSQL'],
  [/\.databases\.appdomain\.cloud$/, 'IBM Cloud Databases'],
  [/\.(?:rds|redis)\.aliyuncs\.com$/, 'Alibaba Cloud'],
  [/\.fly\.dev$/, 'Fly.io'],
];

export function managedBy(host: string): Managed | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  const provider = MANAGED.find(([pattern]) => pattern.test(name))?.[1];
  return provider === undefined ? undefined : { provider, isPrivate: hasPrivateName(name) };
}

/** Names that by their zone can only be reached from inside. */
export function hasPrivateName(host: string): boolean {
  return /\.(?:internal|local|lan|intranet|corp|home\.arpa|private)$|\.privatelink\.|(?:^|[.-])vpce(?:[.-]|$)/i.test(host.replace(/\.$/, ''));
}
