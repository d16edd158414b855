// A program of one system: `main.ts SYSTEM ROLE OPTIONS`.

import { argv } from 'node:process';

import type { Options } from './program.ts';

const [, , system, role, options] = argv;
const roles = (await import(`./${system}.ts`)) as Record<string, ((options: Options) => Promise<void>) | undefined>;
const run = roles[role ?? ''];
if (run === undefined || options === undefined) throw new Error(`${system}.ts has no role ${role}`);
await run(JSON.parse(options) as Options);
