import type { Json, Path } from '../model/json.ts';

/**
 * What compose makes of a string where its model wants another type: `privileged: ${PRIV:-true}` and `privileged: yes` are true.
 * The table is compose-go's own (loader/interpolate.go), and what its decoder reads leniently besides.
 */
export function castScalar(text: string, path: Path): Json {
  const [section, , ...rest] = path;
  const isUlimit = section === 'services' && rest[0] === 'ulimits';
  const pattern = rest.map((step, index) => (typeof step === 'number' || (isUlimit && index === 1) ? '*' : step)).join('.');
  const table = section === 'services' ? SERVICE_CASTS : SECTION_CASTS;
  return table.get(pattern)?.(text) ?? text;
}

type Cast = (text: string) => Json | undefined;

const toBoolean: Cast = (text) => {
  if (/^(?:true|y|yes|on)$/i.test(text)) return true;
  return /^(?:false|n|no|off)$/i.test(text) ? false : undefined;
};

const toInteger: Cast = (text) => {
  if (!/^[-+]?\d{1,19}$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text.replace('+', ''));
};

const toDecimal: Cast = (text) => (/^[-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})$/.test(text) ? Number(text) : undefined);

const SERVICE_CASTS: ReadonlyMap<string, Cast> = new Map([
  ...['privileged', 'read_only', 'init', 'tty', 'stdin_open', 'oom_kill_disable', 'use_api_socket', 'healthcheck.disable'].map((key) => [key, toBoolean] as const),
  ...['volumes.*.read_only', 'volumes.*.volume.nocopy', 'volumes.*.bind.create_host_path'].map((key) => [key, toBoolean] as const),
  ...['cpu_count', 'cpu_period', 'cpu_quota', 'cpu_rt_period', 'cpu_rt_runtime', 'cpu_shares', 'oom_score_adj', 'pids_limit', 'scale'].map((key) => [key, toInteger] as const),
  ...['deploy.replicas', 'deploy.resources.limits.pids', 'deploy.restart_policy.max_attempts', 'deploy.placement.max_replicas_per_node'].map((key) => [key, toInteger] as const),
  ...['deploy.update_config.parallelism', 'deploy.rollback_config.parallelism', 'healthcheck.retries', 'ports.*.target'].map((key) => [key, toInteger] as const),
  ...['configs.*.mode', 'secrets.*.mode', 'ulimits.*', 'ulimits.*.soft', 'ulimits.*.hard'].map((key) => [key, toInteger] as const),
  ...['cpus', 'cpu_percent', 'deploy.update_config.max_failure_ratio', 'deploy.rollback_config.max_failure_ratio'].map((key) => [key, toDecimal] as const),
]);

const SECTION_CASTS: ReadonlyMap<string, Cast> = new Map(['external', 'internal', 'attachable', 'enable_ipv4', 'enable_ipv6'].map((key) => [key, toBoolean]));
