// The command lines of the scripts in this folder: each names its options once, and says in a sentence what is wrong.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

/** @returns never */
export function giveUp(message) {
  console.error(`error: ${message}`);
  process.exit(2);
}

/** What the script says of itself, at its top. */
export function purpose() {
  const lines = readFileSync(process.argv[1], 'utf8').split('\n');
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('//')),
    )
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .join('\n');
}

/**
 * The options of the command line, as texts: `{ rounds: '3' }` declares `--rounds`, with its default; `undefined` one
 * that is for all where it is not given. `--help` lists them.
 */
export function readOptions(defaults) {
  const names = Object.keys(defaults);
  const script = basename(process.argv[1]);
  if (process.argv.includes('--help')) {
    const shown = names.map((name) => `  --${name} ${defaults[name] ?? '(all)'}`);
    console.log(`${purpose()}\n\n${script}, with its defaults:\n${shown.join('\n')}`);
    process.exit(0);
  }
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
    return { ...defaults, ...parseArgs({ options }).values };
  } catch ({ message }) {
    return giveUp(`${message.split('. ')[0]}; ${script} knows ${names.map((name) => `--${name}`).join(', ')}`);
  }
}

/** The value of `--name`: a whole number from 1. */
export function wholeNumber(name, text) {
  const number = Number(text);
  return Number.isInteger(number) && number > 0
    ? number
    : giveUp(`--${name} expects a whole number from 1, found '${text}'`);
}
