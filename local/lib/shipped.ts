/** Files of the local cloud that run as separate processes, or are read by other programs. */
import { extname, join } from "node:path";
import { root } from "./paths.ts";

/** Their paths in a checkout, by their names in the package, which has all of them in one folder. */
export const shippedFiles = {
    gateway: "standins/gateway/main.ts",
    languageHost: "plugins/nodejs/main.ts",
    awsx: "plugins/awsx/main.ts",
    serveMiniStack: "local/background/serveMiniStack.py",
    awsProvider: "plugins/aws",
} as const;

export type ShippedFile = keyof typeof shippedFiles;

const ownExtension = extname(import.meta.filename);

/** The path of such a file: in a checkout the source, in the package the built file. */
export function shipped(name: ShippedFile): string {
    return ownExtension === ".ts" ? join(root, shippedFiles[name]) : join(import.meta.dirname, packagedName(name));
}

/** Its name in the package: TypeScript is compiled, other files are copied. */
export function packagedName(name: ShippedFile): string {
    return `${name}${extname(shippedFiles[name]).replace(".ts", ".cjs")}`;
}
