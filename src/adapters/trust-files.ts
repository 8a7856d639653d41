import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { anchorsFrom, defaultTrust } from '../formats/pec/trust.ts';
import type { TrustAnchors } from '../model/pec.ts';

export interface LoadedTrust {
  readonly trust: TrustAnchors;
  /** Files that could not be used, each with the reason. */
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
}

/** The built-in root of the Italian providers: Node's Actalis root, only by way of AgID CA1. */
export const builtInTrust = (): TrustAnchors => defaultTrust(rootCertificates);

/** With what is wrong with the administrator's part of it: that lasts until the service starts again. Italian. */
export async function configuredTrust(
  folder: string | null,
): Promise<{ readonly trust: TrustAnchors; readonly faults: readonly string[] }> {
  const builtIn = builtInTrust();
  const faults =
    builtIn.anchors.length > 0
      ? []
      : ['Il certificato radice dei gestori PEC non è fra quelli di questa versione di Node.js.'];
  if (folder === null) return { trust: builtIn, faults };
  const { trust, unreadable } = await folderTrust(folder);
  for (const { name, reason } of unreadable) faults.push(`INTERPRO_TRUST: ${name}: ${reason}.`);
  if (trust.anchors.length === 0)
    faults.push(
      'INTERPRO_TRUST: la cartella non contiene alcun certificato. Le buste dei gestori i cui certificati dovrebbero esservi non sono riconosciute e i messaggi attendono una decisione: aggiungere i certificati, riavviare il servizio, poi eseguire «interpro retry --all».',
    );
  return { trust: joinTrust(builtIn, trust), faults };
}

/** Every certificate in a folder (PEM or DER); the administrator owns it. */
export async function folderTrust(folder: string): Promise<LoadedTrust> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  const files = await Promise.all(
    names
      .filter((name) => /\.(pem|crt|cer|der)$/i.test(name))
      .map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })),
  );
  return anchorsFrom(files);
}

export const joinTrust = (...sets: readonly TrustAnchors[]): TrustAnchors => ({
  anchors: sets.flatMap(({ anchors }) => anchors),
});
