/** Scripts in folders that all checkouts share; each starts a file of the checkout that calls it. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { shipped } from "../lib/shipped.ts";

const MARK = "# Starts a file of a Story-42 checkout, third form";

/** The variables by which the engine's child processes use its own checkout's files, whichever checkout wrote the script. */
export const checkoutVariables = {
    STORY42_NODE: process.execPath,
    STORY42_LANGUAGE_HOST: shipped("languageHost"),
    STORY42_AWSX: shipped("awsx"),
};

/** The name of a file's variable. */
export type CheckoutFile = Exclude<keyof typeof checkoutVariables, "STORY42_NODE">;

/** Writes a script that starts a file of the checkout in its environment, or by default of this one. */
export function writeCheckoutScript(path: string, file: CheckoutFile): void {
    mkdirSync(dirname(path), { recursive: true });
    const made = `${path}.${process.pid}`;
    writeFileSync(made, script(file), { mode: 0o755 });
    renameSync(made, path);
}

/** Whether a script has an older form, or belongs to a deleted checkout. Other files are never outdated. */
export function isOutdated(path: string): boolean {
    const text = readFileSync(path, "utf8");
    if (!/^# (Starts a file of a Story-42 checkout|Story-42's stand-in for)/m.test(text)) {
        return false;
    }
    const written = [...text.matchAll(/\|\| \w+='([^']+)'$/gm)].map(([, file = ""]) => file);
    return !text.includes(MARK) || !written.every((file) => existsSync(file));
}

function script(file: CheckoutFile): string {
    return `#!/bin/sh
${MARK}
file="$${file}"
[ -f "$file" ] || file=${quote(checkoutVariables[file])}
node="$STORY42_NODE"
[ -x "$node" ] || node=${quote(process.execPath)}
exec "$node" "$file" "$@"
`;
}

function quote(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
