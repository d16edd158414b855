// A program of one system: `main.ts SYSTEM ROLE`.

import { argv } from 'node:process';

import { line, type Options } from './program.ts';

const [, , system, role] = argv;
const roles = (await import(`./${system}.ts`)) as Record<string, ((options: Options) => Promise<void>) | undefined>;
const run = roles[role ?? ''];
if (run === undefined) throw new Error(`${system}.ts has no role ${role}`);
await run(JSON.parse(await line()) as Options);
