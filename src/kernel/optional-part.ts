/** A part of the project that this installation was made without. Its text says what to do. */
export class MissingPartError extends Error {
  override readonly name = 'MissingPartError';

  constructor(part: string, cause?: unknown) {
    super(
      `${part} is not part of this installation: its sources or its packages (npm's optional dependencies) were left out. Install the project in full (npm ci), or set DATABASE_URL and INTERPRO_OFFICES to run the service alone`,
      { cause },
    );
  }
}

const NOT_FOUND = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/** Loads what production leaves out: `load` is a dynamic import. */
export async function loadOptionalPart<Part>(part: string, load: () => Promise<Part> | Part): Promise<Part> {
  try {
    return await load();
  } catch (error) {
    throw NOT_FOUND.has((error as NodeJS.ErrnoException).code ?? '') ? new MissingPartError(part, error) : error;
  }
}
