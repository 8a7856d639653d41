/** Codes and addresses are compared without regard to case; what is absent equals nothing. */
export const sameText = (a: string | null | undefined, b: string | null | undefined): boolean =>
  a != null && b != null && a.toLowerCase() === b.toLowerCase();
