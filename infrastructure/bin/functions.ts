// `npm run functions -- -c environment=NAME`: builds the functions for that environment into `dist`, and deploys nothing.
import { join } from 'node:path';

import { buildFunctions } from '../lib/build-functions.ts';

buildFunctions(join(import.meta.dirname, '..'), 'functions', process.argv.slice(2));
