import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isExecutable } from "./tool.ts";

const NAME = "pulumi-language-nodejs";
const MARK = `# Story-42's stand-in for ${NAME}`;

/**
 * Puts a stand-in for Pulumi's Node.js language host beside a CLI that came without one, for `pulumi up` in a shell. A
 * CLI of the official download has the real one, which is left as it is.
 *
 * @param pulumi the CLI
 */
export function provideLanguageHost(pulumi: string): void {
    const path = join(dirname(pulumi), NAME);
    const standIn = join(import.meta.dirname, "languageHost/main.ts");
    const script = `#!/bin/sh\n${MARK}\nexec ${quote(process.execPath)} ${quote(standIn)} "$@"\n`;
    // One that another checkout put there may be older, or gone with it.
    if (existsSync(path) && isExecutable(path) && !isOutdated(path, script)) {
        return;
    }
    mkdirSync(dirname(path), { recursive: true });
    const made = `${path}.${process.pid}`;
    writeFileSync(made, script, { mode: 0o755 });
    renameSync(made, path);
}

function isOutdated(path: string, script: string): boolean {
    const text = readFileSync(path, "latin1");
    return text.includes(MARK) && text !== script;
}

function quote(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
