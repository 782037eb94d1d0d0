import { join } from "node:path";
import { runningEmulator } from "../background/emulator.ts";
import { fileSettings, regionOf } from "../cloud/stack.ts";
import { root } from "../lib/paths.ts";
import { OPERATOR } from "../runtime/clients.ts";
import { keptUser } from "../runtime/user.ts";

/**
 * Shell commands (bash, zsh, dash) that point `aws`, AWS's SDKs, `pulumi` and `story42` at a running local cloud.
 *
 * @throws when the local cloud does not run
 */
export async function environment(stateDir: string): Promise<string> {
    const emulator = runningEmulator(stateDir);
    if (!emulator) {
        throw new Error("The local cloud does not run. Start it: npm run local");
    }
    const region = regionOf(await fileSettings());
    const { email, password } = keptUser(stateDir);
    const variables = {
        STORY42_STATE_DIR: stateDir,
        AWS_ENDPOINT_URL: emulator.endpoint,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: OPERATOR.accessKeyId,
        AWS_SECRET_ACCESS_KEY: OPERATOR.secretAccessKey,
        // The user that `story42 token` signs in.
        STORY42_USER: email,
        STORY42_PASSWORD: password,
    };
    const local = [process.execPath, join(root, "local/main.ts")].map(quoted).join(" ");
    return [
        // A profile, or a session of another account, would override the keys.
        "unset AWS_PROFILE AWS_SESSION_TOKEN",
        ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
        `pulumi() { ${local} pulumi "$@"; }`,
        `story42() { ${local} story42 "$@"; }`,
        "",
    ].join("\n");
}

/** A text quoted for a shell. */
function quoted(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
