/**
 * Real parts of Data Plane Signaling that are had nowhere by `npm run testbed:up`, as no package registry holds them everywhere. Tests that
 * want one are skipped where the environment does not name it, whatever TESTBED says.
 */

/** Folder of the jars of EDC 0.18's `controlplane-base-bom` and `iam-mock`, with all they need. */
export const edc18Lib: string | undefined = process.env['EDC18_LIB'] || undefined

/** Folder of the specification's JSON Schemas: `rc2/`, `rc3/`, and the dataspace protocol's `dsp/data-address-schema.json`. */
export const dpsSchemas: string | undefined = process.env['DPS_SCHEMAS'] || undefined

/** Folders of the jars of the technology compatibility kit, by its version. */
export const dpsTck: Readonly<Record<'1.1.2' | '1.2.0', string | undefined>> = {
  '1.1.2': process.env['DPS_TCK_1_1_2'] || undefined,
  '1.2.0': process.env['DPS_TCK_1_2_0'] || undefined,
}
