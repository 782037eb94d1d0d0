import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isExecutable } from "./tool.ts";

const NAME = "pulumi-language-nodejs";
const MARK = `# Story-42's stand-in for ${NAME}, second form`;
const standIn = join(import.meta.dirname, "languageHost/main.ts");

/** Variables by which the engine of a checkout uses that checkout's stand-in, whoever put the script beside the CLI. */
export const languageHostVariables = { STORY42_LANGUAGE_HOST: standIn, STORY42_NODE: process.execPath };

/**
 * Puts a stand-in for Pulumi's Node.js language host beside a CLI that came without one, for `pulumi up` in a shell. A
 * CLI of the official download has the real one, which is left as it is.
 *
 * @param pulumi the CLI
 */
export function provideLanguageHost(pulumi: string): void {
    const path = join(dirname(pulumi), NAME);
    if (existsSync(path) && isExecutable(path) && !isOutdated(path)) {
        return;
    }
    mkdirSync(dirname(path), { recursive: true });
    const made = `${path}.${process.pid}`;
    writeFileSync(made, script(), { mode: 0o755 });
    renameSync(made, path);
}

/** Where no variables say otherwise, it starts the stand-in of the checkout that wrote it. */
function script(): string {
    return `#!/bin/sh
${MARK}
host="$STORY42_LANGUAGE_HOST"
[ -f "$host" ] || host=${quote(standIn)}
node="$STORY42_NODE"
[ -x "$node" ] || node=${quote(process.execPath)}
exec "$node" "$host" "$@"
`;
}

/** Whether it is a stand-in of an older form, or of a checkout that is gone. */
function isOutdated(path: string): boolean {
    const text = readFileSync(path, "latin1");
    if (!text.includes("# Story-42's stand-in for")) {
        return false;
    }
    const written = [...text.matchAll(/\|\| \w+='([^']+)'$/gm)].map(([, file = ""]) => file);
    return !text.includes(MARK) || !written.every((file) => existsSync(file));
}

function quote(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
