/** Answers as the thread of the service does; what it is told to, it does instead. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', ({ bytes }: { readonly bytes: Uint8Array }) => {
  const told = Buffer.from(bytes).toString('latin1', 0, 8);
  if (told === 'for ever') for (;;);
  if (told === 'the end!') process.exit(3);
  if (told === 'a fault!') parentPort?.postMessage({ ok: false, error: new Error('as told') });
  else parentPort?.postMessage({ ok: true, value: bytes });
});
parentPort?.postMessage('ready');
