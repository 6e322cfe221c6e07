/**
 * Jest transformer: Node's own type stripping. Line and column numbers stay as they are in the source, so a stack
 * trace needs no source map, and the tests run exactly the code that `node file.ts` runs.
 */
import { stripTypeScriptTypes } from 'node:module';

const strip = (source) => ({ code: stripTypeScriptTypes(source) });

export default { process: strip, processAsync: async (source) => strip(source) };
