/** The electronic seals of the example councils, from the sandbox's authority; messages of 3.0.0 need them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SealSigner, signerFromPem } from '../formats/seal/sealer.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** A seal as the configuration names it. Only the owner of the data folder can read the files. */
export interface Seal {
  readonly files: { readonly certificateFile: string; readonly keyFile: string };
  readonly signer: SealSigner;
}

/** Writes the files at every start. The sandbox gives the same seal each time, unless its folder was emptied. */
export async function writeSeal(
  folder: string,
  owner: { readonly name: string; readonly administration: string },
  sandbox: Pick<Sandbox, 'sealFor'>,
): Promise<Seal> {
  const { certPem, keyPem } = await sandbox.sealFor(owner);
  const signer = signerFromPem(certPem, keyPem);
  if (!signer.ok) throw new Error(signer.problem.message);
  const place = join(folder, 'seals');
  await mkdir(place, { recursive: true, mode: 0o700 });
  const files = {
    certificateFile: join(place, `${owner.administration}.pem`),
    keyFile: join(place, `${owner.administration}.key.pem`),
  };
  await writeFile(files.certificateFile, certPem, { mode: 0o600 });
  await writeFile(files.keyFile, keyPem, { mode: 0o600 });
  return { files, signer: signer.value };
}
