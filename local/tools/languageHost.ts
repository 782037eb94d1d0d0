import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isOutdated, writeCheckoutScript } from "./checkoutScript.ts";
import { isExecutable } from "./tool.ts";

/**
 * Writes a stand-in for Pulumi's Node.js language host beside a CLI without one, for `pulumi up` in a shell. The CLI of
 * the official download has the real one, which is not changed.
 *
 * @param pulumi the CLI
 */
export function provideLanguageHost(pulumi: string): void {
    const path = join(dirname(pulumi), "pulumi-language-nodejs");
    if (existsSync(path) && isExecutable(path) && !isOutdated(path)) {
        return;
    }
    writeCheckoutScript(path, "STORY42_LANGUAGE_HOST");
}
