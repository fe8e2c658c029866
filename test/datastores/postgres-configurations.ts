import { newRandom } from './scratch.ts';

/** A way to run a server. `{outer}` stands for an address of the machine beyond loopback, `{folder}` for that of the server. */
export interface PostgresConfiguration {
  readonly name: string;
  readonly hba: string;
  readonly conf?: string;
  readonly words?: readonly string[];
  /** Further files, in the folder of the server. */
  readonly files?: Readonly<Record<string, string>>;
  /** From which version on the server understands it. */
  readonly since?: number;
}

const TLS = "ssl = on\nssl_cert_file = '{folder}/server.crt'\nssl_key_file = '{folder}/server.key'\nssl_ca_file = '{folder}/ca.crt'\n";
const EVERYWHERE = "listen_addresses = '*'\n";
const on = (name: string, hba: string, more: Partial<PostgresConfiguration> = {}): PostgresConfiguration => ({ name, hba: `${hba}\n`, conf: EVERYWHERE + TLS, ...more });

const CASES: readonly PostgresConfiguration[] = [
  on('host for all', 'host all all all scram-sha-256'),
  on('hostssl alone', 'hostssl all all all scram-sha-256'),
  on('hostssl, then host', 'hostssl all all all scram-sha-256\nhost all all all md5'),
  on('hostssl, then hostnossl reject', 'hostssl all all all scram-sha-256\nhostnossl all all all reject\nhost all all all trust'),
  on('hostnossl', 'hostnossl all all all trust'),
  on('ssl off and hostssl', 'hostssl all all all scram-sha-256', { conf: EVERYWHERE }),
  on('ssl off and host', 'host all all all trust', { conf: EVERYWHERE }),
  on('trust below scram is dead', 'host all all 0.0.0.0/0 scram-sha-256\nhost all all ::/0 scram-sha-256\nhost all all all trust'),
  on('trust for one user', 'host all app all trust\nhost all all all scram-sha-256'),
  on('trust for one database', 'host app all all trust\nhost all all all scram-sha-256'),
  on('trust for one range', 'host all all {outer}/32 trust\nhost all all all scram-sha-256'),
  on('reject one range first', 'host all all {outer}/32 reject\nhost all all all trust'),
  on('reject half of the world', 'host all all 0.0.0.0/1 reject\nhost all all 128.0.0.0/1 reject\nhost all all 0.0.0.0/0 trust'),
  on('loopback alone', 'host all all 127.0.0.1/32 trust\nhost all all ::1/128 trust'),
  on('mask in a field of its own', 'host all all 127.0.0.0 255.0.0.0 trust\nhost all all 0.0.0.0 0.0.0.0 md5'),
  on('address without a mask', 'host all all 127.0.0.1 trust'),
  on('samehost', 'host all all samehost trust\nhost all all all reject'),
  on('samenet', 'host all all samenet trust\nhost all all all reject'),
  on('by name', 'host all all localhost trust\nhost all all all md5'),
  on('sameuser', 'host sameuser all all trust\nhost all all all scram-sha-256'),
  on('samerole', 'host samerole all all trust\nhost all all all scram-sha-256'),
  on('group', 'host all +staff all trust\nhost all all all scram-sha-256'),
  on('all in quotes is a name', 'host all "all" all trust\nhost "all" all all trust\nhost all all all password'),
  on('name in quotes', 'host all "app" all trust\nhost all all all password'),
  on('list of users', 'host all tester,app all trust\nhost all all all reject'),
  on('list with blanks', 'host all tester, app all trust\nhost all all all reject'),
  on('replication keyword', 'host replication all all trust\nhost all all all md5'),
  on('all is not replication', 'host all all all trust'),
  on('replication in quotes', 'host "replication" all all trust\nhost all all all md5'),
  on('certificate', 'hostssl all all all cert'),
  on('trust with a certificate', 'hostssl all all all trust clientcert=verify-ca'),
  on('trust with the right certificate', 'hostssl all all all trust clientcert=verify-full'),
  on('scram with a certificate', 'hostssl all all all scram-sha-256 clientcert=verify-full\nhost all all all reject'),
  on('certificate asked of host', 'host all all all trust clientcert=verify-ca'),
  on('cert for host', 'host all all all cert'),
  on('peer over the network', 'host all all all peer'),
  on('local trust', 'local all all trust\nhost all all all scram-sha-256'),
  on('local scram', 'local all all scram-sha-256\nhost all all all scram-sha-256'),
  on('no record at all', '# nothing'),
  on('comment at the end', 'host all all all trust # for now'),
  on('comment glued to a word', 'host all all all trust#for now'),
  on('continued line', 'host all \\\nall all \\\ntrust'),
  on('continued line with a blank after', 'host all all all trust \\ \n', {}),
  on('unknown method', 'host all all all scram'),
  on('unknown type', 'hosts all all all trust'),
  on('upper case', 'HOST all all all trust'),
  on('upper case method', 'host all all all TRUST'),
  on('half a record', 'host all all'),
  on('one bad line among good ones', 'host all all all scram-sha-256\nhost all all 10.0.0.0/33 md5'),
  on('windows line ends', 'host all all all md5\r\nlocal all all trust\r'),
  on('users in a file', 'host all @users all trust\nhost all all all reject', { files: { 'data/users': 'tester, app\n' } }),
  on('file of users that is not there', 'host all @nobody all trust\nhost all all all md5'),
  on('included rules', 'include more.conf\nhost all all all reject', { files: { 'data/more.conf': 'hostssl all all all md5\n' }, since: 16 }),
  on('included folder', 'include_dir rules\nhost all all all reject', {
    files: { 'data/rules/2.conf': 'host all all all trust\n', 'data/rules/1.conf': 'hostnossl all all all reject\n', 'data/rules/0.txt': 'host all all all trust\n' },
    since: 16,
  }),
  on('included rules that are not there', 'include_if_exists none.conf\nhost all all all md5', { since: 16 }),
  on('regular expression', 'host all /^te all trust\nhost all all all reject', { since: 16 }),
  on('listens on loopback', 'host all all all trust', { conf: TLS }),
  on('listens nowhere', 'host all all all trust', { conf: `listen_addresses = ''\n${TLS}` }),
  on('listens on one address', 'host all all all trust', { conf: `listen_addresses = '127.0.0.1'\n${TLS}` }),
  on('argument beats the file', 'host all all all trust', { words: ['-c', 'ssl=off', '-clisten_addresses=127.0.0.1'] }),
  on('long option', 'host all all all trust', { words: ['--ssl=off', '--listen-addresses=*'] }),
  on('-l and -i', 'host all all all trust', { conf: TLS.replace('ssl = on\n', ''), words: ['-l', '-i'] }),
  on('-h', 'host all all all trust', { words: ['-h', 'localhost'] }),
  on('argument without a value', 'host all all all trust', { words: ['-c', 'ssl'] }),
  on('argument that is no option', 'host all all all trust', { words: ['ssl=on'] }),
  on('rules elsewhere', 'host all all all reject', { words: ['-c', 'hba_file={folder}/other.conf'], files: { 'other.conf': 'host all all all trust\n' } }),
  on('configuration elsewhere', 'host all all all trust', {
    words: ['-c', 'config_file={folder}/other.conf'],
    files: { 'other.conf': "listen_addresses = '127.0.0.1'\nssl = 'off'\n" },
  }),
  on('last line wins', 'host all all all trust', { conf: `${EVERYWHERE}${TLS}ssl = off\n` }),
  on('ALTER SYSTEM wins', 'host all all all trust', { files: { 'data/postgresql.auto.conf': 'ssl = off\n' } }),
  on('included configuration', 'host all all all trust', { conf: `${EVERYWHERE}${TLS}include = 'more.conf'\n`, files: { 'data/more.conf': 'ssl = off\n' } }),
  on('included folder of configuration', 'host all all all trust', {
    conf: `${EVERYWHERE}include_dir = 'conf.d'\n`,
    files: { 'data/conf.d/2.conf': TLS, 'data/conf.d/1.conf': 'ssl = off\n', 'data/conf.d/3.bak': 'ssl = off\n' },
  }),
  on('included before', 'host all all all trust', { conf: `include_if_exists 'none.conf'\ninclude 'more.conf'\n${EVERYWHERE}`, files: { 'data/more.conf': TLS } }),
  on('no equals sign, upper case', 'host all all all md5', { conf: `LISTEN_ADDRESSES '*' # everywhere\n${TLS}` }),
  on('value without quotes', 'host all all all md5', { conf: `listen_addresses = localhost\n${TLS}` }),
  on('star without quotes', 'host all all all md5', { conf: 'listen_addresses = *\n' }),
  on('address without quotes', 'host all all all md5', { conf: 'listen_addresses = 127.0.0.1\n' }),
  on('escaped quotes', 'host all all all md5', { conf: `${EVERYWHERE}${TLS}log_line_prefix = 'it''s \\'%m\\' '\n` }),
  on('unknown parameter', 'host all all all md5', { conf: `${EVERYWHERE}sssl = on\n` }),
  on('parameter of an extension', 'host all all all md5', { conf: `${EVERYWHERE}pgaudit.log = 'ddl'\n` }),
  on('short for true', 'host all all all md5', { conf: EVERYWHERE + TLS.replace('ssl = on', 'ssl = tr') }),
  on('one for true', 'host all all all md5', { conf: EVERYWHERE + TLS.replace('ssl = on', 'ssl = 1') }),
  on('timeouts', 'host all all all trust', {
    conf: `${EVERYWHERE}statement_timeout = 30s\nlock_timeout = '5 s'\nidle_in_transaction_session_timeout = 1min\nmax_connections = 42\nlog_statement = ddl\nfsync = off\nlog_min_duration_statement = 250\n`,
  }),
];

