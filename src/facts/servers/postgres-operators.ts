import type { PostgresFamily, ServerInputs } from './inputs.ts';
import { type Source, seen, unseen } from './known.ts';
import type { EntryPointStart } from './launch.ts';
import { type MadeLine, makeFile, type Prepared } from './postgres-prepared.ts';
import type { Parameter } from './postgres-settings.ts';

const FOLDER = '/operator';

/** What an operator makes of its custom resource: rules and parameters of its own around those of the user. */
export function prepareOperator(
  start: EntryPointStart,
  family: PostgresFamily,
  inputs: ServerInputs<PostgresFamily>,
  records: readonly string[],
  values: readonly string[],
  major: number | undefined,
  superuserPassword: string | undefined,
): Prepared {
  const files = start.files.copy();
  const own: Source = { input: 'default', of: OPERATORS[family] ?? 'the operator' };
  const made = (texts: readonly string[]): MadeLine[] => texts.map((text) => ({ text, source: own }));
  const given: MadeLine[] = records.map((text, index) => ({ text, source: { input: 'record', index } }));
  const password = major !== undefined && major < 14 ? 'md5' : 'scram-sha-256';
  const hbaFile = `${FOLDER}/pg_hba.conf`;
  files.write(hbaFile, makeFile(rulesOf(family, given, made, password)));
  const fixed = [
    { name: 'listen_addresses', value: '*', source: own },
    { name: 'ssl', value: 'on', source: own },
  ];
  const settings = (inputs.settings ?? []).map(({ name }, index): Parameter => ({ name: name.toLowerCase(), value: values[index] ?? '', source: { input: 'setting', index } }));
  // CloudNativePG refuses to have the encryption of its sockets set; the others let the user have the last word.
  const parameters = family === 'cloudnative-pg' ? [...settings, ...fixed] : [...fixed, ...settings];
  files.write(`${FOLDER}/postgresql.conf`, makeFile([]));
  return {
    files,
    dataFolder: FOLDER,
    configFile: `${FOLDER}/postgresql.conf`,
    hbaFile,
    parameters,
    holes: [],
    words: [],
    superuser: seen('postgres', own),
    password:
      superuserPassword !== undefined
        ? seen(superuserPassword, own)
        : unseen('the operator makes the password', 'scan what holds it, too: its Secret or file; of a cluster, --read-secrets reads Secrets', own),
    faults: [],
  };
}

const OPERATORS: Partial<Readonly<Record<PostgresFamily, string>>> = { 'cloudnative-pg': 'CloudNativePG', zalando: "Zalando's operator", crunchy: "Crunchy's operator" };

function rulesOf(family: PostgresFamily, given: readonly MadeLine[], made: (texts: readonly string[]) => MadeLine[], password: string): MadeLine[] {
  switch (family) {
    case 'cloudnative-pg':
      return [
        ...made([
          'local all all peer map=local',
          'hostssl postgres streaming_replica all cert',
          'hostssl replication streaming_replica all cert',
          'hostssl all cnpg_pooler_pgbouncer all cert',
        ]),
        ...given,
        ...made([`host all all all ${password}`]),
      ];
    case 'crunchy':
      return [
        ...made(['local all "postgres" peer', 'hostssl replication "_crunchyrepl" all cert', 'hostssl "postgres" "_crunchyrepl" all cert', 'host all "_crunchyrepl" all reject']),
        ...(given.length > 0 ? given : made(['hostssl all all all md5'])),
      ];
    default:
      // Spilo's own rules count only where the resource has none.
      if (given.length > 0) return [...given];
      return made([
        'local all all trust',
        'hostssl all +zalandos 127.0.0.1/32 pam',
        'host all all 127.0.0.1/32 md5',
        'hostssl all +zalandos ::1/128 pam',
        'host all all ::1/128 md5',
        'local replication standby trust',
        'hostssl replication standby all md5',
        'hostnossl all all all reject',
        'hostssl all +zalandos all pam',
        'hostssl all all all md5',
      ]);
  }
}
