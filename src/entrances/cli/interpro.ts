/** The process of `npm run interpro`. */
import { runInterpro } from './run-interpro.ts';

// A reader that closes the pipe (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runInterpro(process.argv.slice(2));
