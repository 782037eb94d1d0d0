import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The installed version of one of Pulumi's packages; for users of the published package, the one that they chose. */
export function installedVersion(name: string): string {
    return require(`${name}/package.json`).version;
}
