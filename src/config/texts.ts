/** What the environment says of the texts of documents. config.ts reads it and hands the variables in. */
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';

export const TEXT_VARIABLES = {
  INTERPRO_TEXTS: 'on or off: whether this service reads the texts of documents for the search (default: on)',
  INTERPRO_OCR:
    'program that recognises characters: absolute path; it gets the media type as argument and the scan on its input, and writes UTF-8',
} as const satisfies Record<string, string>;

export type TextEnv = { readonly [V in keyof typeof TEXT_VARIABLES]?: string | undefined };

export interface TextConfig {
  readonly isOn: boolean;
  /** Null: scans stay without text. */
  readonly ocr: string | null;
}

/** What is wrong is added to `faults`. */
export function readTexts({ INTERPRO_TEXTS: wish = 'on', INTERPRO_OCR: ocr }: TextEnv, faults: string[]): TextConfig {
  if (wish !== 'on' && wish !== 'off') faults.push(`INTERPRO_TEXTS is "${wish}": use on or off`);
  if (ocr !== undefined && !isProgram(ocr))
    faults.push(`INTERPRO_OCR is "${ocr}": use the absolute path of a program that this user may run`);
  return { isOn: wish === 'on', ocr: ocr ?? null };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isAbsolute(path) && statSync(path).isFile();
  } catch {
    return false;
  }
}
