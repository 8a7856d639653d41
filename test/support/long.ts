/** `.ci/run` sets it: tests then take all kinds and large volumes, where plain ones take a few of each. */
export const LONG = Boolean(process.env['INTERPRO_LONG']);
