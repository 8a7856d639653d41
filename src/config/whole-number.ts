/** The bounds of a variable that holds a whole number, and its value where it is not set. */
export interface WholeNumber {
  readonly standard: number;
  readonly least: number;
  readonly most: number;
}

/** What is wrong is added to `faults`. */
export function readWhole<Name extends string>(
  env: { readonly [N in Name]?: string | undefined },
  name: Name,
  { standard, least, most }: WholeNumber,
  faults: string[],
): number {
  const text = env[name];
  if (text === undefined) return standard;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  faults.push(`${name} is "${text}": use a whole number from ${least} to ${most}`);
  return standard;
}
