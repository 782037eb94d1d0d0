/** Files of the local cloud that are started as processes of their own, or read by other programs. */
import { extname, join } from "node:path";
import { root } from "./paths.ts";

/** Where a checkout has them, by the names that they have in the package, which has all of them in one folder. */
export const shippedFiles = {
    gateway: "standins/gateway/main.ts",
    languageHost: "local/tools/languageHost/main.ts",
    awsx: "local/awsx/main.ts",
    serveMiniStack: "local/background/serveMiniStack.py",
    awsProvider: "local/tools/awsProvider",
} as const;

export type ShippedFile = keyof typeof shippedFiles;

const ownExtension = extname(import.meta.filename);

/** Such a file here: in a checkout the source, in the package what became of it. */
export function shipped(name: ShippedFile): string {
    return ownExtension === ".ts" ? join(root, shippedFiles[name]) : join(import.meta.dirname, packagedName(name));
}

/** Its name in the package: TypeScript is compiled, everything else is as it is. */
export function packagedName(name: ShippedFile): string {
    return `${name}${extname(shippedFiles[name]).replace(".ts", ".cjs")}`;
}