/** Records in an order that nobody would write down. */
function generated(count: number): PostgresConfiguration[] {
  const random = newRandom(20261122);
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const lines = Array.from({ length: 1 + random(5) }, () => {
      const type = pick(['local', 'host', 'host', 'hostssl', 'hostssl', 'hostnossl']);
      const database = pick(['all', 'all', 'app', 'replication', 'sameuser', 'tester,app', '"all"']);
      const user = pick(['all', 'all', 'app', 'tester', 'app,tester', '"all"']);
      const address = pick(['all', '0.0.0.0/0', '0.0.0.0/0', '127.0.0.1/32', '127.0.0.0/8', '::1/128', '::/0', '{outer}/32', '{outer}/8', '{outer} 255.255.255.255']);
      const method = pick(['trust', 'reject', 'scram-sha-256', 'md5', 'password', type === 'hostssl' ? 'cert' : 'reject']);
      const option = type === 'hostssl' && method === 'trust' && random(2) === 0 ? ' clientcert=verify-full' : '';
      return `${type} ${database} ${user} ${type === 'local' ? '' : address} ${method}${option}`;
    });
    return { name: `dice ${index + 1}`, hba: `${lines.join('\n')}\n`, conf: pick([EVERYWHERE, "listen_addresses = 'localhost'\n", EVERYWHERE]) + pick([TLS, TLS, '']) };
  });
}

export const POSTGRES_CONFIGURATIONS: readonly PostgresConfiguration[] = [...CASES, ...generated(50)];
