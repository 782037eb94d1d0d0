import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isExecutable } from "./tool.ts";

const NAME = "pulumi-language-nodejs";

/**
 * Puts a stand-in for Pulumi's Node.js language host beside a CLI that came without one, for `pulumi up` in a shell. A
 * CLI of the official download has the real one, which is left as it is.
 *
 * @param pulumi the CLI
 */
export function provideLanguageHost(pulumi: string): void {
    const path = join(dirname(pulumi), NAME);
    const standIn = join(import.meta.dirname, "languageHost/main.ts");
    const script = `#!/bin/sh\n# Story-42's stand-in for ${NAME}\nexec ${quote(process.execPath)} ${quote(standIn)} "$@"\n`;
    if (existsSync(path) && isExecutable(path)) {
        return;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, script, { mode: 0o755 });
}

function quote(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
