import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const SECRET_NAME = /(TOKEN|SECRET|PASSWORD|PASSPHRASE|API_?KEY|ACCESS_KEY)$/i;
/** Shorter values are words that any program may contain. */
const MIN_LENGTH = 10;

/**
 * Secrets of this machine and of a deployment, by name: no image may contain any of them.
 *
 * @param settings the stack's secret settings
 * @param stateDir the local cloud's folder
 */
export function secretsHere(settings: Record<string, string>, stateDir: string): Record<string, string> {
    const variables = Object.entries(process.env).filter(([name]) => SECRET_NAME.test(name));
    const found: [string, string][] = [
        ...Object.entries(settings).map(([key, value]): [string, string] => [`the setting ${key}`, value]),
        ...variables.map(([name, value]): [string, string] => [`the environment's ${name}`, value ?? ""]),
        ...npmTokens(),
    ];
    const passphrase = join(stateDir, "passphrase");
    if (existsSync(passphrase)) {
        found.push(["the stack's passphrase", readFileSync(passphrase, "utf8")]);
    }
    return Object.fromEntries(found.filter(([, value]) => value.length >= MIN_LENGTH));
}

function npmTokens(): [string, string][] {
    const path = join(homedir(), ".npmrc");
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    return [...text.matchAll(/_(?:authToken|password|auth)\s*=\s*(\S+)/g)].map(([, value = ""]) => [
        "a credential of npm",
        value,
    ]);
}
