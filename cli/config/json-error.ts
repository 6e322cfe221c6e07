/** Where a text stops being JSON, and why. Node's own messages leave out the position of most errors. */
export interface JsonError {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly why: string;
}

const SPACE = /[ \t\n\r]*/y;
// eslint-disable-next-line no-control-regex -- JSON allows none in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;

/** Deeper than any configuration, and less than the stack. */
const DEEPEST = 100;

class Refusal extends Error {
  readonly offset: number;
  constructor(offset: number, why: string) {
    super(why);
    this.offset = offset;
  }
}

/** Undefined when the text is JSON. */
export function jsonErrorOf(text: string): JsonError | undefined {
  const reader = new Reader(text);
  try {
    reader.document();
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...positionOf(text, error.offset), why: error.message };
  }
}

/** The line in which a key is set, for errors about its value; undefined when it is not there. */
export function lineOfKey(text: string, key: string): number | undefined {
  const at = text.search(new RegExp(`${JSON.stringify(key)}\\s*:`));
  return at === -1 ? undefined : positionOf(text, at).line;
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value('a value');
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#refusal('nothing more');
  }

  #value(wanted: string): void {
    this.#skipSpace();
    const next = this.#text[this.#at];
    if (next === '{') this.#nested('}', () => this.#member());
    else if (next === '[') this.#nested(']', () => this.#value('a value'));
    else if (next === '"') this.#string();
    else if (!this.#match(SCALAR)) throw this.#refusal(wanted);
  }

  #nested(end: string, item: () => void): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Refusal(this.#at, `is nested deeper than ${DEEPEST} levels`);
    this.#skipSpace();
    if (!this.#take(end)) {
      do {
        item();
        this.#skipSpace();
      } while (this.#take(','));
      if (!this.#take(end)) throw this.#refusal(`"," or "${end}"`);
    }
    this.#depth -= 1;
  }

  #member(): void {
    this.#skipSpace();
    if (this.#text[this.#at] !== '"') throw this.#refusal('a name in double quotes');
    this.#string();
    this.#skipSpace();
    if (!this.#take(':')) throw this.#refusal('":"');
    this.#value('a value');
  }

  #string(): void {
    if (!this.#match(STRING))
      throw new Refusal(this.#at, 'has a string that does not end, or with characters that JSON does not allow');
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #refusal(wanted: string): Refusal {
    const found = this.#text[this.#at];
    const what = found === undefined ? 'ends' : `has ${JSON.stringify(found)}`;
    return new Refusal(this.#at, `${what} where ${wanted} should be`);
  }
}
