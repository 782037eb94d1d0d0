import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The version of one of Pulumi's packages that programs here are written with: in the package, the one that its user chose. */
export function installedVersion(name: string): string {
    return require(`${name}/package.json`).version;
}
