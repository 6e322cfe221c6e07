import { readFile, stat } from 'node:fs/promises';

import { CliFailure, messageOf } from '../failure.ts';
import { ExitCode } from '../exit-codes.ts';
import { jsonErrorOf, lineOfKey } from './json-error.ts';

/** A configuration file as it was read: what it sets, and how to point at a place in it. */
export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Others than its owner may read it. */
  readonly isOpenToOthers: boolean;
  /** An error about one of its values: names the file and the line, and what to do. */
  refuse(key: string, problem: string): CliFailure;
}

/** Undefined when there is none. Throws CliFailure when it can not be read, or is not a JSON object. */
export async function readConfigFile(path: string): Promise<ConfigFile | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const values = parse(path, text);
  return {
    path,
    values,
    isOpenToOthers: ((await stat(path)).mode & 0o077) !== 0,
    refuse: (key, problem) => new CliFailure(ExitCode.usage, `${path}:${lineOfKey(text, key) ?? 1}: ${problem}`),
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliFailure(
      ExitCode.usage,
      `${path} can not be read (${messageOf(error)}). Make it a file that you may read, or remove it.`,
      { cause: error },
    );
  }
}

function parse(path: string, text: string): Readonly<Record<string, unknown>> {
  const error = jsonErrorOf(text);
  if (error !== undefined) {
    throw new CliFailure(
      ExitCode.usage,
      `${path}:${error.line}:${error.column}: the file ${error.why}. Correct it, or remove the file to use the defaults.`,
    );
  }
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CliFailure(
      ExitCode.usage,
      `${path}:1: the file must hold one JSON object, such as {"qbo_host": "localhost", "qbo_port": 9601}. Correct it, or remove it.`,
    );
  }
  return value as Readonly<Record<string, unknown>>;
}
