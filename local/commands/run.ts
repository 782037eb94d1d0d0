import { join } from "node:path";
import type { ModelServer } from "../../standins/upstreams/model/modelServer.ts";
import { makeDemo } from "../demo/demo.ts";
import { type RunningStory42, startRuntimeService } from "../runtime/service.ts";
import type { LiveUpstream } from "../runtime/upstreamSettings.ts";
import type { Screen } from "../screen.ts";

/** What of a deployment is to run. */
export interface RunOptions {
    stateDir: string;
    /** Upstreams that are to be the real ones. */
    live: readonly LiveUpstream[];
    /** An OpenAI-compatible server that thinks in place of Bedrock. */
    modelServer?: ModelServer;
    /** Make a story and leave it in this folder. Default: none is made. */
    demo?: string;
    screen: Screen;
    signal: AbortSignal;
}

/** Starts what is deployed, says where it is and who may sign in, and makes the demo's story where it is asked for. */
export async function run({ stateDir, live, modelServer, demo, screen, signal }: RunOptions): Promise<void> {
    const step = screen.step("Running what is deployed");
    let running: RunningStory42;
    try {
        running = await startRuntimeService({ stateDir, live, modelServer, signal });
        step.done(running.url);
    } catch (error) {
        step.failed("not everything starts");
        throw error;
    }
    screen.line();
    for (const [name, value] of [
        ["Site and API", running.url],
        ["REST API", `${running.url}/generate-story (and the other paths of the contract)`],
        ["at the gateway", running.apiUrl],
        ["Upstreams", upstreamsInWords(running.upstreamsUrl, live)],
        ["User", running.user.email],
        ["Password", running.user.password],
        ...(running.user.authenticatorKey ? [["Authenticator", running.user.authenticatorKey]] : []),
    ] as const) {
        screen.line(`  ${name.padEnd(14)}  ${value}`);
    }
    if (!running.user.authenticatorKey) {
        screen.line(`\nMake a story:\n${storyCommand(running)}`);
    }
    screen.line("\nMake a story and all that belongs to it at once: npm run local -- --demo");
    if (demo !== undefined) {
        screen.line();
        await makeDemo({ url: running.url, user: running.user, folder: demo, screen, signal });
    }
}

/** The folder of a demo that names none. */
export function demoFolder(stateDir: string): string {
    return join(stateDir, "demo");
}

function upstreamsInWords(url: string, live: readonly LiveUpstream[]): string {
    return live.length === 0 ? `${url} in place of all` : `the real ${live.join(", ")}, else ${url}`;
}

/** One command to copy: signs in, and shows the story's events as they come. */
function storyCommand({ url, user }: RunningStory42): string {
    const json = `-H 'content-type: application/json'`;
    const signIn = `curl -s ${url}/api/v1/auth/signin ${json} -d '${JSON.stringify({ email: user.email, password: user.password })}'`;
    const token = `$(${signIn} | sed 's/.*"id_token":"\\([^"]*\\)".*/\\1/')`;
    const wish = JSON.stringify({ topic: "A fox who is afraid of the dark", length: "short" });
    return `  curl -N ${url}/api/v1/story/generate-pipeline ${json} -d '${wish}' \\\n    -H "Authorization: Bearer ${token}"`;
}
