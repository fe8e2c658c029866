import { testOfNames } from './name-tests.ts';
import type { Program } from './program.ts';

/** Programs that copy a database as a whole. */
export const COPIES = /(?:^|[\s/;&|("'`])(?:pg_dump|pg_dumpall|pg_basebackup|wal-g|pgbackrest|barman|barman-cloud-backup|pgcopydb)(?=$|[\s;&|)"'`])/;
const BACKUP_IMAGES = /(?:^|[/-])(?:postgres-backup(?:-local|-s3)?|pg-?backup|pgdump|db-backup|docker-db-backup|wal-g|pgbackrest|barman)(?:$|-)/;

/** What encrypts, or always does. */
const ENCRYPTS = /(?:^|[\s/;&|("'`])(?:age|rage|gpg2?|restic|borg|kopia|duplicity)(?=$|[\s;&|)"'`])|openssl\s+(?:enc|smime|cms)|--sse(?:=|\s)|cipher-type[=\s]+aes|libsodium/i;
const ENCRYPTING_VARIABLES =
  /^(?:WALG_LIBSODIUM_KEY|WALG_PGP_KEY(?:_PATH)?|WALG_GPG_KEY_ID|WALG_S3_SSE|RESTIC_PASSWORD(?:_FILE)?|PGBACKREST_REPO\d_CIPHER_TYPE|PGBACKREST_REPO\d_CIPHER_PASS|PASSPHRASE|ENCRYPTION_PASSWORD|GPG_RECIPIENT|DB\d{0,2}_ENCRYPT\w{0,30})$/;
/** Stores that may encrypt what they keep, or not. */
const SENDS = /s3:\/\/|gs:\/\/|azblob|\baws\s+s3|\bgsutil\b|\bgcloud\s+storage|\baz\s+storage|\brclone\b|\bmc\s+(?:cp|pipe|mirror)|\bs3cmd\b|WALG?E?_S3_PREFIX|S3_BUCKET/i;

function wordsOf(program: Program): string {
  const { texts, mounted } = program;
  const words = [...(texts.command ?? []), ...(texts.arguments ?? [])].map(({ text }) => text.marked);
  if (words.length === 0) return '';
  const scripts = mounted.files.filter(({ path, text }) => text !== undefined && words.some((word) => word.includes(path))).map(({ text }) => text);
  return [...words, ...scripts].join('\n').slice(0, 50_000);
}

export function copiesData(program: Program): boolean {
  return BACKUP_IMAGES.test(program.image.repository) || COPIES.test(wordsOf(program));
}

/** Whether the copy ends in a folder that goes with the pod that made it. */
export function losesCopies(program: Program): boolean {
  const words = wordsOf(program);
  if (SENDS.test(words)) return false;
  const temporary = program.kept.filter(({ kind }) => kind === 'emptyDir').map(({ path }) => path.replace(/\/+$/, ''));
  const lasting = program.kept.filter(({ kind }) => kind !== 'emptyDir').map(({ path }) => path.replace(/\/+$/, ''));
  return temporary.some((path) => words.includes(`${path}/`)) && !lasting.some((path) => words.includes(`${path}/`));
}

/** Undefined where it is sent to a store that may encrypt what it keeps. */
export function encryptsCopies(program: Program): boolean | undefined {
  const words = wordsOf(program);
  let sends = false;
  for (const name of program.texts.variables.keys()) {
    if (encryptsByName(name)) return true;
    if (sendsByName(name)) sends = true;
  }
  if (ENCRYPTS.test(words)) return true;
  return sends || SENDS.test(words) || BACKUP_IMAGES.test(program.image.repository) ? undefined : false;
}

const encryptsByName = testOfNames(ENCRYPTING_VARIABLES);
const sendsByName = testOfNames(SENDS);
