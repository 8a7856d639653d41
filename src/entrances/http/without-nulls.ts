/** An object of which the members that were null are left out: the API shows what is withoutNulls. */
export type WithoutNulls<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: Exclude<T[K], null>;
};

/** One level deep. */
export function withoutNulls<T extends object>(value: T): WithoutNulls<T> {
  const kept: Record<string, unknown> = {};
  for (const name in value) if (value[name] !== null) kept[name] = value[name];
  return kept as WithoutNulls<T>;
}
