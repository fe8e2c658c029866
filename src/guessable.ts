import { bitsPerCharacter } from './placeholders.ts';

/**
 * How a password was made, as far as its text shows. What is asked is whether somebody who has never seen it tries it soon:
 * lists of default passwords, names, and what people type when they mean to change it later.
 */

/** What passwords are called, and what one types for now. A text of such words only is on everybody's list. */
const COMMON = new Set(
  (
    'pass passw passwd password passphrase pw pwd secret secrets key token credential credentials auth login ' +
    'admin administrator root user username owner guest operator master manager service system super superuser ' +
    'postgres postgresql pgsql pg psql timescale redis valkey keydb mysql mariadb mongo sql db dbs database datastore cache queue store ' +
    'app application api web backend frontend server client worker docker compose kube kubernetes local localhost host default my our your the a an is me it this that here with for in to of and ' +
    'change changeme changeit changethis changed replace replaceme replacethis update insert enter put todo fixme please later before ' +
    'test testing tests tester dev devel develop development developer stage staging prod production demo example sample dummy fake mock foo bar baz foobar foobared temp temporary placeholder insecure unsafe unknown none null empty ' +
    'secure strong random very long jwt session cookie encryption signing hello welcome letmein qwerty qwertyuiop asdf asdfgh iloveyou monkey dragon sunshine abc abcd abcdef abcdefgh ' +
    'value string text some any new old one two test1 hunter trustno'
  ).split(' '),
);

/** Of these, one is enough beside other plain words: `caliber_dev_password` says what it is, and so does `example-token-for-api`. */
const TELLING = new Set(
  (
    'pass passw passwd password passphrase pw pwd secret secrets changeme changeit changethis change replaceme replace example sample placeholder dummy insecure default todo fixme ' +
    'dev development test testing demo'
  ).split(' '),
);

/** `P@ssw0rd` is tried right after `password`. */
const DISGUISES: Readonly<Record<string, string>> = { '@': 'a', '4': 'a', '3': 'e', '1': 'i', '!': 'i', '0': 'o', $: 's', '5': 's', '7': 't' };

const LONGEST = 500;

/** Whether it is a default, a placeholder, made of plain words that say what it is for, or one sign over and over. */
export function isGuessable(value: string): boolean {
  const text = value.trim().slice(0, LONGEST);
  if (text === '') return false;
  if (text.length >= 6 && bitsPerCharacter(text) * text.length < 20) return true;
  const lower = text.toLowerCase();
  // Numbers and signs at the end are what rules for passwords make people add.
  const core = lower.replace(/^[\W_]{1,4}/, '').replace(/[\d\W_]{1,12}$/, '');
  return isRun(lower) || isRepeated(text) || isOfCommonWords(core) || (lettersIn(core) * 3 >= core.length && isOfCommonWords(undisguised(core))) || saysWhatItIs(text);
}

/**
 * Whether it is long enough not to be found by trying: 20 characters, or fewer of a large alphabet. Undefined in between: then it
 * depends on whether it was drawn at random, which its text does not show.
 */
export function isLongEnough(value: string): boolean | undefined {
  if (value.length < SHORTEST) return false;
  if (value.length >= LONG || value.length * Math.log2(alphabetOf(value)) >= 100) return true;
  return undefined;
}

const SHORTEST = 12;
const LONG = 20;

function alphabetOf(text: string): number {
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].map((sign, index) => (sign.test(text) ? ([26, 26, 10, 32][index] ?? 0) : 0));
  return Math.max(
    2,
    classes.reduce((sum, size) => sum + size, 0),
  );
}

/** `123456789012`, `abcdefghijkl`: each sign follows the one before it, up or down. */
function isRun(text: string): boolean {
  let followers = 0;
  for (let at = 1; at < text.length; at++) {
    const step = text.charCodeAt(at) - text.charCodeAt(at - 1);
    // After 9 comes 0.
    if (step === 1 || step === -1 || step === -9 || step === 9) followers++;
  }
  return text.length >= 4 && followers >= 0.8 * (text.length - 1);
}

/** `Passw0rd!Passw0rd!`: what is said again is no harder to find. */
function isRepeated(text: string): boolean {
  const length = `${text}${text}`.indexOf(text, 1);
  return length <= text.length / 2 && (length < SHORTEST || isGuessable(text.slice(0, length)));
}

/** Numbers and signs between the words are allowed, and are not all there is. */
function isOfCommonWords(text: string): boolean {
  return lettersIn(text) * 4 >= text.length && text !== '' && text.split(/[^a-z]+/).every((word) => word === '' || COMMON.has(word) || isJoined(word));
}

function lettersIn(text: string): number {
  return text.replaceAll(/[^a-z]+/g, '').length;
}

/** `mysecretpassword`, `postgresadmin`: nothing but common words, written as one. */
function isJoined(text: string): boolean {
  const ends = new Set([0]);
  for (let from = 0; from < text.length; from++) {
    if (!ends.has(from)) continue;
    for (let to = from + 2; to <= Math.min(text.length, from + 14); to++) if (COMMON.has(text.slice(from, to))) ends.add(to);
  }
  return ends.has(text.length);
}

/** Plain words, one of which says that it is a password or that it is only for now. What is drawn at random is not made of words. */
function saysWhatItIs(text: string): boolean {
  const words = text.split(/[^A-Za-z\d]+/).filter((word) => word !== '');
  return (
    words.length >= 2 &&
    words.every((word) => /^(?:[A-Z]?[a-z]{1,14}\d{0,4}|[A-Z]{1,14}|\d{1,4})$/.test(word)) &&
    words.some((word) => TELLING.has(word.toLowerCase().replace(/\d+$/, '')))
  );
}

function undisguised(text: string): string {
  let plain = '';
  for (const sign of text) plain += DISGUISES[sign] ?? sign;
  return plain;
}
